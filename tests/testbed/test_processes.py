"""Processes: only our own are ended, known by pid and start time."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from testbed import health, processes
from testbed.layout import Layout
from testbed.problem import BedError
from testbed.processes import Process

SLEEP = shutil.which("sleep") or "/bin/sleep"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A state folder."""
    return Layout.of(tmp_path)


@pytest.fixture
def sleeper(layout: Layout) -> Iterator[Process]:
    """A process that sleeps until the test is over."""
    process = processes.start(layout, "sleeper", [SLEEP, "60"])
    yield process
    if processes.alive(process):
        os.kill(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)


def test_own_process_is_ended(sleeper: Process) -> None:
    """A process whose pid and start time match is ended."""
    processes.end([sleeper])
    assert not processes.alive(sleeper)


def test_reused_pid_is_left_alone(sleeper: Process) -> None:
    """A process that has our pid but another start time is not ours, and lives on."""
    processes.end([replace(sleeper, started=sleeper.started - 1)])
    assert processes.alive(sleeper)


def test_runs_in_its_own_session(sleeper: Process) -> None:
    """A started process has a session of its own, so that the terminal's signals do not reach it."""
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_mark_finds_a_lost_process(layout: Layout, sleeper: Process) -> None:
    """A process whose record was lost is still found by its mark."""
    assert processes.marked(layout) == [sleeper.pid]


def test_mark_of_another_bed_is_not_ours(tmp_path: Path, sleeper: Process) -> None:
    """A bed in another folder does not find our processes."""
    assert sleeper.pid not in processes.marked(Layout.of(tmp_path / "other"))


def test_stubborn_process_is_killed(layout: Layout) -> None:
    """A process that ignores SIGTERM is killed after the grace."""
    script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
    process = processes.start(layout, "stubborn", ["/bin/sh", "-c", script])
    while "ready" not in layout.log("stubborn").read_text(encoding="utf-8"):
        pass
    processes.end([process], grace=0.1)
    assert not processes.alive(process)


def test_missing_program_is_named(layout: Layout) -> None:
    """A program that cannot be started is named."""
    with pytest.raises(BedError, match=r"nothing cannot be started: .*no-such-program"):
        processes.start(layout, "nothing", [str(layout.part("no-such-program"))])


def test_process_that_ends_shows_its_log(layout: Layout) -> None:
    """When a process ends while it should start, the error has its name and the end of its log."""
    process = processes.start(layout, "broken", ["/bin/sh", "-c", "sleep 0.1; echo unknown flag >&2; exit 1"], health="/none")
    with pytest.raises(BedError, match=r"(?s)broken ended while starting.*unknown flag"):
        health.wait(layout, process)


def test_tail_has_the_last_twenty_lines(tmp_path: Path) -> None:
    """The end of a log is its last twenty lines."""
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number}\n" for number in range(50)), encoding="utf-8")
    shown = processes.tail(log)
    assert "line 49" in shown
    assert "line 30" in shown
    assert "line 29" not in shown
