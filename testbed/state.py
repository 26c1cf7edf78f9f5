"""state.json: which processes are ours, on which ports, and what was changed on the machine.

Written after every single change and replaced in one step, so that a killed `up` leaves a record that the next one reads.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from testbed.layout import Layout
from testbed.problem import BedError
from testbed.processes import Process

VERSION = 1


@dataclass
class State:
    """What one bed has started and changed."""

    control_plane_only: bool = False
    up: bool = False
    ports: dict[str, int] = field(default_factory=dict)
    subnet: str = ""
    kubectl: str = ""
    # Kernel settings as they were before the kubelet changed them, to be put back.
    sysctls: dict[str, str] = field(default_factory=dict)
    # Folders outside the state folder that were not there before.
    made_folders: list[str] = field(default_factory=list)
    # Folder of the throw-away PostgreSQL.
    postgres: str = ""
    processes: list[Process] = field(default_factory=list)

    def process(self, name: str) -> Process | None:
        """Find one process by its name."""
        return next((process for process in self.processes if process.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Give plain data."""
        return {
            "version": VERSION,
            "control_plane_only": self.control_plane_only,
            "up": self.up,
            "ports": self.ports,
            "subnet": self.subnet,
            "kubectl": self.kubectl,
            "sysctls": self.sysctls,
            "made_folders": self.made_folders,
            "postgres": self.postgres,
            "processes": [process.as_json() for process in self.processes],
        }


def load(layout: Layout) -> State | None:
    """Read the record; None if there is none, or none that this version can read."""
    try:
        data = json.loads(layout.state.read_text(encoding="utf-8"))
    except PermissionError as error:
        raise BedError(f"{layout.root} belongs to another user; work on it as that user.") from error
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.pop("version", None) != VERSION:
        return None
    data["processes"] = [Process.from_json(process) for process in data["processes"]]
    return State(**data)


def save(layout: Layout, state: State) -> None:
    """Replace the record in one step."""
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = layout.state.with_suffix(".new")
    fresh.write_text(json.dumps(state.as_json(), indent=1), encoding="utf-8")
    fresh.chmod(0o600)
    os.replace(fresh, layout.state)  # noqa: PTH105  Path.replace is the same call; this one says what it does


def add(layout: Layout, state: State, process: Process) -> Process:
    """Record a process that has just been started."""
    state.processes.append(process)
    save(layout, state)
    return process
