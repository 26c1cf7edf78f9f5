"""One thread, one transaction for all that wait."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import Connection

from firstresponder.adapters.store import Store, open_store
from firstresponder.config import Database
from firstresponder.errors import Conflict, Unhealthy
from firstresponder.testing.clock import FakeClock
from tests.adapters.store.backends import sqlite_only

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


class Gate:
    """Holds the thread that takes alerts inside a transaction until it is opened; `lane="writer"`: the one for all else."""

    def __init__(self, store: Store, lane: Literal["_taker", "writer"] = "_taker") -> None:
        """Queue the write that waits."""
        self.inside, self.open = threading.Event(), threading.Event()
        self.task = getattr(store._database, lane).submit(self._wait)

    def _wait(self, _: Connection) -> None:
        self.inside.set()
        assert self.open.wait(10)

    async def reached(self) -> None:
        """Wait until the thread is inside."""
        assert await asyncio.to_thread(self.inside.wait, 10)


def insert_lease(name: str) -> str:
    """Return a statement that works once per name."""
    return f"INSERT INTO leases VALUES ('{name}', 'h', 1, 'u')"  # noqa: S608 - our own letters


async def test_two_hundred_writes_share_few_commits(store: Store, make: Make) -> None:
    """Whatever waits while a commit is under way goes into the next one: 200 appends behind one write are one commit."""
    gate = Gate(store)
    await gate.reached()
    writes = [asyncio.ensure_future(store.alerts.append([make.alert(f"{n:x}")])) for n in range(200)]
    await asyncio.sleep(0)
    before = store.commits
    gate.open.set()
    await asyncio.gather(gate.task, *writes)
    assert store.commits == before + 2
    assert len(await store.alerts.uncorrelated(500)) == 200


async def test_free_running_writes_share_commits_too(store: Store, make: Make) -> None:
    """200 concurrent appends that nobody held up take far fewer commits than 200."""
    before = store.commits
    await asyncio.gather(*(store.alerts.append([make.alert(f"{n:x}")]) for n in range(200)))
    assert store.commits - before < 50


async def test_a_lone_write_waits_for_nobody(store: Store, make: Make) -> None:
    """There is no wait window: writes one after the other each get their own commit."""
    before = store.commits
    for n in range(5):
        await store.alerts.append([make.alert(f"{n:x}")])
    assert store.commits - before == 5


async def test_a_failing_write_fails_alone(store: Store, backend: str) -> None:
    """A write that raises is undone; the others of the same transaction are kept (on PostgreSQL each in its own then)."""

    def bad(connection: Connection) -> None:
        connection.exec_driver_sql(insert_lease("bad"))
        raise Conflict("no")

    gate = Gate(store, "writer")
    await gate.reached()
    before = store.commits
    works = [lambda c: c.exec_driver_sql(insert_lease("one")), bad, lambda c: c.exec_driver_sql(insert_lease("two"))]
    writes = [asyncio.ensure_future(store._database.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results if isinstance(result, Exception)] == [Conflict]
    assert store.commits - before == {"sqlite": 2, "postgresql": 3}[backend]
    names = await store._database.read(lambda c: c.exec_driver_sql("SELECT name FROM leases ORDER BY name").scalars().all())
    assert names == ["one", "two"]


async def test_a_bad_request_in_a_merged_statement_fails_alone(store: Store, make: Make) -> None:
    """When one of the merged requests cannot be stored, the others are stored one by one."""
    database = store._database

    def together(connection: Connection, payloads: list[str]) -> None:
        for name in payloads:
            connection.exec_driver_sql(insert_lease(name))

    gate = Gate(store)
    await gate.reached()
    writes = [asyncio.ensure_future(database.write_together(together, name)) for name in ("a", "b", "a", "c")]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [isinstance(result, Unhealthy) for result in results] == [False, False, True, False]
    names = await database.read(lambda c: c.exec_driver_sql("SELECT name FROM leases ORDER BY name").scalars().all())
    assert names == ["a", "b", "c"]


@sqlite_only
async def test_a_failing_commit_fails_all_of_it_and_the_next_works(store: Store, make: Make) -> None:
    """When the commit itself fails, every caller of the batch hears Unhealthy, nothing is kept, and the thread lives on."""

    def spoil(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("INSERT INTO choices VALUES ('d', 'no such incident', '{}')")

    gate = Gate(store)
    await gate.reached()
    writes = [asyncio.ensure_future(store.alerts.append([make.alert()])), asyncio.ensure_future(store._database.write(spoil))]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results] == [Unhealthy, Unhealthy]
    assert results[0] is not results[1]
    assert await store.alerts.uncorrelated(9) == []
    await store.alerts.append([make.alert()])
    assert len(await store.alerts.uncorrelated(9)) == 1


@sqlite_only
async def test_a_transaction_that_sqlite_gave_up_fails_all_of_it(store: Store, make: Make) -> None:
    """When an error ends the whole transaction under a write, no other write of that batch is reported as stored."""

    def give_up(connection: Connection) -> None:
        connection.exec_driver_sql(insert_lease("x"))
        connection.exec_driver_sql("INSERT OR ROLLBACK INTO leases VALUES ('x', 'h', 1, 'u')")

    gate = Gate(store)
    await gate.reached()
    writes = [asyncio.ensure_future(store.alerts.append([make.alert()])), asyncio.ensure_future(store._database.write(give_up))]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(gate.task, *writes, return_exceptions=True)
    assert [type(result) for result in results[1:]] == [Unhealthy, Unhealthy]
    assert await store.alerts.uncorrelated(9) == []
    await store.alerts.append([make.alert()])


async def test_a_write_that_is_cancelled_before_its_turn_is_not_done(store: Store, make: Make) -> None:
    """A caller that went away while queued leaves no row."""
    gate = Gate(store)
    await gate.reached()
    gone = asyncio.ensure_future(store.alerts.append([make.alert("aa")]))
    stays = asyncio.ensure_future(store.alerts.append([make.alert("bb")]))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    await stays
    assert [row.alert.fingerprint for row in await store.alerts.uncorrelated(9)] == ["bb"]


async def test_too_long_a_queue_is_refused(store: Store, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write beyond the limit is refused at once, so that a sender hears it and memory stays bounded."""
    monkeypatch.setattr("firstresponder.adapters.store.writer.MAX_WAITING", 3)
    gate = Gate(store)
    await gate.reached()
    writes = [asyncio.ensure_future(store.alerts.append([make.alert(f"{n:x}")])) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unhealthy, match="3 writes are waiting"):
        await store.alerts.append([make.alert("ff")])
    gate.open.set()
    await asyncio.gather(*writes)


