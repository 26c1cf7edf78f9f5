"""The worker in its thread, with the durable engine: it waits for its lease, and a fault of ours does not end it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from firstresponder.errors import Unhealthy
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import Grant, Person, Phase
from firstresponder.ports.notifier import Notifier
from firstresponder.remediation.gate import LEASE_TTL
from firstresponder.testing.notifiers import FakeNotifier
from firstresponder.testing.shop import alert_body
from firstresponder.workflow import worker as room
from firstresponder.workflow.engine import Engine
from firstresponder.workflow.filing import Clerk
from firstresponder.workflow.worker import LEASE, Worker

from .conftest import Play


async def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Wait until an awaitable condition gives something true."""
    for _ in range(400):
        if found := await condition():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


@pytest.fixture
async def begin(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Any]]:
    """Start a worker over a play's world; it is stopped with the test."""
    monkeypatch.setattr(room, "STANDBY", 0.05)
    started: list[Worker] = []

    async def run(*, alone: bool = True, notifiers: tuple[Notifier, ...] = ()) -> tuple[Play, Worker]:
        one: Play = await play()
        one.world.notifiers = notifiers
        if (mine := await one.store.lease.current(LEASE)) is not None:
            await one.store.lease.release(mine)
        await one.store.lease.acquire(LEASE, "another process", 1e7)
        worker = Worker(one.world, lambda: Engine(f"sqlite:///{one.folder / 'dbos.db'}"), alone=alone)
        started.append(worker)
        worker.start()
        return one, worker

    yield run
    for worker in started:
        await asyncio.to_thread(worker.stop)


async def phase(one: Play) -> Phase | None:
    """The phase of the only incident, once there is one."""
    rows, _ = await one.client.incidents(phases=(), limit=2, before="")
    return rows[0].phase if rows else None


async def deliver(one: Play) -> None:
    """Store the alert; the worker does the rest."""
    await one.client.receive(parse_webhook(msgspec.json.encode(alert_body(one.shop.crashing())), one.clock.now()).alerts)


async def test_a_fault_of_ours_does_not_end_the_work(begin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """When a turn raises what nobody expected, the worker begins again and the alert is still looked into."""
    file_all = Clerk.file_all
    faults = iter([RuntimeError("a fault of ours")])

    async def once(self: Clerk) -> int:
        for fault in faults:
            raise fault
        return await file_all(self)

    monkeypatch.setattr(Clerk, "file_all", once)
    one, worker = await begin()
    await deliver(one)

    async def asking() -> bool:
        return await phase(one) is Phase.ASKING

    await eventually(asking, "the brief")
    assert worker.state() == "working"


async def test_a_store_that_is_away_for_a_moment_ends_no_work(begin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that cannot be renewed at once is renewed later under the same engine; only its end stops the work."""
    monkeypatch.setattr(room, "RENEW_EVERY", 0.0)
    one, worker = await begin()

    async def working() -> bool:
        return bool(worker.state() == "working")

    await eventually(working, "the worker to work")
    launched, renew = Engine.launch, one.store.lease.renew
    engines: list[Engine] = []
    asked: list[Grant] = []

    def launch(self: Engine) -> None:
        engines.append(self)
        launched(self)

    async def away(grant: Grant, ttl: float) -> Grant | None:
        asked.append(grant)
        if len(asked) < 4:
            raise Unhealthy("the database is away")
        found: Grant | None = await renew(grant, ttl)
        return found

    monkeypatch.setattr(Engine, "launch", launch)
    monkeypatch.setattr(one.world.lease, "renew", away)

    async def renewed() -> bool:
        worker.wake()
        return len(asked) > 5

    await eventually(renewed, "the lease to be renewed")
    assert engines == []
    one.clock.advance(LEASE_TTL)
    asked.clear()

    async def begun_again() -> bool:
        worker.wake()
        return len(engines) == 1

    await eventually(begun_again, "the worker to begin again")


async def test_without_the_lease_it_waits(begin: Callable[..., Any]) -> None:
    """While another process holds the lease nothing is worked on; once it is free, the waiting one takes over."""
    one, worker = await begin(alone=False)

    async def waiting() -> bool:
        return "standing by" in worker.state()

    await eventually(waiting, "the worker to stand by")
    await deliver(one)
    assert await phase(one) is None
    held = await one.store.lease.current(LEASE)
    await one.store.lease.release(held)

    async def asking() -> bool:
        return await phase(one) is Phase.ASKING

    await eventually(asking, "the brief")


async def test_a_lease_that_a_dead_process_left_is_taken_at_once(begin: Callable[..., Any]) -> None:
    """Alone on the data, the worker need not wait for a lease to run out, and it works under a new epoch."""
    one, worker = await begin(alone=True)

    async def working() -> bool:
        return bool(worker.state() == "working")

    await eventually(working, "the worker to work")
    assert one.world.grant is not None
    assert one.world.grant.epoch > 1


async def test_people_are_told_while_it_works(begin: Callable[..., Any]) -> None:
    """The worker's couriers carry the question, and the whole story after the answer; a stop closes their sinks."""
    sink = FakeNotifier()
    one, worker = await begin(notifiers=(sink,))
    await deliver(one)

    async def asked() -> bool:
        return bool(sink.messages) and sink.messages[0].card.ask is not None

    await eventually(asked, "the question")
    answer = await one.client.approve(sink.messages[0].card.incident_id, plan_digest="", who=Person(name="ann", via="slack"))
    assert answer.accepted

    async def through() -> bool:
        return any(line.text == "Closed: repaired and verified" for line in sink.messages[0].lines)

    await eventually(through, "the end of the story")
    assert [line.key.split("-")[0] for line in sink.messages[0].lines] == ["approved", "acted", "verified", "remediated"]
    await asyncio.to_thread(worker.stop)
    assert sink.closed == 1


async def test_a_sink_that_hangs_delays_neither_the_work_nor_its_end(begin: Callable[..., Any]) -> None:
    """With every message hanging, an incident is investigated, repaired and closed, and the worker stops in time."""
    sink = FakeNotifier()
    sink.held.add("inc-0001")
    one, worker = await begin(notifiers=(sink,))
    await deliver(one)

    async def asking() -> bool:
        return await phase(one) is Phase.ASKING and bool(sink.calls)

    await eventually(asking, "the brief")
    await one.client.approve("inc-0001", plan_digest="", who=Person(name="ann", via="api"))

    async def closed() -> bool:
        return await phase(one) is Phase.CLOSED

    await eventually(closed, "the repair")
    await asyncio.to_thread(worker.stop)
    assert not worker._thread.is_alive()
    assert sink.messages == []
