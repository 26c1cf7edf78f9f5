"""How one entry is linked."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.audit.entry import GENESIS, Head, hash_of, head_of, link
from firstresponder.model import AuditDraft, AuditEntry

AT = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_the_first_entry_is_number_one_after_64_zeros() -> None:
    """A chain begins with entry 1, which names 64 zeros as the hash before it."""
    entry = link(AuditDraft(what="plan.approved", actor="ann", at=AT, incident_id="i", data={"a": 1}), None)
    assert (entry.seq, entry.prev, len(GENESIS)) == (1, "0" * 64, 64)


def test_the_hash_is_sha256_over_the_canonical_json() -> None:
    """Anyone can compute an entry's hash with a JSON encoder and SHA-256."""
    entry = link(AuditDraft(what="plan.approved", actor="ann", at=AT, incident_id="i", data={"b": 2, "a": 1}), None)
    text = (
        '[{"actor":"ann","at":"2026-03-10T14:30:00Z","data":{"a":1,"b":2},"incident_id":"i",'
        f'"prev":"{"0" * 64}","seq":1,"what":"plan.approved"}}]'
    )
    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()


def test_an_entry_names_the_one_before_it() -> None:
    """The next entry carries the next number and the hash of the one before."""
    first = link(AuditDraft(what="a", actor="x", at=AT), None)
    second = link(AuditDraft(what="b", actor="x", at=AT), first)
    assert (second.seq, second.prev) == (2, first.hash)
    assert head_of(second) == Head(seq=2, hash=second.hash, at=AT)


@given(data=st.dictionaries(st.text(max_size=5), JSON, max_size=4), what=st.text(), actor=st.text())
def test_an_entry_survives_storage_as_json(data: dict[str, Any], what: str, actor: str) -> None:
    """What is read back from JSON has the hash that was computed before it was written, whatever the data."""
    entry = link(AuditDraft(what=what, actor=actor, at=AT, data=data), None)
    again = msgspec.json.decode(msgspec.json.encode(entry), type=AuditEntry)
    assert again == entry
    assert hash_of(again) == entry.hash


def test_data_becomes_plain_json_before_it_is_hashed() -> None:
    """Tuples and times in the data are stored and hashed as JSON has them."""
    entry = link(AuditDraft(what="a", actor="x", at=AT, data={"t": (1, 2), "at": AT}), None)
    assert entry.data == {"t": [1, 2], "at": "2026-03-10T14:30:00Z"}


def test_a_time_in_another_zone_is_the_same_moment_in_utc() -> None:
    """The zone in which a caller writes a moment does not change the hash."""
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert link(AuditDraft(what="a", actor="x", at=there), None) == link(AuditDraft(what="a", actor="x", at=AT), None)


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time is no moment and cannot be audited."""
    with pytest.raises(ValueError, match="without a zone"):
        link(AuditDraft(what="a", actor="x", at=AT.replace(tzinfo=None)), None)
