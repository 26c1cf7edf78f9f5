"""Does the object hold what was written, and does nobody set it back? One look.

It proves the change, not its effect: that is the alert's to say, where its rule is visible.
"""

from __future__ import annotations

from firstresponder.model import Json, Probe, at_pointer, means
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.verification.baseline import Baseline
from firstresponder.verification.jobs import the_same
from firstresponder.verification.look import Direction, Look


async def look(read: ClusterRead, probe: Probe, before: Baseline, direction: Direction = "do") -> Look:  # noqa: ARG001  # nothing moves but the value
    """Read the object and compare. `params["values"]`: [pointer, after do, after undo], large values by their digest.

    Raises NotFound, Forbidden, Unreachable.
    """
    return judge(await the_same(read, probe.target), probe, direction)


def judge(obj: Json, probe: Probe, direction: Direction) -> Look:
    """Say whether every value is the one that was written; absent is null, and false for a flag. Pure."""
    side = 1 if direction == "do" else 2
    wrong = []
    for row in probe.params["values"]:
        found, wanted = at_pointer(obj, row[0]), row[side]
        if not means(wanted, found) and not (wanted is False and found is None):
            wrong.append(row[0])
    figures = _figures(obj)
    if wrong:
        return Look(state="failing", detail=f"{', '.join(wrong)} is no longer what was written", figures=figures)
    places = ", ".join(row[0] for row in probe.params["values"])
    return Look(state="healthy", detail=f"{places} holds what was written", figures=figures)


def _figures(obj: Json) -> dict[str, Json]:
    """What an autoscaler does with its new bounds; nothing for other kinds."""
    if obj.get("kind") != "HorizontalPodAutoscaler":
        return {}
    status = obj.get("status") or {}
    return {
        "max_replicas": (obj.get("spec") or {}).get("maxReplicas", 0),
        "desired": int(status.get("desiredReplicas") or 0),
        "replicas": int(status.get("currentReplicas") or 0),
    }
