"""Several replicas on one PostgreSQL: what the single writer of SQLite gives for nothing, the database must hold here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection

from firstresponder.adapters.store import Store, journal, open_store
from firstresponder.adapters.store import events as rows_of_events
from firstresponder.adapters.store.chain import read_head
from firstresponder.adapters.store.dialect import database_time
from firstresponder.audit.chain import Verifier
from firstresponder.config import Database
from firstresponder.errors import StaleLease
from firstresponder.testing.clock import FakeClock
from testbed.postgres import Postgres
from tests.adapters.store.backends import postgresql_only

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make

pytestmark = postgresql_only


@pytest.fixture
def other_clock() -> FakeClock:
    """The clock of another machine, three hours ahead."""
    return FakeClock(datetime(2026, 3, 10, 17, 30, tzinfo=UTC))


@pytest.fixture
async def other(tmp_path: Path, other_clock: FakeClock, database: Database) -> AsyncIterator[Store]:
    """A second replica: its own folder and clock, the same database."""
    opened = open_store(tmp_path / "other", other_clock, database=database)
    yield opened
    await opened.close()


class Held:
    """Work that stops inside its transaction until it is let go."""

    def __init__(self, work: Callable[[Connection], object]) -> None:
        """Wrap that work."""
        self._work = work
        self.inside, self.go = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> object:
        """Do it, then wait."""
        done = self._work(connection)
        self.inside.set()
        assert self.go.wait(10)
        return done

    async def reached(self) -> None:
        """Wait until it was done and is not committed yet."""
        assert await asyncio.to_thread(self.inside.wait, 10)


async def blocked(server: Postgres) -> None:
    """Wait until some connection waits for a lock."""
    for _ in range(500):
        waiting = await asyncio.to_thread(server.sql, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        if waiting != "0":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits for a lock")


async def test_two_replicas_append_to_one_chain(data_dir: Path, tmp_path: Path, store: Store, other: Store, make: Make) -> None:
    """Entries that two replicas append at once are one chain without a gap, and it holds the kept head of each."""
    await asyncio.gather(*(each.audit.append([make.draft(f"{n}")]) for n in range(40) for each in (store, other)))
    for folder in (data_dir, tmp_path / "other"):
        verifier = Verifier(read_head(folder))
        async for entry in store.audit.entries():
            verifier.see(entry)
        report = verifier.report()
        assert report.ok, report.detail
        assert report.count == 80


async def test_an_entry_waits_for_the_one_before_it(store: Store, other: Store, make: Make, postgres: Postgres) -> None:
    """While one replica's entry is not committed, another's waits for it and then follows it: neither fails."""
    held = Held(lambda connection: store._database.chain.append(connection, [make.draft("first")]))
    first = asyncio.ensure_future(store._database.write(held))
    await held.reached()
    second = asyncio.ensure_future(other.audit.append([make.draft("second")]))
    await blocked(postgres)
    held.go.set()
    await asyncio.gather(first, second)
    assert [(entry.seq, entry.what) async for entry in store.audit.entries()] == [(1, "first"), (2, "second")]


async def test_of_two_that_take_a_lease_at_once_one_gets_it(store: Store, other: Store) -> None:
    """At the same instant, again and again: one grant, and the other replica is told no."""
    for n in range(20):
        grants = await asyncio.gather(
            *(each.lease.acquire(f"lease-{n}", name, 30) for each, name in ((store, "one"), (other, "two")))
        )
        assert len([grant for grant in grants if grant]) == 1


async def test_who_comes_second_to_a_lease_waits_and_is_told_no(
    store: Store, other: Store, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a replica's look at a free lease and its taking it, another's look waits: it is not given twice."""
    before = await store.lease.acquire("worker", "before", 30)
    assert before is not None
    await store.lease.release(before)
    held = Held(database_time)
    answers = iter([held])  # the first who asks for the time waits inside its transaction

    def time(connection: Connection) -> object:
        return next(answers, database_time)(connection)

    monkeypatch.setattr("firstresponder.adapters.store.leases.database_time", time)
    taking = asyncio.ensure_future(store.lease.acquire("worker", "one", 30))
    await held.reached()
    second = asyncio.ensure_future(other.lease.acquire("worker", "two", 30))
    await blocked(postgres)
    held.go.set()
    mine = await taking
    assert mine is not None
    assert (mine.holder, mine.epoch) == ("one", 2)
    assert await second is None


async def test_the_databases_clock_decides_when_a_lease_ends(
    store: Store, other: Store, clock: FakeClock, other_clock: FakeClock
) -> None:
    """A replica whose clock is hours ahead takes no lease before its time, and each reads the end by its own clock."""
    grant = await store.lease.acquire("worker", "one", 30)
    assert grant is not None
    assert grant.until == clock.now() + timedelta(seconds=30)
    assert await other.lease.acquire("worker", "two", 30) is None
    seen = await other.lease.current("worker")
    assert seen is not None
    assert timedelta(seconds=20) < seen.until - other_clock.now() <= timedelta(seconds=30)
    clock.advance(86400)
    assert await store.lease.renew(grant, 0.001) is not None
    for _ in range(500):
        if (taken := await other.lease.acquire("worker", "two", 30)) is not None:
            break
        await asyncio.sleep(0.01)
    assert taken is not None
    assert taken.epoch == 2


