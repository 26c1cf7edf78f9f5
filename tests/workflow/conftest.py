"""The whole pipeline but for its edges: the real store and stories, over a cluster, a clock and an engine in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firstresponder.adapters.store import open_store
from firstresponder.config import Allow, Approval, Guards, Seconds, Settings, Verification
from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import Incident, Json, Person
from firstresponder.remediation.catalog import CATALOG
from firstresponder.runbooks.load import load
from firstresponder.runbooks.shipped import shipped
from firstresponder.testing.access import FakeAccess, FakeFolder
from firstresponder.testing.clock import FakeClock, FakeIds
from firstresponder.testing.engine import InlineEngine
from firstresponder.testing.notifiers import FakeNotifier
from firstresponder.testing.shop import Shop, alert_body
from firstresponder.workflow.answers import Answer, IncidentView
from firstresponder.workflow.board import Board
from firstresponder.workflow.client import Client
from firstresponder.workflow.filing import Clerk
from firstresponder.workflow.reconcile import Reconciler
from firstresponder.workflow.worker import tell
from firstresponder.workflow.world import World

from .told import Told

ALLOWED = Guards(
    allow=(
        Allow(action="rollback-deployment", namespace="shop"),
        Allow(action="restart-workload", namespace="shop"),
    )
)
QUICK = Verification(initial_delay=Seconds(1), interval=Seconds(1), consecutive_successes=3, failure_limit=2, timeout=Seconds(30))


class Play:
    """One process of the pipeline, turned by hand."""

    def __init__(self, folder: Path, shop: Shop, settings: Settings, clock: FakeClock, engine: InlineEngine) -> None:
        """Open the store in this folder."""
        self.folder, self.shop, self.clock, self.engine = folder, shop, clock, engine
        self.store = open_store(folder, clock)
        self.world = World(
            alerts=self.store.alerts,
            incidents=self.store.incidents,
            outbox=self.store.outbox,
            audit=self.store.audit,
            journal=self.store.journal,
            lease=self.store.lease,
            kill_switch=self.store.kill_switch,
            read=shop.cluster,
            write=shop.cluster,
            logs=shop.cluster,
            access=FakeAccess(),
            folder=FakeFolder(),
            metrics=None,
            clock=clock,
            ids=FakeIds(),
            settings=settings,
            runbooks=load(shipped(), actions={a.id for a in CATALOG}, causes=set(DETECTORS)),
        )
        tell(self.world, engine)  # type: ignore[arg-type]
        self.board = Board(self.world)
        self.clerk = Clerk(self.world, self.board)
        self.reconciler = Reconciler(self.world, engine, self.board)  # type: ignore[arg-type]
        self.client = Client(self.world, lambda: "working", "in memory")

    async def open(self) -> None:
        """Take the lease."""
        self.world.grant = await self.world.lease.acquire("worker", "holder-1", 1e7)
        await self.board.load()

    async def send(self, body: Json) -> None:
        """Deliver a webhook body and let everything settle."""
        parsed = parse_webhook(msgspec.json.encode(body), self.clock.now())
        assert not parsed.rejected
        await self.client.receive(parsed.alerts)
        await self.settle()

    async def settle(self) -> None:
        """Turn until nothing more happens by itself."""
        for _ in range(50):
            await self.clerk.file_all()
            await self.reconciler.turn()
            await self.engine.idle()
            await asyncio.sleep(0)
            if not await self.world.incidents.with_pending() and not self.engine.busy():
                return
        raise AssertionError("it does not settle")

    async def turn(self) -> None:
        """One turn, without waiting for what it started."""
        await self.clerk.file_all()
        await self.reconciler.turn()

    async def incident(self) -> Incident:
        """The only incident."""
        rows, _ = await self.client.incidents(phases=(), limit=10, before="")
        assert len(rows) == 1, rows
        return rows[0]

    async def view(self) -> IncidentView:
        """The only incident with its documents."""
        return await self.client.incident((await self.incident()).id)

    async def approve(self, by: str = "ann") -> Answer:
        """Approve what is asked, and let everything settle."""
        answer = await self.client.approve((await self.incident()).id, plan_digest="", who=Person(name=by, via="test"))
        await self.settle()
        return answer

    async def audited(self) -> list[str]:
        """What the audit says, entry by entry."""
        return [entry.what async for entry in self.world.audit.entries()]

    async def close(self) -> None:
        """Close the store."""
        await self.store.close()


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Make plays; each is closed with the test."""
    made: list[Play] = []

    async def make(
        *,
        shop: Shop | None = None,
        guards: Guards = ALLOWED,
        approval: Approval | None = None,
        engine: InlineEngine | None = None,
    ) -> Play:
        settings = Settings(guards=guards, verification=QUICK, approval=approval or Approval())
        clock = made[-1].clock if made else FakeClock()
        one = Play(tmp_path / "data", shop or Shop(), settings, clock, engine or InlineEngine())
        made.append(one)
        await one.open()
        return one

    yield make
    for each in made:
        await each.close()


@pytest.fixture
async def asked(play: Callable[..., Any]) -> Play:
    """The bad release, and the question about it."""
    one: Play = await play()
    await one.send(alert_body(one.shop.crashing()))
    return one


@pytest.fixture
async def told(play: Callable[..., Any]) -> Told:
    """A quiet play with a sink."""
    one: Play = await play()
    sink = FakeNotifier()
    one.world.notifiers = (sink,)
    return Told(one, sink)


@pytest.fixture
async def asking(told: Told) -> Told:
    """The bad release, and its card."""
    await told.play.send(alert_body(told.play.shop.crashing()))
    await told.courier.settle()
    return told
