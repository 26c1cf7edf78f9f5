"""Every way to tamper with a chain is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.audit.chain import Fault, Verifier, verify
from firstresponder.audit.entry import GENESIS, hash_of, head_of, link
from firstresponder.model import AuditDraft, AuditEntry

AT = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)


def chain(length: int, word: str = "step") -> list[AuditEntry]:
    """Return a true chain."""
    entries: list[AuditEntry] = []
    for number in range(length):
        draft = AuditDraft(
            what=word, actor="ann", at=AT + timedelta(seconds=number), incident_id=f"i{number % 3}", data={"n": number, "s": "x"}
        )
        entries.append(link(draft, entries[-1] if entries else None))
    return entries


def rehashed(entry: AuditEntry, **changes: Any) -> AuditEntry:
    """Return an entry that was changed by somebody who knows how its hash is made."""
    changed = msgspec.structs.replace(entry, **changes)
    return msgspec.structs.replace(changed, hash=hash_of(changed))


def relinked(entries: list[AuditEntry]) -> list[AuditEntry]:
    """Number and hash a whole list anew, as a patient attacker would."""
    out: list[AuditEntry] = []
    for entry in entries:
        out.append(rehashed(entry, seq=len(out) + 1, prev=out[-1].hash if out else GENESIS))
    return out


places = st.integers(2, 12).flatmap(lambda length: st.tuples(st.just(length), st.integers(0, length - 1)))


@given(st.integers(0, 12))
def test_a_true_chain_holds(length: int) -> None:
    """A chain as it was linked is sound with and without its head, and the report says where it ends."""
    entries = chain(length)
    head = head_of(entries[-1]) if entries else None
    report = verify(entries, head)
    assert report.ok
    assert (report.count, report.last_seq, report.last_hash) == (length, length, entries[-1].hash if entries else GENESIS)
    assert report.beyond == (0 if entries else None)
    assert verify(entries).ok


def test_entries_beyond_the_kept_head_are_counted_not_blamed() -> None:
    """A chain that goes on after the kept head is sound, and the report says by how much."""
    entries = chain(7)
    report = verify(entries, head_of(entries[3]))
    assert report.ok
    assert report.beyond == 3


edits = st.sampled_from(
    [
        {"at": AT - timedelta(microseconds=1)},
        {"what": "stop"},
        {"actor": "bob"},
        {"incident_id": "other"},
        {"data": {}},
        {"data": {"n": 0.0, "s": "x", "t": None}},
        {"prev": "f" * 64},
        {"hash": "f" * 64},
        {"seq": 99},
        {"seq": 0},
    ]
)


@given(places, edits)
def test_a_single_edit_of_any_field_is_found(place: tuple[int, int], edit: dict[str, Any]) -> None:
    """One field of one entry changed: the chain is edited, nothing after the true part counts, no head is needed."""
    length, at = place
    entries = chain(length)
    entries[at] = msgspec.structs.replace(entries[at], **edit)
    report = verify(entries)
    assert report.fault is Fault.EDITED
    assert report.seq == entries[at].seq
    assert (report.count, report.last_seq) == (at, at)


@given(places, st.text(min_size=1, max_size=3))
def test_an_edit_with_a_fresh_hash_is_found_by_the_next_entry(place: tuple[int, int], actor: str) -> None:
    """Whoever computes the hash of a changed entry anew breaks the link of the next one, or differs from the kept head."""
    length, at = place
    entries = chain(length)
    head = head_of(entries[-1])
    entries[at] = rehashed(entries[at], actor=f"not {actor}")
    report = verify(entries, head)
    assert report.fault is Fault.REWRITTEN
    assert report.seq == at + 1


@given(places)
def test_a_removal_is_found(place: tuple[int, int]) -> None:
    """One entry gone from before the end: removed, and the missing number is named. The last one gone: cut, by the head."""
    length, at = place
    entries = chain(length)
    head = head_of(entries[-1])
    del entries[at]
    report = verify(entries, head)
    assert report.fault is (Fault.CUT if at == length - 1 else Fault.REMOVED)
    assert report.seq == at + 1


@given(places)
def test_a_removal_with_the_rest_linked_anew_is_found_by_the_head(place: tuple[int, int]) -> None:
    """A gap closed by numbering and hashing the rest anew leaves the chain one short of its kept head."""
    length, at = place
    entries = chain(length)
    head = head_of(entries[-1])
    del entries[at]
    assert verify(relinked(entries)).ok, "without the head it cannot be told"
    assert verify(relinked(entries), head).fault is Fault.CUT


@given(places, st.data())
def test_a_swap_is_found_as_reordered(place: tuple[int, int], data: st.DataObject) -> None:
    """Two entries in each other's place are reordered."""
    length, one = place
    other = data.draw(st.integers(0, length - 1).filter(lambda number: number != one))
    entries = chain(length)
    entries[one], entries[other] = entries[other], entries[one]
    report = verify(entries)
    assert report.fault is Fault.REORDERED
    assert report.count == min(one, other)


