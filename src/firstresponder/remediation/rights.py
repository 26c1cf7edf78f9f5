"""What an action must be allowed to do to an object, for all that the plan and the gate do: read, preview, patch, look again."""

from __future__ import annotations

from typing import Final

from firstresponder.model import Permission

_RESOURCES: Final = {
    "CronJob": ("batch", "cronjobs"),
    "DaemonSet": ("apps", "daemonsets"),
    "Deployment": ("apps", "deployments"),
    "HorizontalPodAutoscaler": ("autoscaling", "horizontalpodautoscalers"),
    "Node": ("", "nodes"),
    "PodDisruptionBudget": ("policy", "poddisruptionbudgets"),
    "Service": ("", "services"),
    "StatefulSet": ("apps", "statefulsets"),
}


def patching(kind: str, *beside: str) -> tuple[Permission, ...]:
    """Return the rights to read and patch an object, a Deployment's revisions included, and to list the kinds `beside` it.

    A dry run needs the same right as the patch.
    """
    group, resource = _RESOURCES[kind]
    history = Permission.each("list", "apps", "replicasets") if kind == "Deployment" else ()
    others = (right for other in beside for right in Permission.each("list", *_RESOURCES[other]))
    return (*Permission.each("get", group, resource), *Permission.each("patch", group, resource), *history, *others)
