"""Start processes that outlive us, and end only those: by pid and start time, never by name.

A pid alone is no identity, the kernel reuses it. The pair (pid, start time in clock ticks since boot)
is one; it comes from field 22 of /proc/PID/stat, see proc_pid_stat(5).
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from testbed.layout import Layout
from testbed.problem import BedError

# Every process that we start carries this variable, and so do those that it starts with its own environment
# (containerd's shims): a process whose record was lost in a crash is still known to be ours.
MARK = "FIRSTRESPONDER_TESTBED_BED"
_NEW_LOG = os.O_WRONLY | os.O_CREAT | os.O_APPEND
TAIL_LINES = 20


@dataclass(frozen=True)
class Process:
    """One process of ours; `health` is a URL or a unix socket's path that tells whether it serves."""

    name: str
    pid: int
    started: int
    argv: tuple[str, ...]
    log: str
    health: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give plain data for state.json."""
        return asdict(self) | {"argv": list(self.argv)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Process:
        """Read what `as_json` wrote."""
        return cls(**{**data, "argv": tuple(data["argv"])})


def started_at(pid: int) -> int | None:
    """Start time of a running process in clock ticks since boot; None if there is none, or only its zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets and may hold spaces and brackets itself.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def alive(process: Process) -> bool:
    """Whether exactly this process still runs."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return started_at(process.pid) == process.started


def start(layout: Layout, name: str, argv: Sequence[str], *, health: str = "", env: Mapping[str, str] | None = None) -> Process:
    """Start a program in a session of its own, its output in its log; record it at once (see `state.add`).

    posix_spawn rather than Popen: nothing in our process has to stay alive to look after the child.
    """
    log = layout.log(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    environment = {**os.environ, **(env or {}), MARK: str(layout.root)}
    try:
        pid = os.posix_spawn(
            argv[0],
            list(argv),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), _NEW_LOG, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
    except OSError as error:
        raise BedError(f"{name} cannot be started: {argv[0]}: {error.strerror}.") from error
    started = started_at(pid)
    if started is None:
        raise BedError(f"{name} ended at once. {tail(log)}")
    return Process(name, pid, started, tuple(argv), str(log), health)


def tail(log: Path | str, lines: int = TAIL_LINES) -> str:
    """Give the last lines of a log, with its name."""
    path = Path(log)
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    shown = "\n".join("    " + line[:400] for line in text.splitlines()[-lines:]) or "    (empty)"
    return f"The last lines of {path}:\n{shown}"


def end(processes: Iterable[Process], grace: float = 5.0) -> None:
    """Ask these processes to end, wait up to `grace` seconds, then kill those that are left."""
    left = [process for process in processes if alive(process)]
    for signum, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        for process in left:
            _signal(process.pid, process.started, signum)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [process for process in left if alive(process)]
        if not left:
            return
    names = ", ".join(f"{process.name} (pid {process.pid})" for process in left)
    raise BedError(f"These processes do not end, not even killed: {names}.")


def kill(pids: Iterable[int], patience: float = 5.0) -> None:
    """Kill processes that the caller knows to be ours, and wait until they are gone."""
    left = {pid: born for pid in pids if (born := started_at(pid)) is not None}
    for pid, born in left.items():
        _signal(pid, born, signal.SIGKILL)
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        left = {pid: born for pid, born in left.items() if started_at(pid) == born}
        time.sleep(0.02)


def marked(layout: Layout) -> list[int]:
    """Pids of all processes that carry this bed's mark in their environment."""
    wanted = f"{MARK}={layout.root}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def _signal(pid: int, started: int, signum: int) -> None:
    """Signal a process if it is still the one that we mean."""
    if started_at(pid) == started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
