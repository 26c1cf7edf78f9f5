"""The audit in the database: append-only, chained with what it records, its head kept outside."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from firstresponder.adapters.store import Store, open_store
from firstresponder.adapters.store.chain import read_head, write_head
from firstresponder.audit.chain import Fault, Report, Verifier
from firstresponder.audit.entry import Head, head_of
from firstresponder.config import Database
from firstresponder.errors import Unhealthy
from firstresponder.testing.clock import FakeClock
from testbed.problem import BedError
from tests.adapters.store.backends import postgresql_only, sqlite_only

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make

Shell = Callable[..., None]


async def checked(store: Store, head: Head | None) -> Report:
    """Check the stored chain against a head."""
    verifier = Verifier(head)
    async for entry in store.audit.entries():
        verifier.see(entry)
    return verifier.report()


def files(folder: Path) -> list[str]:
    """Return the names in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


async def test_entries_are_chained_and_come_back_as_they_went_in(store: Store, make: Make) -> None:
    """What append returns is what is read, linked from the first entry on, and the head is its end."""
    one = await store.audit.append([make.draft("a", incident_id="i1", data={"t": (1, 2.5, None), "ü": "✓"})])
    two = await store.audit.append([make.draft("b"), make.draft("c", incident_id="i1")])
    entries = [entry async for entry in store.audit.entries()]
    assert entries == one + two
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert await store.audit.head() == entries[-1]
    assert (await checked(store, read_head_now(store))).ok


def read_head_now(store: Store) -> Head | None:
    """Read the head that is kept beside an open store."""
    return read_head(store._database.chain._data_dir)


async def test_an_empty_audit_has_no_head(store: Store) -> None:
    """Before the first entry there is no head, inside or outside; appending nothing makes none."""
    assert await store.audit.append([]) == []
    assert await store.audit.head() is None
    assert read_head_now(store) is None


async def test_entries_can_be_of_one_incident_and_after_a_number(
    store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter by incident and a start are kept over page ends."""
    monkeypatch.setattr("firstresponder.adapters.store.audit._PAGE", 2)
    await store.audit.append([make.draft(incident_id=f"i{n % 2}") for n in range(11)])
    assert [entry.seq async for entry in store.audit.entries(incident_id="i0", after=3)] == [5, 7, 9, 11]
    assert [entry.seq async for entry in store.audit.entries()] == list(range(1, 12))


async def test_simultaneous_appends_make_one_chain(store: Store, make: Make) -> None:
    """Fifty appends at once, beside transactions that fail, leave one sound chain without a gap."""
    await make.opened(store)

    async def failing() -> None:
        with pytest.raises(TypeError):
            await store.incidents.add_event(make.event(), [make.draft(), make.draft(data={"x": object()})])

    await asyncio.gather(*(store.audit.append([make.draft(f"a{n}")]) for n in range(50)), *(failing() for _ in range(10)))
    report = await checked(store, read_head_now(store))
    assert report.ok
    assert (report.count, report.beyond) == (50, 0)
    assert await store.incidents.events("i1") == []


async def test_the_head_is_kept_beside_the_database_and_in_the_log(data_dir: Path, store: Store, make: Make) -> None:
    """After each commit with entries, the file and a log line carry its last number and hash."""
    with structlog.testing.capture_logs() as lines:
        for n in range(3):
            [entry] = await store.audit.append([make.draft(str(n))])
            assert read_head(data_dir) == head_of(entry)
            assert lines[-1] == {"event": "audit.head", "log_level": "info", "seq": entry.seq, "hash": entry.hash}
    assert len(lines) == 3
    assert [name for name in files(data_dir) if not name.startswith("app.db")] == ["audit.head"]


async def test_a_write_whose_entries_were_rolled_back_keeps_no_head(store: Store, make: Make) -> None:
    """A transaction whose audit entries did not survive moves no head."""
    await make.opened(store)
    with pytest.raises(TypeError), structlog.testing.capture_logs() as lines:
        await store.incidents.add_event(make.event(), [make.draft(data={"x": object()})])
    assert lines == []
    assert read_head_now(store) is None


async def test_a_head_that_cannot_be_written_loses_no_entry(data_dir: Path, store: Store, make: Make) -> None:
    """When the head's file cannot be replaced, the entry stands and the log says so; the next head catches up."""
    (data_dir / "audit.head").mkdir()
    with structlog.testing.capture_logs() as lines:
        await store.audit.append([make.draft()])
    assert [line["event"] for line in lines] == ["audit.head", "audit.head_not_kept"]
    (data_dir / "audit.head").rmdir()
    [entry] = await store.audit.append([make.draft()])
    assert read_head(data_dir) == head_of(entry)


# --- the triggers -----------------------------------------------------------------------------------------------


COPY = "at, what, actor, incident_id, data, prev, hash FROM audit WHERE seq = 2"


@sqlite_only
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 2",
        "UPDATE audit SET hash = hash",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT seq, at, 'other', actor, incident_id, data, prev, hash FROM audit WHERE seq = 2",
        f"INSERT INTO audit SELECT 9, {COPY}",
        f"INSERT INTO audit SELECT NULL, {COPY}",
        f"INSERT INTO audit SELECT 0, {COPY}",
    ],
)
async def test_the_database_itself_refuses_changes(data_dir: Path, store: Store, make: Make, raw: Shell, statement: str) -> None:
    """Raw SQL that would change, remove, replace or misplace an entry is refused by a trigger."""
    await store.audit.append([make.draft(str(n)) for n in range(3)])
    with pytest.raises(sqlite3.IntegrityError, match="the audit is append-only"):
        raw(statement, force=False)
    assert (await checked(store, read_head(data_dir))).count == 3


