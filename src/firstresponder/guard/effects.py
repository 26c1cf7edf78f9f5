"""What a planned change does to the pods of its target, read from the places that it touches."""

from __future__ import annotations

from typing import Literal

from firstresponder.guard.objects import meta
from firstresponder.model import Json, PlannedAction

Effect = Literal["rolls", "scales", "none"]

REPLICAS = "/spec/replicas"
WITHOUT_PODS = frozenset({"HorizontalPodAutoscaler", "CronJob", "Node", "Service"})
"""Kinds that have no pods which a change of them replaces."""
CLUSTER_WIDE = frozenset({"Node"})
"""Kinds that live in no namespace: an empty one names them, and nothing else."""
UNSCHEDULABLE = "/spec/unschedulable"


def effect_of(action: PlannedAction) -> Effect:
    """Say whether it replaces pods, changes how many there are, or neither; what is not known replaces them."""
    if action.target.kind in WITHOUT_PODS:
        return "none"
    places = [touched.path for touched in action.touched if not touched.path.startswith("/metadata/annotations/")]
    return "scales" if places and all(place == REPLICAS for place in places) else "rolls"


def replicas_after(action: PlannedAction) -> int:
    """Return the number of replicas that a scaling change leads to; 1 where the field is taken away."""
    new = next(touched.new for touched in action.touched if touched.path == REPLICAS)
    return 1 if new is None else int(new)


def is_cordon(action: PlannedAction) -> bool:
    """Whether it keeps new pods off a node."""
    return any(touched.path == UNSCHEDULABLE and touched.new is True for touched in action.touched)


def takes_pods(node: Json) -> bool:
    """Whether new pods can be placed on a node: ready, not cordoned, no taint that keeps all others off."""
    spec = node.get("spec") or {}
    ready = any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in (node.get("status") or {}).get("conditions") or ()
    )
    closed = any(taint.get("effect") in {"NoSchedule", "NoExecute"} for taint in spec.get("taints") or ())
    return ready and not spec.get("unschedulable") and not closed and not meta(node).get("deletionTimestamp")
