"""Kernel settings that a kubelet changes when it starts; read before, put back after."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

# Those of setupKernelTunables in kubernetes' pkg/kubelet/cm.
_NAMES = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def read(root: Path = Path("/proc/sys")) -> dict[str, str]:
    """Read the settings as they are."""
    found = {}
    for name in _NAMES:
        with contextlib.suppress(OSError):
            found[name] = (root / name).read_text(encoding="utf-8").strip()
    return found


def restore(values: Mapping[str, str], root: Path = Path("/proc/sys")) -> None:
    """Put back those that differ."""
    for name, value in values.items():
        with contextlib.suppress(OSError):
            if (root / name).read_text(encoding="utf-8").strip() != value:
                (root / name).write_text(value, encoding="utf-8")