@postgresql_only
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 2",
        "UPDATE audit SET hash = hash",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "SET session_replication_role = replica; DELETE FROM audit",
        f"INSERT INTO audit SELECT 2, {COPY} ON CONFLICT (seq) DO UPDATE SET what = 'other'",
        f"INSERT INTO audit SELECT 9, {COPY}",
        f"INSERT INTO audit SELECT NULL, {COPY}",
        f"INSERT INTO audit SELECT 0, {COPY}",
    ],
)
async def test_postgresql_itself_refuses_changes(data_dir: Path, store: Store, make: Make, raw: Shell, statement: str) -> None:
    """A superuser's SQL that would change, remove, replace or misplace an entry is refused by a trigger."""
    await store.audit.append([make.draft(str(n)) for n in range(3)])
    with pytest.raises(BedError, match="the audit is append-only"):
        raw(statement, force=False)
    assert (await checked(store, read_head(data_dir))).count == 3


# --- an attacker who drops the triggers -------------------------------------------------------------------------

SWAP = (
    "UPDATE audit SET seq = -seq WHERE seq IN (3, 4)",
    "UPDATE audit SET seq = 7 + seq WHERE seq IN (-3, -4)",
)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (("UPDATE audit SET actor = 'nobody' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("""UPDATE audit SET data = '{"n": 9}' WHERE seq = 3""",), (Fault.EDITED, 3)),
        (("UPDATE audit SET data = 'no json' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("UPDATE audit SET data = '[]' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("UPDATE audit SET at = 'yesterday' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("UPDATE audit SET at = '2026-03-10T14:30:00' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("UPDATE audit SET hash = 'no hash' WHERE seq = 3",), (Fault.EDITED, 3)),
        (("UPDATE audit SET incident_id = 7 WHERE seq = 3",), (Fault.EDITED, 3)),
        (("DELETE FROM audit WHERE seq = 3",), (Fault.REMOVED, 3)),
        (("DELETE FROM audit WHERE seq < 3",), (Fault.REMOVED, 1)),
        (SWAP, (Fault.REORDERED, 3)),
        (("DELETE FROM audit WHERE seq > 4",), (Fault.CUT, 5)),
        (("DELETE FROM audit",), (Fault.CUT, 1)),
    ],
)
async def test_what_the_triggers_would_have_refused_is_found(
    *,
    data_dir: Path,
    clock: FakeClock,
    make: Make,
    database: Database,
    raw: Shell,
    statements: tuple[str, ...],
    named: tuple[Fault, int],
) -> None:
    """Whoever drops the triggers and edits, removes, reorders or cuts is found by a check with the kept head."""
    store = open_store(data_dir, clock, database=database)
    await store.audit.append([make.draft("step", data={"n": n}) for n in range(6)])
    await store.close()
    raw(*statements)
    store = open_store(data_dir, clock, database=database, read_only=True)
    report = await checked(store, read_head(data_dir))
    await store.close()
    assert (report.fault, report.seq) == named


async def test_a_chain_that_was_written_anew_is_found(data_dir: Path, clock: FakeClock, make: Make, tmp_path: Path) -> None:
    """A whole new chain, sound in itself and as long, does not hold the kept head."""
    store = open_store(data_dir, clock)
    await store.audit.append([make.draft("truth") for _ in range(4)])
    await store.close()
    forged = open_store(tmp_path / "forged", clock)
    await forged.audit.append([make.draft("lie") for _ in range(6)])
    await forged.close()
    store = open_store(tmp_path / "forged", clock, read_only=True)
    assert (await checked(store, None)).ok
    report = await checked(store, read_head(data_dir))
    await store.close()
    assert (report.fault, report.seq) == (Fault.REWRITTEN, 4)


@pytest.mark.parametrize("statement", ["DELETE FROM audit WHERE seq > 3", "UPDATE audit SET hash = 'x' WHERE seq = 6"])
async def test_a_store_whose_audit_was_cut_does_not_open(
    *, data_dir: Path, clock: FakeClock, make: Make, database: Database, raw: Shell, statement: str
) -> None:
    """A chain without its kept head must not grow over the proof: opening raises Unhealthy and keeps the head as it is."""
    store = open_store(data_dir, clock, database=database)
    await store.audit.append([make.draft() for _ in range(6)])
    await store.close()
    kept = read_head(data_dir)
    raw(statement)
    with pytest.raises(Unhealthy, match=r"entry 6 should have the hash .* audit verify"):
        open_store(data_dir, clock, database=database)
    assert read_head(data_dir) == kept


@pytest.mark.parametrize("statement", ["DELETE FROM audit WHERE seq > 3", "UPDATE audit SET hash = 'x' WHERE seq = 6"])
async def test_an_audit_that_is_cut_while_it_is_open_takes_nothing_more(
    data_dir: Path, store: Store, make: Make, raw: Shell, statement: str
) -> None:
    """Once the chain lost its end, no entry is appended, and so nothing is done that would need one; the head stays."""
    await store.audit.append([make.draft() for _ in range(6)])
    await make.opened(store)
    kept = read_head(data_dir)
    raw(statement)
    with pytest.raises(Unhealthy, match="changed behind our back"):
        await store.incidents.choose(make.choice(), None, [make.draft()])
    assert await store.incidents.chosen("d1") is None
    assert read_head(data_dir) == kept


async def test_a_head_that_is_missing_is_made_again_with_a_warning(data_dir: Path, clock: FakeClock, make: Make) -> None:
    """A crash between the first commit and its head leaves none: it is made anew, and the log says what to compare."""
    store = open_store(data_dir, clock)
    [entry] = await store.audit.append([make.draft()])
    await store.close()
    (data_dir / "audit.head").unlink()
    with structlog.testing.capture_logs() as lines:
        await open_store(data_dir, clock).close()
    assert [(line["event"], line["seq"], line["hash"]) for line in lines] == [("audit.head_missing", 1, entry.hash)]
    assert read_head(data_dir) == head_of(entry)


async def test_an_older_head_is_caught_up_with(data_dir: Path, clock: FakeClock, make: Make, database: Database) -> None:
    """A crash between a commit and its head leaves an older head: the chain opens, and the next entry moves the head."""
    store = open_store(data_dir, clock, database=database)
    first, *_ = await store.audit.append([make.draft() for _ in range(3)])
    await store.close()
    write_head(data_dir, head_of(first))
    store = open_store(data_dir, clock, database=database)
    assert (await checked(store, read_head(data_dir))).beyond == 2
    [entry] = await store.audit.append([make.draft()])
    assert read_head(data_dir) == head_of(entry)
    await store.close()


@pytest.mark.parametrize("break_it", [lambda path: path.write_text("{"), lambda path: (path.unlink(), path.mkdir())])
async def test_a_head_that_cannot_be_read_is_unhealthy(
    data_dir: Path, clock: FakeClock, make: Make, database: Database, break_it: Callable[[Path], None]
) -> None:
    """A damaged head is not taken for none."""
    store = open_store(data_dir, clock, database=database)
    await store.audit.append([make.draft()])
    await store.close()
    break_it(data_dir / "audit.head")
    with pytest.raises(Unhealthy, match=r"audit\.head.*cannot be read"):
        open_store(data_dir, clock, database=database)
