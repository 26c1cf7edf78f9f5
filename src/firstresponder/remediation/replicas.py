"""The number of replicas: what it is, who else sets it, what it may become. Shared by the actions that scale; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from firstresponder.model import Change, Json, PatchObject, PatchOp, Permission, Probe, TargetRef
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.rights import patching
from firstresponder.selectors import covers

REPLICAS = "/spec/replicas"
BEFORE = "firstresponder.internal/replicas-before"
"""The annotation that remembers the number from before a scale to zero."""
KINDS = ("Deployment", "StatefulSet")
READS = ("HorizontalPodAutoscaler", "PodDisruptionBudget")
KEDA = "ScaledObject"
WAYS = ("to", "by", "factor")


def count(workload: Json) -> int:
    """The number that is wanted now: 1 where it is absent (Kubernetes' default)."""
    number = workload["spec"].get("replicas")
    return 1 if number is None else int(number)


def name_of(workload: Json) -> str:
    """`Deployment api`."""
    return f"{workload['kind']} {workload['metadata']['name']}"


def swap(workload: Json, number: int) -> tuple[PatchOp, ...]:
    """Set the number, with a test on the present one."""
    return (
        PatchOp(op="test", path=REPLICAS, value=workload["spec"].get("replicas")),
        PatchOp(op="add", path=REPLICAS, value=number),
    )


def back(ref: TargetRef, before: Json, after: Json) -> Change:
    """Put the earlier number back, if the new one is still there."""
    test = PatchOp(op="test", path=REPLICAS, value=after["spec"].get("replicas"))
    old = before["spec"].get("replicas")
    again = PatchOp(op="remove", path=REPLICAS) if old is None else PatchOp(op="add", path=REPLICAS, value=old)
    return PatchObject(target=ref, ops=(test, again))


class Scaling:
    """What all actions that set `spec.replicas` share; each says which number, and why."""

    irreversible = False
    always_asks = False
    reads = READS
    kinds = KINDS

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read and patch it, and to see who else scales it and which budget covers it."""
        return patching(kind, *READS)

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the earlier number back."""
        return back(ref, before, after)

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:
        """So many pods must be there, ready, and stay so."""
        return (Probe(kind="replicas", target=ref, params={"do": count(after), "undo": count(before)}),)


def autoscaler(workload: Json, beside: Iterable[Json]) -> Json:
    """Return the HorizontalPodAutoscaler that sets the workload's number, or None."""
    about = (workload["kind"], workload["metadata"]["name"])
    for each in beside:
        aim = (each.get("spec") or {}).get("scaleTargetRef") or {}
        if each.get("kind") == "HorizontalPodAutoscaler" and (aim.get("kind"), aim.get("name")) == about:
            return each
    return None


def owner(scaler: Json) -> str:
    """Name who sets the number: KEDA where its ScaledObject made the autoscaler."""
    metadata = scaler["metadata"]
    made_by = next((ref for ref in metadata.get("ownerReferences") or () if ref.get("kind") == KEDA), None)
    if made_by is not None:
        return f"KEDA (ScaledObject {made_by.get('name')})"
    return f"HorizontalPodAutoscaler {metadata['name']}"


def is_keda(scaler: Json) -> bool:
    """Whether KEDA made it; KEDA itself scales to and from zero."""
    return any(ref.get("kind") == KEDA for ref in scaler["metadata"].get("ownerReferences") or ())


def held(workload: Json, beside: Sequence[Json]) -> CannotPlan | None:
    """Say why the number is not ours to change: an autoscaler would set it again."""
    scaler = autoscaler(workload, beside)
    if scaler is None:
        return None
    return CannotPlan(
        reason=f"{owner(scaler)} sets the replicas of {name_of(workload)} and would take this back: change its bounds instead"
    )


def demanded(workload: Json, beside: Iterable[Json]) -> tuple[int, str]:
    """Return the fewest replicas that PodDisruptionBudgets leave, and the name of the one that says so ("" for none).

    What a budget allows now (`status.disruptionsAllowed`) is what may go at once; where it does not say, nothing may.
    """
    labels = ((workload["spec"].get("template") or {}).get("metadata") or {}).get("labels") or {}
    fewest, name = 0, ""
    for each in beside:
        if each.get("kind") != "PodDisruptionBudget" or not covers((each.get("spec") or {}).get("selector"), labels):
            continue
        allowed = int((each.get("status") or {}).get("disruptionsAllowed") or 0)
        least = (each.get("spec") or {}).get("minAvailable")
        floor = max(count(workload) - allowed, least if isinstance(least, int) else 0)
        if floor > fewest:
            fewest, name = floor, each["metadata"]["name"]
    return fewest, name


def asked(params: Mapping[str, Json], now: int, sign: int) -> int | CannotPlan:
    """Return the number that the step's parameters ask for: `to` a number, `by` so many, or by a `factor`; one of them.

    `sign` is 1 for up and -1 for down; `by` is positive either way. A fraction is rounded away from the present number.
    """
    given = [way for way in WAYS if way in params]
    if len(given) != 1:
        said = " and ".join(given) or "none"
        return CannotPlan(reason=f"the step must say one of {', '.join(WAYS)}, it says {said}: no number is guessed")
    way, value = given[0], params[given[0]]
    if way == "factor":
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
            return CannotPlan(reason=f"factor: expected a number above 0, got {value!r}")
        return math.ceil(now * value) if sign > 0 else math.floor(now * value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        return CannotPlan(reason=f"{way}: expected a whole number from 1 on, got {value!r}")
    return value if way == "to" else now + sign * value


def bound(params: Mapping[str, Json], name: str) -> int | CannotPlan:
    """Return the ceiling or floor of the step's parameters; without one nothing is scaled."""
    value = params.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        return CannotPlan(reason=f"{name}: the step must set one, a whole number from 1 on; got {value!r}")
    return value
