"""The courier under kill -9: nothing is lost, nothing is doubled, the order holds."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import open_store
from firstresponder.testing.engine import InlineEngine
from firstresponder.workflow.courier import Courier

from .conftest import Play
from .told import ANN, Told

PROCESS = Path(__file__).with_name("courier_process.py")


def run(folder: Path, mark: str = "") -> int:
    """Run one process on this folder; the exit status."""
    return subprocess.run([sys.executable, str(PROCESS), str(folder), mark], check=False, timeout=60).returncode


@pytest.mark.parametrize("mark", ["before card", "sent card", "before a", "sent b", "sent c"])
async def test_a_courier_that_dies_with_a_message_on_its_way(mark: str, tmp_path: Path) -> None:
    """The successor tells the sink that this one message may have arrived, and goes on in order behind it."""
    assert run(tmp_path, mark) == -signal.SIGKILL
    assert run(tmp_path) == 0
    assert (tmp_path / "channel").read_text().split() == ["card", "a", "b", "c"]
    what = mark.split()[1]
    wanted = [[each, again] for each in ("card", "a", "b", "c") for again in ([False, True] if each == what else [False])]
    assert [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()] == wanted
    store = open_store(tmp_path / "data", SystemClock())
    try:
        told = await store.outbox.deliveries("i1")
        assert [(each.what, each.state) for each in told] == [("card", "sent"), ("a", "sent"), ("b", "sent"), ("c", "sent")]
        delivered = [entry.data.get("key", "card") async for entry in store.audit.entries()]
        assert delivered == ["card", "a", "b", "c"], "each delivery is on record once"
    finally:
        await store.close()


@pytest.mark.parametrize(
    "mark", ["gate.4.request.after", "step.act_do.after", "step.verify_do.after", "step.end.before", "step.end.after"]
)
async def test_a_repair_that_was_cut_off_is_told_as_one_story(mark: str, asking: Told, play: Callable[..., Any]) -> None:
    """The worker dies at any line and the engine forgets: one message, each turn said once, one verification with its figures."""
    one = asking.play

    def die(at: str) -> None:
        if at == mark:
            one.engine.kill()
            raise asyncio.CancelledError

    one.world.mark = die
    incident = (await one.incident()).id
    await one.client.approve(incident, plan_digest="", who=ANN)
    await one.turn()
    await one.engine.idle()
    seen = await one.world.incidents.outcomes(incident)
    two: Play = await play(shop=one.shop, engine=InlineEngine())
    two.world.notifiers = one.world.notifiers
    await two.settle()
    await Courier(two.world, asking.sink).settle()
    kinds = [line.key.split("-")[0] for line in asking.sink.of(incident).lines]
    assert kinds == ["approved", "acted", "verified", "remediated"]
    after = await two.world.incidents.outcomes(incident)
    assert after[: len(seen)] == seen, "what was found once is not measured again"
    assert [each.word.value for each in after] == ["Successful"]
    assert (await two.audited()).count("verification.ended") == 1