async def test_callers_may_live_in_several_event_loops(store: Store, make: Make) -> None:
    """Writes and reads from the loops of other threads work while this loop writes too."""

    async def work(name: str) -> int:
        for n in range(20):
            await store.alerts.append([make.alert(f"{name}{n:x}")])
        return len(await store.alerts.uncorrelated(1000))

    others = [asyncio.to_thread(lambda name=name: asyncio.run(work(name))) for name in "ab"]  # type: ignore[misc]
    counts = await asyncio.gather(work("c"), *others)
    assert min(counts) >= 20
    assert len(await store.alerts.uncorrelated(1000)) == 60


async def test_a_loop_that_is_gone_stops_nobody(store: Store, make: Make) -> None:
    """A caller whose event loop was closed while its write waited does not stop the thread."""
    gate = Gate(store)
    await gate.reached()

    def leave() -> None:
        loop = asyncio.new_event_loop()
        loop.call_soon(lambda: store._database.writer.submit(lambda _: None))
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()

    await asyncio.to_thread(leave)
    gate.open.set()
    await store.alerts.append([make.alert()])
    assert len(await store.alerts.uncorrelated(9)) == 1


async def test_nothing_is_acknowledged_before_its_commit(
    data_dir: Path, store: Store, make: Make, clock: FakeClock, database: Database
) -> None:
    """Whoever hears that a write is done finds it from another connection."""
    other = open_store(data_dir, clock, database=database, read_only=True)
    for n in range(20):
        await store.alerts.append([make.alert(f"{n:x}")])
        assert len(await other.alerts.uncorrelated(100)) == n + 1
    await other.close()
