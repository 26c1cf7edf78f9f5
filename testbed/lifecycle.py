"""Bring a bed up and take it down."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from testbed import (
    certs,
    control_plane,
    gobuild,
    health,
    kubectl,
    monitoring,
    network,
    node,
    packages,
    ports,
    postgres,
    processes,
    programs,
)
from testbed import state as states
from testbed.console import Say
from testbed.layout import LONGEST_FOLDER, Layout
from testbed.problem import BedError, NotReadyError
from testbed.state import State
from testbed.sweep import sweep

_NODE_READY = 60.0


def bring_up(layout: Layout, *, control_plane_only: bool, say: Say) -> State:
    """Bring the bed up; do nothing if it is up and healthy; clean first what a crash left. Undone if it fails."""
    _possible(layout, control_plane_only=control_plane_only)
    with _locked(layout, say):
        layout.marker.touch()
        now = states.load(layout)
        if now is not None and now.up and (control_plane_only or not now.control_plane_only) and healthy(layout, now):
            say(f"already up and healthy: {layout.root}")
            return now
        wanted = programs.CONTROL_PLANE if control_plane_only else programs.CONTROL_PLANE + programs.NODE
        if not control_plane_only:
            packages.ensure(say)
        found = programs.obtain(wanted, say, gobuild.build)
        began = time.monotonic()
        if sweep(layout):
            say("cleaned up what an earlier run left")
        try:
            with _interruptible():
                now = _start(layout, found, control_plane_only=control_plane_only, say=_clocked(say, began))
        except BaseException:
            say("taking down what was started (the logs stay)")
            sweep(layout)
            raise
        say(f"up after {time.monotonic() - began:.1f} s")
        return now


def bring_up_postgres(layout: Layout, say: Say) -> State:
    """Bring up PostgreSQL alone; do nothing if it is up. Undone if it fails."""
    _possible(layout, control_plane_only=True)
    with _locked(layout, say):
        layout.marker.touch()
        now = states.load(layout)
        if now is not None and now.up:
            raise NotReadyError(f"{layout.root} is a whole testbed's: use its PostgreSQL, or choose another folder with --dir.")
        if now is not None and postgres.url(now) and all(not health.trouble(layout, each) for each in now.processes):
            return now
        sweep(layout)
        try:
            with _interruptible():
                now = State(control_plane_only=True, ports=ports.free(postgres.PORTS))
                postgres.start(layout, now)
        except BaseException:
            sweep(layout)
            raise
        return now


def take_down(layout: Layout, say: Say) -> bool:
    """End the bed and remove every trace but its logs; whether there was anything."""
    states.load(layout)  # complains at once about another user's bed
    # Processes may outlive their folder, if somebody deleted it.
    if not layout.marker.exists() and not processes.marked(layout):
        return False
    with _locked(layout, say):
        return sweep(layout)


def healthy(layout: Layout, now: State) -> bool:
    """Whether every part serves."""
    return now.up and not any(health.trouble(layout, process) for process in now.processes)


def kubeconfig(layout: Layout, now: State, path: Path, bearer: str, namespace: str) -> Path:
    """Write a kubeconfig for another user of this bed."""
    return certs.kubeconfig(layout, path, control_plane.server(now.ports), bearer, namespace)


def _start(layout: Layout, found: Mapping[str, Path], *, control_plane_only: bool, say: Say) -> State:
    """Start every part in order, each recorded as soon as it exists."""
    names = control_plane.PORTS if control_plane_only else control_plane.PORTS + node.PORTS + monitoring.PORTS + postgres.PORTS
    now = State(control_plane_only=control_plane_only, ports=ports.free(names), kubectl=str(found["kubectl"]))
    if not control_plane_only:
        now.subnet = network.choose(network.taken())
    states.save(layout, now)
    certs.make(layout, network.gateway(now.subnet) if now.subnet else "")
    if not control_plane_only:
        node.prepare(layout, now)
        # containerd needs nothing of the control plane: it reads its images while that starts.
        containerd = node.spawn_containerd(layout, now)
    control_plane.start(layout, now, found)
    say("control plane serves")
    if not control_plane_only:
        watchers = monitoring.start(layout, now)
        node.import_images(layout, containerd)
        node.start_kubelet(layout, now, found)
        postgres.start(layout, now)  # while the node gets ready
        say("PostgreSQL serves")
        monitoring.wait(layout, watchers)
        say("Prometheus and Alertmanager serve")
        _wait_for(lambda: kubectl.node_ready(layout, now), "the node to be Ready", layout)
        say("node is Ready")
    _wait_for(lambda: kubectl.default_account(layout, now), "the default service account", layout)
    now.up = True
    states.save(layout, now)
    return now


def _wait_for(done: Callable[[], bool], what: str, layout: Layout) -> None:
    deadline = time.monotonic() + _NODE_READY
    while not done():
        if time.monotonic() > deadline:
            raise BedError(f"Waited {_NODE_READY:.0f} s for {what} in vain. See the logs in {layout.logs}.")
        time.sleep(0.2)


def _possible(layout: Layout, *, control_plane_only: bool) -> None:
    """Say early what cannot work, and never touch a folder that is not ours."""
    if sys.platform != "linux":
        raise NotReadyError("The testbed runs on Linux only (it reads /proc).")
    if layout.root.is_dir() and not layout.marker.exists() and any(layout.root.iterdir()):
        raise NotReadyError(f"{layout.root} holds something that is not a testbed's. Choose another folder with --dir.")
    if control_plane_only:
        return
    if os.geteuid() != 0:
        packages_line = f"missing packages: {', '.join(lacking)}. " if (lacking := packages.missing()) else ""
        raise NotReadyError(
            f"The full testbed runs containers and needs root; you are not root. {packages_line}"
            "Run it with sudo in a throw-away machine, or use --control-plane-only."
        )
    if len(str(layout.root)) > LONGEST_FOLDER:
        raise NotReadyError(
            f"{layout.root} is too long: unix sockets below it allow at most {LONGEST_FOLDER} characters. "
            "Choose a shorter folder with --dir."
        )


@contextmanager
def _locked(layout: Layout, say: Say) -> Iterator[None]:
    """Let one `up` or `down` work on a folder at a time."""
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with layout.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that works on {layout.root}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that it takes down what was started too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread: the caller looks after signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _clocked(say: Say, began: float) -> Say:
    return lambda text: say(f"{time.monotonic() - began:5.1f} s  {text}")
