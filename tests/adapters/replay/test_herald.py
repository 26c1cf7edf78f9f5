"""The alert of a recording is delivered, once, and again when it changes."""

from __future__ import annotations

import json
import threading
from typing import Any

from firstresponder.adapters.replay.herald import Herald
from firstresponder.adapters.replay.player import Player
from firstresponder.errors import Unhealthy
from firstresponder.model.bundle import Bundle
from firstresponder.testing.clock import FakeClock
from tests.adapters.replay.conftest import BAD, GOOD, swap


async def test_the_alert_comes_once_and_its_end_once(bundle: Bundle, clock: FakeClock) -> None:
    """Firing at the first turn, nothing while nothing changes, resolved after the state in which it had stopped."""
    got: list[Any] = []

    async def deliver(body: bytes) -> None:
        got.append(json.loads(body)["status"])

    player = Player(bundle, clock)
    herald = Herald([player], deliver)
    for _ in range(2):
        await herald.turn()
    assert got == ["firing"]
    player.write(swap(BAD, GOOD))
    clock.advance(9)
    for _ in range(2):
        await herald.turn()
    assert got == ["firing", "resolved"]


async def test_what_was_not_taken_comes_again(bundle: Bundle, clock: FakeClock) -> None:
    """A body that could not be stored is delivered at the next turn; the other recordings do not wait for it."""
    got: list[str] = []
    broken = True

    async def deliver(body: bytes) -> None:
        if broken and not got:
            got.append("refused")
            raise Unhealthy("the disk is full")
        got.append(json.loads(body)["status"])

    herald = Herald([Player(bundle, clock), Player(bundle, clock)], deliver)
    await herald.turn()
    assert got == ["refused", "firing"]
    await herald.turn()
    assert got == ["refused", "firing", "firing"]


def test_it_runs_by_itself_and_ends(bundle: Bundle, clock: FakeClock) -> None:
    """Started, it delivers without being asked; stopped, its thread is gone."""
    arrived = threading.Event()

    async def deliver(_: bytes) -> None:
        arrived.set()

    herald = Herald([Player(bundle, clock)], deliver)
    herald.start()
    assert arrived.wait(10)
    herald.stop()
    assert not any(thread.name == "herald" for thread in threading.enumerate())