async def test_a_lease_is_not_taken_over_while_an_intent_is_written(
    store: Store, other: Store, make: Make, postgres: Postgres
) -> None:
    """Between the check of the epoch and the commit nobody takes the lease over: the new owner finds the intent."""
    grant = await store.lease.acquire("worker", "one", 0.001)
    assert grant is not None
    held = Held(lambda connection: journal._require_epoch(connection, grant))
    writing = asyncio.ensure_future(store._database.write(held))
    await held.reached()
    taking = asyncio.ensure_future(other.lease.acquire("worker", "two", 30))
    await blocked(postgres)
    assert not taking.done()
    held.go.set()
    await writing
    taken = await taking
    assert taken is not None
    assert taken.epoch == 2
    with pytest.raises(StaleLease, match="two with epoch 2"):
        await store.journal.begin(make.operation(), grant, make.clock.now(), [make.draft()])
    assert await other.journal.get("op1") is None
    assert await other.audit.head() is None


async def test_the_numbers_of_events_follow_their_commits(store: Store, other: Store, make: Make, postgres: Postgres) -> None:
    """An event that is committed late never gets a number below one that was read: it would be marked as seen by nobody."""
    row = await make.opened(store)
    held = Held(lambda connection: rows_of_events.add(connection, make.event(actor="early")))
    early = asyncio.ensure_future(store._database.write(held))
    await held.reached()
    late = asyncio.ensure_future(other.incidents.add_event(make.event(actor="late")))
    await blocked(postgres)
    seen = await other.incidents.pending("i1")
    assert seen == [], "neither is committed"
    held.go.set()
    await asyncio.gather(early, late)
    assert [event.actor for event in await store.incidents.pending("i1")] == ["early", "late"]
    assert await store.incidents.advance(row, row, (await late).seq)
    assert await store.incidents.pending("i1") == []


async def test_a_pair_of_alertmanagers_delivers_to_two_replicas(store: Store, other: Store, make: Make) -> None:
    """The same group in two orders at the same moment, while it is filed: each alert is one row with all its deliveries."""
    names = [f"{n:02x}" for n in range(20)]
    await make.opened(store)
    for _ in range(10):
        there = [make.alert(name) for name in names]
        filing = [make.filed(store, make.alert(name), "i1") for name in names[:3]]
        await asyncio.gather(store.alerts.append(there), other.alerts.append(there[::-1]), *filing)
    found = {row.alert.fingerprint: row.deliveries for row in await store.alerts.of_incident("i1")}
    found |= {row.alert.fingerprint: row.deliveries for row in await store.alerts.uncorrelated(100)}
    assert found == {name: 30 if name in names[:3] else 20 for name in names}


async def test_an_alert_without_a_start_is_one_row_for_two_replicas(store: Store, other: Store, make: Make) -> None:
    """Two replicas that get the same alert without a start at once agree on one row."""
    for n in range(10):
        one = make.alert(f"{n}", assumed=("starts_at",))
        two = make.alert(f"{n}", assumed=("starts_at",), starts_at=one.starts_at + timedelta(milliseconds=3))
        await asyncio.gather(store.alerts.append([one]), other.alerts.append([two]))
    assert [row.deliveries for row in await store.alerts.uncorrelated(100)] == [2] * 10


async def test_a_deadlock_is_nobodys_error(store: Store, other: Store, make: Make) -> None:
    """Two transactions that lock two rows in two orders: the database ends one of them, it is run again, both are done."""
    for name in ("i1", "i2"):
        await make.opened(store, name)
    both = threading.Barrier(2)
    tries: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            tries.append(first)
            rows_of_events.add(connection, make.event(first))
            if tries.count(first) == 1:
                both.wait(10)
            rows_of_events.add(connection, make.event(second))

        return work

    await asyncio.gather(store._database.write(crossing("i1", "i2")), other._database.write(crossing("i2", "i1")))
    assert len(tries) == 3
    assert [len(await store.incidents.events(name)) for name in ("i1", "i2")] == [2, 2]


async def test_two_choosers_on_two_replicas(store: Store, other: Store, make: Make) -> None:
    """Of many who decide at both replicas at once one is first; all are told the same choice, and the audit has one."""
    await make.opened(store)
    answers = await asyncio.gather(
        *(
            each.incidents.choose(make.choice(by=f"p{n}"), make.event(actor=f"p{n}"), [make.draft("plan.approved")])
            for n in range(20)
            for each in (store, other)
        )
    )
    assert sum(first for _, first in answers) == 1
    assert len({choice.by for choice, _ in answers}) == 1
    assert len(await other.incidents.events("i1")) == 1
    assert [entry.what async for entry in store.audit.entries()] == ["plan.approved"]


async def test_of_two_that_advance_a_row_one_does(store: Store, other: Store, make: Make) -> None:
    """The row's version decides between replicas; the one that was slower has changed nothing."""
    row = await make.opened(store)
    moved = await asyncio.gather(*(each.incidents.advance(row, row, 0, [make.draft("moved")]) for each in (store, other)))
    assert sorted(moved) == [False, True]
    assert (await store.incidents.get("i1")).version == row.version + 1
    assert [entry.what async for entry in store.audit.entries()] == ["moved"]


async def test_an_operation_begins_once_for_two_replicas(store: Store, other: Store, make: Make) -> None:
    """Two replicas that begin one operation under the same grant: it is new for one of them."""
    grant = await store.lease.acquire("worker", "one", 30)
    assert grant is not None
    begun = await asyncio.gather(
        *(each.journal.begin(make.operation(), grant, make.clock.now(), [make.draft("intent")]) for each in (store, other))
    )
    assert sorted(new for _, new in begun) == [False, True]
    assert [entry.what async for entry in store.audit.entries()] == ["intent"]
