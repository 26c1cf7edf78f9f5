"""One owner at a time, and an epoch that tells owners apart."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstresponder.adapters.store import Store, open_store
from firstresponder.config import Database
from firstresponder.model import Grant
from firstresponder.testing.clock import FakeClock

pytestmark = pytest.mark.usefixtures("their_clock")


async def test_a_free_lease_is_taken_with_epoch_one(store: Store, clock: FakeClock) -> None:
    """The first owner of a name gets epoch 1 for as long as asked."""
    grant = await store.lease.acquire("worker", "one", 30)
    assert grant == Grant(name="worker", holder="one", epoch=1, until=clock.now() + timedelta(seconds=30))
    assert await store.lease.current("worker") == grant
    assert await store.lease.current("other") is None


async def test_a_held_lease_is_refused_to_others_until_it_expires(store: Store, clock: FakeClock) -> None:
    """Another holder gets nothing until the very end of the lease, and the next epoch from then on."""
    await store.lease.acquire("worker", "one", 30)
    clock.advance(29.999999)
    assert await store.lease.acquire("worker", "two", 30) is None
    clock.advance(0.000001)
    assert await store.lease.current("worker") is None
    taken = await store.lease.acquire("worker", "two", 30)
    assert taken is not None
    assert (taken.holder, taken.epoch) == ("two", 2)


async def test_the_same_holder_keeps_its_epoch(store: Store, clock: FakeClock) -> None:
    """Taking it again, in time or after an expiry that nobody used, extends it under the same epoch."""
    await store.lease.acquire("worker", "one", 30)
    for wait in (10, 1000):
        clock.advance(wait)
        again = await store.lease.acquire("worker", "one", 30)
        assert again == Grant(name="worker", holder="one", epoch=1, until=clock.now() + timedelta(seconds=30))


async def test_renewing_extends_what_is_still_ours(store: Store, clock: FakeClock) -> None:
    """A renewal in time extends; after a takeover, or a release, it is None and changes nothing."""
    grant = await store.lease.acquire("worker", "one", 30)
    assert grant is not None
    clock.advance(20)
    renewed = await store.lease.renew(grant, 30)
    assert renewed is not None
    assert renewed.until == clock.now() + timedelta(seconds=30)
    clock.advance(31)
    taken = await store.lease.acquire("worker", "two", 30)
    assert await store.lease.renew(renewed, 30) is None
    assert await store.lease.current("worker") == taken
    assert taken is not None
    await store.lease.release(taken)
    assert await store.lease.renew(taken, 30) is None


async def test_a_released_lease_is_free_at_once_for_the_next_epoch(store: Store) -> None:
    """After a release anybody may take it, the one who gave it up too, and always with a new epoch."""
    for epoch in (1, 2, 3):
        grant = await store.lease.acquire("worker", "one", 30)
        assert grant is not None
        assert grant.epoch == epoch
        await store.lease.release(grant)
        assert await store.lease.current("worker") is None


async def test_releasing_what_was_lost_does_not_hurt_the_new_owner(store: Store, clock: FakeClock) -> None:
    """A late release by the old owner leaves the new one in place."""
    old = await store.lease.acquire("worker", "one", 30)
    clock.advance(31)
    new = await store.lease.acquire("worker", "two", 30)
    assert old is not None
    await store.lease.release(old)
    assert await store.lease.current("worker") == new


async def test_of_many_that_want_it_one_gets_it(store: Store) -> None:
    """Twenty holders at once: one grant."""
    grants = await asyncio.gather(*(store.lease.acquire("worker", f"h{n}", 30) for n in range(20)))
    assert len([grant for grant in grants if grant]) == 1


_numbers = itertools.count()
steps = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["acquire", "renew", "release", "wait"])), max_size=25)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=steps)
def test_no_epoch_ever_has_two_owners(story: list[tuple[str, str]], clock: FakeClock, data_dir: Path, database: Database) -> None:
    """Whatever three processes do, each epoch belongs to one of them, epochs never fall, and one at most is current."""

    async def run() -> None:
        store = open_store(data_dir, clock, database=database)
        name = f"lease {next(_numbers)}"
        owners: dict[int, str] = {}
        held: dict[str, Grant] = {}
        highest = 0
        try:
            for holder, step in story:
                if step == "wait":
                    clock.advance(20)
                elif step == "acquire":
                    other = await store.lease.current(name)
                    grant = await store.lease.acquire(name, holder, 30)
                    assert (grant is None) == (other is not None and other.holder != holder)
                    if grant:
                        held[holder] = grant
                        assert owners.setdefault(grant.epoch, holder) == holder
                        assert grant.epoch >= highest
                        highest = grant.epoch
                elif holder in held and step == "renew":
                    renewed = await store.lease.renew(held[holder], 30)
                    assert renewed is None or renewed.epoch == highest
                elif holder in held:
                    await store.lease.release(held.pop(holder))
        finally:
            await store._database.write(lambda c: c.exec_driver_sql("DELETE FROM leases"))
            await store.close()

    asyncio.run(run())
