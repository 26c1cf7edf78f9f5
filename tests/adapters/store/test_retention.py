"""What is removed when it is old, and what never is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from firstresponder.adapters.store import Store
from firstresponder.errors import NotFound
from firstresponder.model import Notice, Phase
from firstresponder.ports.incident_store import Filed
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make

TABLES = ("incidents", "alerts", "events", "documents", "choices", "operations", "outbox", "audit")


async def rows(store: Store) -> dict[str, int]:
    """Count the rows of each table."""

    def count(name: str) -> str:
        return f"SELECT count(*) FROM {name}"  # noqa: S608 - our own names

    return await store._database.read(lambda c: {name: c.exec_driver_sql(count(name)).scalar_one() for name in TABLES})


async def closed(store: Store, make: Make, name: str) -> None:
    """Put a closed incident with one of everything into the store."""
    now = make.clock.now()
    await make.opened(store, name, phase=Phase.CLOSED, closed_at=now)
    await make.filed(store, make.alert(name), name)
    event = await store.incidents.add_event(make.event(name), [make.draft()])
    row = await store.incidents.get(name)
    await store.incidents.advance(row, row, event.seq, [], [Notice(sink="slack", incident_id=name)])
    await store.incidents.put(name, 1, "plan", make.plan(f"d-{name}"))
    await store.incidents.choose(make.choice(incident_id=name, plan_digest=f"d-{name}"), None, [make.draft()])
    grant = await store.lease.acquire("worker", "h", 60)
    assert grant is not None
    operation = make.operation(f"op-{name}", incident_id=name)
    await store.journal.begin(operation, grant, now, [make.draft()])
    await store.journal.finish(operation.id, "done", now, "", [make.draft()])


async def test_old_closed_incidents_go_with_all_that_hangs_on_them(store: Store, make: Make, clock: FakeClock) -> None:
    """A purge removes what closed before the time, keeps what closed after it, and leaves the audit whole."""
    await closed(store, make, "old")
    clock.advance(86400)
    await closed(store, make, "new")
    before = await rows(store)
    assert await store.incidents.purge(clock.now() - timedelta(hours=1)) == 1
    after = await rows(store)
    assert after == {**{name: before[name] - 1 for name in TABLES}, "audit": before["audit"]}
    with pytest.raises(NotFound):
        await store.incidents.get("old")
    assert (await store.incidents.get("new")).id == "new"


async def test_what_is_open_or_waits_stays(store: Store, make: Make, clock: FakeClock) -> None:
    """Open incidents, closing ones, and closed ones with an alert or event that nobody looked at yet are never removed."""
    now = clock.now()
    await make.opened(store, "open")
    await make.opened(store, "closing", phase=Phase.CLOSED, closed_at=now, closing=True)
    await closed(store, make, "event")
    await store.incidents.add_event(make.event("event"))
    await closed(store, make, "alert")
    await store.alerts.append([make.alert("alert", status="resolved")])
    clock.advance(10 * 86400)
    assert await store.incidents.purge(clock.now()) == 0


async def test_a_relapse_that_closed_again_counts_from_its_last_close(store: Store, make: Make, clock: FakeClock) -> None:
    """What was touched after the time stays, however old its first close is."""
    await make.opened(store, "i1", phase=Phase.CLOSED, closed_at=clock.now(), updated_at=clock.now() + timedelta(days=5))
    assert await store.incidents.purge(clock.now() + timedelta(days=1)) == 0
    assert await store.incidents.purge(clock.now() + timedelta(days=6)) == 1


async def test_an_operation_whose_end_is_unknown_stays(store: Store, make: Make, clock: FakeClock) -> None:
    """An intent without an end outlives its incident: nobody knows yet what it did."""
    await make.opened(store, "i1", phase=Phase.CLOSED, closed_at=clock.now())
    grant = await store.lease.acquire("worker", "h", 60)
    assert grant is not None
    await store.journal.begin(make.operation(), grant, clock.now(), [])
    clock.advance(86400)
    assert await store.incidents.purge(clock.now()) == 1
    assert await store.journal.get("op1") is not None


async def test_alerts_that_belong_to_nobody_go_too(store: Store, make: Make, clock: FakeClock) -> None:
    """Alerts that were filed under no incident go when they are old; those that still wait stay."""
    await store.alerts.append([make.alert("ignored")])
    [row] = await store.alerts.uncorrelated(9)
    await store.incidents.file([], [], [Filed(seq=row.seq, incident_id="", delivered=1)], [])
    await store.alerts.append([make.alert("waits")])
    clock.advance(86400)
    await store.incidents.purge(clock.now())
    assert [alert.fingerprint async for alert in store.alerts.export()] == ["waits"]


async def test_a_purge_works_in_small_transactions_and_ends(
    store: Store, make: Make, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A purge removes a bounded number per transaction and per call; the next call goes on."""
    monkeypatch.setattr("firstresponder.adapters.store.retention.BATCH", 3)
    monkeypatch.setattr("firstresponder.adapters.store.retention.BATCHES", 2)
    await store.incidents.file([make.incident(f"i{n}", phase=Phase.CLOSED, closed_at=clock.now()) for n in range(8)], [], [], [])
    clock.advance(86400)
    assert [await store.incidents.purge(clock.now()) for _ in range(3)] == [6, 2, 0]


async def test_numbers_are_not_used_again(store: Store, make: Make, clock: FakeClock) -> None:
    """After a purge a new alert gets a number that none had before: a late mark cannot hit another alert."""
    await closed(store, make, "old")
    [gone] = await store.alerts.of_incident("old")
    clock.advance(86400)
    await store.incidents.purge(clock.now())
    await store.alerts.append([make.alert("fresh")])
    [row] = await store.alerts.uncorrelated(9)
    assert row.seq > gone.seq
