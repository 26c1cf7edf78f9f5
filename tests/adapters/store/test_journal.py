"""Operations are written down before they happen, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from firstresponder.adapters.store import Store
from firstresponder.errors import NotFound, StaleLease, Unhealthy
from firstresponder.model import Grant
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


pytestmark = pytest.mark.usefixtures("their_clock")


async def granted(store: Store, holder: str = "one") -> Grant:
    """Take the lease."""
    grant = await store.lease.acquire("worker", holder, 30)
    assert grant is not None
    return grant


async def audited(store: Store) -> list[str]:
    """Return what the audit says, in order."""
    return [entry.what async for entry in store.audit.entries()]


async def test_an_intent_and_its_end_are_kept_with_their_audit(store: Store, make: Make, clock: FakeClock) -> None:
    """Begin writes the intent and its audit entry, finish the end and its own; get and recent return the whole."""
    grant = await granted(store)
    entry, new = await store.journal.begin(make.operation(), grant, clock.now(), [make.draft("gate.intent")])
    assert (entry.state, entry.epoch, entry.at, new) == ("intent", 1, clock.now(), True)
    began = clock.now()
    clock.advance(5)
    ended = await store.journal.finish("op1", "done", clock.now(), "patched", [make.draft("gate.result")])
    assert ended == msgspec.structs.replace(entry, state="done", ended_at=clock.now(), detail="patched")
    assert await store.journal.get("op1") == ended
    assert await store.journal.recent(began - timedelta(seconds=1)) == [ended]
    assert await store.journal.recent(began) == []
    assert await audited(store) == ["gate.intent", "gate.result"]


async def test_an_operation_begins_once(store: Store, make: Make, clock: FakeClock) -> None:
    """Twenty that begin the same operation at once: one is new, the others get what stands, one audit entry."""
    grant = await granted(store)
    results = await asyncio.gather(
        *(store.journal.begin(make.operation(), grant, clock.now(), [make.draft("gate.intent")]) for _ in range(20))
    )
    assert sum(new for _, new in results) == 1
    assert await audited(store) == ["gate.intent"]


async def test_an_operation_ends_once(store: Store, make: Make, clock: FakeClock) -> None:
    """A second end returns what stands and adds nothing; a begin after it returns the end."""
    grant = await granted(store)
    await store.journal.begin(make.operation(), grant, clock.now(), [])
    first = await store.journal.finish("op1", "failed", clock.now(), "409", [make.draft("gate.result")])
    clock.advance(5)
    assert await store.journal.finish("op1", "done", clock.now(), "ok", [make.draft("again")]) == first
    assert await store.journal.begin(make.operation(), grant, clock.now(), [make.draft("again")]) == (first, False)
    assert await audited(store) == ["gate.result"]


async def test_a_stale_owner_begins_nothing(store: Store, make: Make, clock: FakeClock) -> None:
    """Once another took the lease, the old owner's begin raises StaleLease, names both, and writes nothing."""
    old = await granted(store, "one")
    clock.advance(31)
    new = await granted(store, "two")
    with pytest.raises(StaleLease, match="two with epoch 2, not by one with epoch 1"):
        await store.journal.begin(make.operation(), old, clock.now(), [make.draft()])
    assert await store.journal.get("op1") is None
    assert await audited(store) == []
    assert (await store.journal.begin(make.operation(), new, clock.now(), []))[1]
    with pytest.raises(StaleLease):
        await store.journal.begin(make.operation(), old, clock.now(), [])


async def test_a_lease_that_was_given_up_or_never_held_is_stale(store: Store, make: Make, clock: FakeClock) -> None:
    """A released lease and one that nobody ever took begin nothing."""
    grant = await granted(store)
    await store.lease.release(grant)
    with pytest.raises(StaleLease, match="nobody"):
        await store.journal.begin(make.operation(), grant, clock.now(), [])
    with pytest.raises(StaleLease, match="nobody"):
        await store.journal.begin(make.operation(), msgspec.structs.replace(grant, name="other"), clock.now(), [])


async def test_the_same_owner_under_an_older_epoch_is_stale(store: Store, make: Make, clock: FakeClock) -> None:
    """The epoch decides, not the name: a grant from before a release is stale although its holder has the lease again."""
    old = await granted(store)
    await store.lease.release(old)
    new = await granted(store)
    assert new.holder == old.holder
    with pytest.raises(StaleLease, match="epoch 2, not by one with epoch 1"):
        await store.journal.begin(make.operation(), old, clock.now(), [])


async def test_no_audit_no_intent(store: Store, make: Make, clock: FakeClock) -> None:
    """When the audit entry cannot be written, the intent is not there either."""
    grant = await granted(store)
    with pytest.raises(TypeError):
        await store.journal.begin(make.operation(), grant, clock.now(), [make.draft(data={"no json": object()})])
    assert await store.journal.get("op1") is None


async def test_an_end_without_a_begin_is_not_found(store: Store, clock: FakeClock) -> None:
    """What was never begun cannot end."""
    with pytest.raises(NotFound, match="op9"):
        await store.journal.finish("op9", "done", clock.now(), "", [])


async def test_the_newest_operations_come_first(store: Store, make: Make, clock: FakeClock) -> None:
    """Recent operations are listed newest first."""
    grant, since = await granted(store), clock.now() - timedelta(seconds=1)
    for name in ("a", "b", "c"):
        await store.journal.begin(make.operation(name), grant, clock.now(), [])
        clock.advance(1)
    assert [entry.operation.id for entry in await store.journal.recent(since)] == ["c", "b", "a"]


async def test_an_operation_that_cannot_be_read_is_not_taken_for_none(store: Store, make: Make, clock: FakeClock) -> None:
    """An entry in a form that is no longer read raises Unhealthy: taking it for none could repeat an effect."""
    grant = await granted(store)
    await store.journal.begin(make.operation(), grant, clock.now(), [])
    await store._database.write(lambda c: c.exec_driver_sql("UPDATE operations SET body = '{}'"))
    with pytest.raises(Unhealthy, match="op1"):
        await store.journal.begin(make.operation(), grant, clock.now(), [])
