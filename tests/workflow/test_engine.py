"""The durable engine under kill -9: finished steps stay finished, the one in flight runs again, types stay the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROCESS = Path(__file__).with_name("engine_process.py")


def run(folder: Path, mark: str = "") -> int:
    """Run one process on this folder; the exit status."""
    words = [sys.executable, str(PROCESS), str(folder / "dbos.db"), str(folder / "log"), mark]
    return subprocess.run(words, check=False, timeout=60).returncode


@pytest.mark.parametrize("mark", ["in 0", "after 0", "in 2", "after 3", "stop 1"])
def test_a_killed_or_stopped_workflow_goes_on_where_it_was(mark: str, tmp_path: Path) -> None:
    """Cut off in a step, that step runs twice and no other; between two, none does; the result is the same."""
    assert run(tmp_path, mark) == (0 if mark.startswith("stop") else -signal.SIGKILL)
    assert run(tmp_path) == 0
    lines = (tmp_path / "log").read_text().splitlines()
    where, number = mark.split()
    runs = [line for line in lines if line.startswith("run ")]
    expected = [f"run {step}" for step in range(4)]
    if where in ("in", "stop"):
        expected.insert(int(number), f"run {number}")
    assert runs == expected
    assert lines[-2:] == ["total 14", "through"]
    types = {line.split(" ", 2)[2] for line in lines if line.startswith("got ")}
    assert types == {"tuple 2026-03-10T00:00:00+00:00"}, "a replayed result has the types of the first run"
