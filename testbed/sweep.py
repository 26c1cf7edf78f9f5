"""End a bed and remove every trace of it, whether it was healthy or a crash left parts of it."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import time
from pathlib import Path

from testbed import cgroups, leftovers, network, postgres, processes, state, sysctls
from testbed.layout import Layout
from testbed.problem import BedError

_LAZY = 2  # MNT_DETACH of umount2(2)
_OCTAL = re.compile(r"\\([0-7]{3})")
_KEPT = {"logs", "lock"}


def sweep(layout: Layout) -> bool:
    """End our processes and pods, unmount, remove bridge and cgroups, put settings back. Whether there was anything.

    Safe to call at any time and again: each step looks for what is there.
    """
    record = state.load(layout)
    found = record is not None
    if record is not None:
        # What starts pods goes first, by itself; nothing may be born while the pods are ended.
        starters = [process for process in record.processes if process.name in {"kubelet", "containerd"}]
        processes.end(starters, grace=2.0)
        postgres.remove(record)
        # The data is thrown away: there is nothing to wait long for.
        processes.end((process for process in record.processes if process not in starters), grace=2.0)
    found |= _kill_rest(layout)
    if os.geteuid() == 0:
        outside = leftovers.files(layout)
        found |= _unmount(layout.root)
        found |= Path(f"/sys/class/net/{layout.bridge}").exists()
        network.remove(layout)
        _remove_cgroups(layout)
        leftovers.remove(outside, record.made_folders if record else [])
    if record is not None:
        sysctls.restore(record.sysctls)
    _empty(layout)
    return found


def _kill_rest(layout: Layout) -> bool:
    """Kill pods, their shims, and processes that a crash kept out of the record; again until none is left."""
    found = False
    for _ in range(20):
        left = {*processes.marked(layout), *cgroups.pids(layout)}
        if not left:
            return found
        found = True
        processes.kill(left)
    raise BedError(f"Processes of the testbed do not end: {sorted(left)}.")


def mounts_below(folder: Path, mountinfo: str) -> list[str]:
    """Mount points below a folder, the last mounted first (proc_pid_mountinfo(5), with its octal escapes).

    Not the folder itself: that would be its owner's.
    """
    points = [_OCTAL.sub(lambda digits: chr(int(digits[1], 8)), line.split()[4]) for line in mountinfo.splitlines()]
    return [point for point in reversed(points) if folder in Path(point).parents]


def _unmount(folder: Path) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    found = False
    for _ in range(5):
        points = mounts_below(folder, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
        if not points:
            return found
        found = True
        for point in points:
            libc.umount2(point.encode(), _LAZY)
    raise BedError(f"These mounts do not go away: {', '.join(points)}.")


def _remove_cgroups(layout: Layout) -> None:
    """A group stays busy for a moment after its last process has ended."""
    deadline = time.monotonic() + 5
    while (stuck := cgroups.remove(layout)) and time.monotonic() < deadline:
        time.sleep(0.1)
    if stuck:
        raise BedError(f"These control groups could not be removed: {', '.join(map(str, stuck))}.")


def _empty(layout: Layout) -> None:
    """Empty the state folder, except for the logs; the record goes last, so that a crash in between is cleaned again."""
    if not layout.marker.exists():
        return
    kept = _KEPT | {layout.state.name, layout.marker.name}
    entries = [entry for entry in layout.root.iterdir() if entry.name not in kept]
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
    layout.state.unlink(missing_ok=True)
