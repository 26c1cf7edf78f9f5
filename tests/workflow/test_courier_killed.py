"""The courier under kill -9: nothing is lost, nothing is doubled, the order holds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import open_store

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
