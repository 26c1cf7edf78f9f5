"""What speaks against a workload's pods since the action, whatever was done to it."""

from __future__ import annotations

from collections.abc import Iterator

from firstresponder.verification.baseline import Baseline
from firstresponder.verification.workload import Workload, restarts, statuses

BAD_WAITS = frozenset(
    {
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RegistryUnavailable",
        "RunContainerError",
    }
)
"""Reasons for which a container waits that time alone does not cure."""


def ailing(seen: Workload, before: Baseline) -> Iterator[str]:
    """Name each pod of the newest revision that restarted or cannot start, and what the controller complains of."""
    for pod in seen.newest or ():
        metadata = pod["metadata"]
        grown = restarts(pod) - before.restarts.get(metadata["uid"], 0)
        if grown > 0:
            yield f"pod {metadata['name']} restarted {grown} times since the action"
        for status in statuses(pod):
            reason = ((status.get("state") or {}).get("waiting") or {}).get("reason", "")
            if reason in BAD_WAITS:
                yield f"container {status.get('name')} of pod {metadata['name']} waits: {reason}"
    if not seen.observed:
        return
    for condition in (seen.obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            yield "the rollout exceeded its progress deadline"
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            yield f"pods cannot be made: {condition.get('message', condition.get('reason', ''))}"
