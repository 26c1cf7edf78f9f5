"""The one cgroup below which all pods run: whatever process is in it is a pod's, hence ours to kill."""

from __future__ import annotations

import contextlib
from pathlib import Path

from testbed.layout import Layout

_NEEDED_V2 = ("cpuset", "cpu", "memory", "pids", "io")


def hierarchies(mountinfo: str) -> dict[Path, bool]:
    """Mount points of the cgroup file systems, each with whether it is version 2 (proc_pid_mountinfo(5))."""
    found = {}
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        kind = right.split()[0]
        if kind in {"cgroup", "cgroup2"}:
            found[Path(left.split()[4])] = kind == "cgroup2"
    return found


def _roots(layout: Layout) -> list[Path]:
    mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return [mount / layout.cgroup for mount in hierarchies(mountinfo)]


def make(layout: Layout) -> None:
    """Make the group in every hierarchy; the kubelet refuses a root that does not exist."""
    for mount, second in hierarchies(Path("/proc/self/mountinfo").read_text(encoding="utf-8")).items():
        group = mount / layout.cgroup
        if second:
            # In version 2 a controller is there only if the parent hands it down.
            for controller in _NEEDED_V2:
                with contextlib.suppress(OSError):
                    (mount / "cgroup.subtree_control").write_text(f"+{controller}", encoding="utf-8")
        with contextlib.suppress(OSError):
            group.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            # In version 1 a new cpuset is empty, and nothing can run in it.
            with contextlib.suppress(OSError):
                if not second and not (group / name).read_text(encoding="utf-8").strip():
                    (group / name).write_text((mount / name).read_text(encoding="utf-8"), encoding="utf-8")


def pids(layout: Layout) -> set[int]:
    """Every process in any pod."""
    found: set[int] = set()
    for root in _roots(layout):
        for listing in root.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found.update(int(line) for line in listing.read_text(encoding="utf-8").split())
    return found - {0}


def remove(layout: Layout) -> list[Path]:
    """Remove the group and all below it, deepest first; give those that stay (because something runs in them)."""
    stuck = []
    for root in _roots(layout):
        if not root.is_dir():
            continue
        groups = sorted((folder for folder in root.rglob("*") if folder.is_dir()), key=lambda path: -len(path.parts))
        for group in [*groups, root]:
            try:
                group.rmdir()
            except OSError:
                stuck.append(group)
    return stuck
