"""What an action must be allowed to do to an object, for all that the plan and the gate do: read, preview, patch, look again."""

from __future__ import annotations

from typing import Final

from firstresponder.model import Permission

_WORKLOADS: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


def patching(kind: str) -> tuple[Permission, ...]:
    """Return the rights to read and patch a workload, a Deployment's revisions included. A dry run needs the same right."""
    resource = _WORKLOADS[kind]
    history = Permission.each("list", "apps", "replicasets") if kind == "Deployment" else ()
    return (*Permission.each("get", "apps", resource), *Permission.each("patch", "apps", resource), *history)