@given(places, st.data())
def test_a_swap_that_keeps_the_numbers_in_order_is_found(place: tuple[int, int], data: st.DataObject) -> None:
    """Two entries whose contents were exchanged under their numbers, as in a table sorted by number, are reordered."""
    length, one = place
    other = data.draw(st.integers(0, length - 1).filter(lambda number: number != one))
    entries = chain(length)
    first, second = entries[one], entries[other]
    entries[one], entries[other] = (
        msgspec.structs.replace(second, seq=first.seq),
        msgspec.structs.replace(first, seq=second.seq),
    )
    report = verify(entries)
    assert report.fault is Fault.REORDERED
    assert report.seq == min(one, other) + 1


@given(places)
def test_an_entry_that_comes_twice_is_found(place: tuple[int, int]) -> None:
    """An entry that is repeated is no part of a true chain."""
    length, at = place
    entries = chain(length)
    entries.insert(at + 1, entries[at])
    assert verify(entries).fault is Fault.REORDERED


@given(places)
def test_a_cut_is_found_by_the_head(place: tuple[int, int]) -> None:
    """A chain that ends before the kept head was cut, and the first missing entry is named."""
    length, at = place
    entries = chain(length)
    report = verify(entries[:at], head_of(entries[-1]))
    assert report.fault is Fault.CUT
    assert (report.seq, report.count, report.beyond) == (at + 1, at, None)


@given(places, st.integers(0, 3))
def test_a_whole_new_chain_is_found_by_the_head(place: tuple[int, int], longer: int) -> None:
    """A chain that was made anew, as long or longer, has another entry where the kept head is."""
    length, at = place
    report = verify(chain(length + longer, word="lie"), head_of(chain(length)[at]))
    assert report.fault is Fault.REWRITTEN
    assert report.seq == at + 1


@given(places)
def test_a_chain_without_its_beginning_is_found(place: tuple[int, int]) -> None:
    """A first entry that names one before it does not begin a chain."""
    length, at = place
    entries = chain(length)[at:]
    first = rehashed(entries[0], seq=1)
    fault = Fault.REWRITTEN if at else None
    assert verify([first]).fault is fault


def test_the_first_fault_is_the_one_reported() -> None:
    """A second fault further on does not hide the first."""
    entries = chain(9)
    entries[2] = msgspec.structs.replace(entries[2], actor="bob")
    del entries[6]
    report = verify(entries, head_of(chain(20)[-1]))
    assert (report.fault, report.seq) == (Fault.EDITED, 3)
    assert "entry 3" in report.detail


def test_a_long_chain_is_checked_as_it_comes() -> None:
    """The check takes an iterator and never asks for an entry twice or ahead."""
    seen = 0

    def entries() -> Iterator[AuditEntry]:
        nonlocal seen
        prev: AuditEntry | None = None
        for number in range(2_000):
            prev = link(AuditDraft(what="w", actor="a", at=AT, data={"n": number}), prev)
            seen += 1
            yield prev

    verifier = Verifier()
    for number, entry in enumerate(entries(), start=1):
        verifier.see(entry)
        assert seen == number
    assert verifier.report().count == 2_000
