"""A recording under the real pipeline: the recorded repair is proven on it, any other is not, and undo goes back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from firstresponder.adapters.replay.cluster import Replay
from firstresponder.adapters.replay.form import parse_bundle
from firstresponder.adapters.replay.herald import Herald
from firstresponder.adapters.replay.player import Player
from firstresponder.config import Settings
from firstresponder.errors import PreconditionFailed
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import OutcomeWord, Phase
from firstresponder.model.bundle import Bundle
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.engine import InlineEngine
from firstresponder.testing.shop import BAD, GOOD
from tests.recorded import bad_release
from tests.workflow.conftest import ALLOWED, QUICK, Play


@pytest.fixture
async def recorded() -> Bundle:
    """A bad release and its repair, through the file."""
    return await bad_release()


class Played(Play):
    """The pipeline over a recording."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        """Begin at some other time than the recording's."""
        clock = FakeClock()
        clock.advance(86400.5)
        self.player = Player(bundle, clock, speed=2.0)
        self.replay = Replay([self.player], "a recording")
        settings = Settings(guards=ALLOWED, verification=QUICK)
        shop: Any = SimpleNamespace(cluster=self.replay)
        super().__init__(folder, shop, settings, clock, InlineEngine())
        self.world.metrics = self.replay
        self.herald = Herald([self.player], self._deliver)

    async def _deliver(self, body: bytes) -> None:
        await self.client.receive(parse_webhook(body, self.clock.now()).alerts)

    async def image(self) -> str:
        """The image that the Deployment names now."""
        found = await self.replay.get("Deployment", "shop", "api")
        name: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
        return name

    async def ask(self) -> None:
        """Let the alert arrive, and everything settle."""
        await self.herald.turn()
        await self.settle()


Begin = Callable[[Bundle], Awaitable[Played]]


@pytest.fixture
async def begin(tmp_path: Path) -> AsyncIterator[Begin]:
    """Play bundles; each is closed with the test."""
    made: list[Played] = []

    async def make(bundle: Bundle) -> Played:
        one = Played(tmp_path / f"played-{len(made)}", bundle)
        made.append(one)
        await one.open()
        await one.ask()
        return one

    yield make
    for each in made:
        await each.close()


def _altered(bundle: Bundle) -> Bundle:
    """The same recording, of a repair that made something else of the object."""
    assert bundle.repair is not None
    (operation,) = bundle.repair.operations
    return replace(bundle, repair=replace(bundle.repair, operations=(replace(operation, result="0" * 64),)))


async def test_the_recorded_repair_is_proven(recorded: Bundle, begin: Begin) -> None:
    """Asked, approved, written once, Successful, and the alert resolves: the story of the live cluster, on the recording."""
    one = await begin(recorded)
    assert (await one.incident()).phase is Phase.ASKING
    assert await one.image() == BAD
    assert (await one.approve()).accepted
    view = await one.view()
    assert [outcome.word for outcome in view.outcomes] == [OutcomeWord.SUCCESSFUL]
    assert view.incident.phase is Phase.CLOSED
    assert await one.image() == GOOD
    assert one.player.repaired
    await one.ask()
    assert {stored.alert.status for stored in (await one.view()).alerts} == {"resolved"}
    assert one.engine.errors == []


async def test_another_repair_fails_its_verification(recorded: Bundle, begin: Begin) -> None:
    """Where the write does not make what the recorded one made, the broken state goes on, and nothing calls it success."""
    one = await begin(_altered(recorded))
    await one.approve()
    view = await one.view()
    assert view.outcomes
    assert not view.outcomes[0].passed
    assert not one.player.repaired
    assert view.incident.phase is not Phase.CLOSED
    await one.ask()
    assert {stored.alert.status for stored in view.alerts} == {"firing"}


async def test_an_object_that_was_changed_meanwhile_fails_its_tests(recorded: Bundle, begin: Begin) -> None:
    """A recording whose template moves while one thinks voids the approval: nothing is written."""
    moved = json.loads(json.dumps(next(obj for obj in recorded.cluster if obj["kind"] == "Deployment")))
    moved["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/app:v3"
    frame = {"at": (recorded.now.isoformat()), "cluster": {"Deployment/shop/api": moved}}
    tree = msgspec.to_builtins(replace(recorded, frames=()))
    one = await begin(recorded)
    late = parse_bundle(msgspec.json.encode({**tree, "frames": [frame]}), "late.json")
    one.replay.players = (Player(late, one.clock),)
    before = await one.replay.get("Deployment", "shop", "api")
    await one.approve()
    assert await one.replay.get("Deployment", "shop", "api") == before
    assert (await one.view()).outcomes == []
    assert "gate.intent" not in await one.audited()


async def test_a_write_that_is_sent_twice_is_one(recorded: Bundle, begin: Begin) -> None:
    """The second request fails its tests as on a real server, and the object carries the first one's id."""
    one = await begin(recorded)
    sent = []
    apply = one.replay.apply

    async def keeping(change: Any, *, timeout: float) -> Any:
        sent.append(change)
        return await apply(change, timeout=timeout)

    one.replay.apply = keeping  # type: ignore[method-assign]
    await one.approve()
    assert len(sent) == 1
    before = await one.replay.get("Deployment", "shop", "api")
    with pytest.raises(PreconditionFailed, match="422"):
        await apply(sent[0], timeout=1)
    assert await one.replay.get("Deployment", "shop", "api") == before
    assert before["metadata"]["annotations"]["firstresponder.internal/operation"]


async def test_a_recording_is_diagnosed_as_it_was_live(recorded: Bundle, begin: Begin) -> None:
    """The cause and the proposal on the recording are those of the cluster that was recorded."""
    view = await (await begin(recorded)).view()
    assert view.diagnosis is not None
    assert view.plan is not None
    assert view.diagnosis.hypotheses[0].cause_class == "crash-after-deploy"
    assert view.plan.action is not None
    assert view.plan.action.summary == "Roll back Deployment api from revision 5 to 4"
