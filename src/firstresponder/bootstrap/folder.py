"""What a process takes of its data folder: the lock, and files that only we may read."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

LOCK_FILE = "worker.lock"


def private(path: Path) -> Path:
    """Make a file that only we may read before a library makes it for all."""
    os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, 0o600))
    return path


def hold(data_dir: Path) -> int | None:
    """Take the data folder for this process, if no living process has it.

    The kernel gives the lock up when its holder dies, however it dies: who gets it knows that a lease which is left in
    the database belongs to a dead process, and need not wait for it to run out.
    """
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
