"""Replicas to zero, with the number remembered: the red button's action.

It takes the workload out of service on purpose. The guard `last_replica` denies it everywhere; only a red button, for the
deployments that it names, is to lift that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from firstresponder.model import Change, Json, PatchObject, PatchOp, TargetRef
from firstresponder.remediation import replicas
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.patch import pointer

ANNOTATIONS = "/metadata/annotations"
NOTE = pointer("metadata", "annotations", replicas.BEFORE)


class ScaleToZero(replicas.Scaling):
    """Set `spec.replicas` to 0 and note the number from before on the object itself."""

    id = "scale-to-zero"
    tier = 2

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],  # noqa: ARG002  # nothing to choose
        facts: Mapping[str, Json],  # noqa: ARG002  # nothing to know
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Note the number, and set zero. A plain autoscaler rests while the number is zero; KEDA does not."""
        name, now = replicas.name_of(target), replicas.count(target)
        scaler = replicas.autoscaler(target, beside)
        if scaler is not None and replicas.is_keda(scaler):
            return replicas.held(target, beside) or CannotPlan(reason=f"{name} is scaled by KEDA")
        if now == 0:
            return CannotPlan(reason=f"{name} has no replicas already")
        rests = f"; {replicas.owner(scaler)} rests until then" if scaler is not None else ""
        return Draft(
            ops=(*_note(target["metadata"].get("annotations"), str(now)), *replicas.swap(target, 0)),
            touches=(NOTE, replicas.REPLICAS),
            title="Scale to zero",
            summary=f"Scale {name} from {now} replicas to zero",
            undo_note=f"puts the {now} replicas back{rests}",
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the number and the note of before back."""
        new = after["metadata"]["annotations"][replicas.BEFORE]
        old = (before["metadata"].get("annotations") or {}).get(replicas.BEFORE)
        again = PatchOp(op="remove", path=NOTE) if old is None else PatchOp(op="add", path=NOTE, value=old)
        change = replicas.back(ref, before, after)
        return PatchObject(target=ref, ops=(PatchOp(op="test", path=NOTE, value=new), again, *change.ops))


def _note(annotations: Json, value: str) -> tuple[PatchOp, ...]:
    """Set the note in a map that may be absent."""
    if isinstance(annotations, dict):
        test = PatchOp(op="test", path=NOTE, value=annotations.get(replicas.BEFORE))
        return (test, PatchOp(op="add", path=NOTE, value=value))
    return (
        PatchOp(op="test", path=ANNOTATIONS, value=None),
        PatchOp(op="add", path=ANNOTATIONS, value={}),
        PatchOp(op="add", path=NOTE, value=value),
    )
