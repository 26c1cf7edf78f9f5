"""A higher maximum for an autoscaler that is at its maximum, up to a ceiling that the runbook sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from firstresponder.model import Change, Json, PatchObject, PatchOp, Permission, Probe, TargetRef
from firstresponder.remediation import replicas
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.rights import patching

MAXIMUM = "/spec/maxReplicas"


class RaiseHpaMax:
    """Set `spec.maxReplicas` higher: `params["to" | "by" | "factor"]`, never above `params["ceiling"]`."""

    id = "raise-hpa-max"
    tier = 1
    irreversible = False
    always_asks = False
    reads: tuple[str, ...] = ()
    kinds = ("HorizontalPodAutoscaler",)

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read it and to patch it."""
        return patching(kind)

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],  # noqa: ARG002  # its owner is in its own metadata
        params: Mapping[str, Json],
        facts: Mapping[str, Json],  # noqa: ARG002  # the number is the runbook's
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Raise the maximum; an autoscaler that KEDA made is KEDA's to change."""
        name, now = replicas.name_of(target), int(target["spec"]["maxReplicas"])
        if replicas.is_keda(target):
            return CannotPlan(reason=f"{replicas.owner(target)} made {name} and would take this back: change it there")
        wanted, ceiling = replicas.asked(params, now, 1), replicas.bound(params, "ceiling")
        if isinstance(wanted, CannotPlan):
            return wanted
        if isinstance(ceiling, CannotPlan):
            return ceiling
        number = min(wanted, ceiling)
        if number <= now:
            return CannotPlan(reason=f"{name} may have {now} replicas; {wanted} were asked for and the ceiling is {ceiling}")
        capped = f" (the ceiling; {wanted} were asked for)" if wanted > ceiling else ""
        return Draft(
            ops=(PatchOp(op="test", path=MAXIMUM, value=now), PatchOp(op="replace", path=MAXIMUM, value=number)),
            touches=(MAXIMUM,),
            title=f"Raise HPA maximum to {number}",
            summary=f"Raise the maximum of {name} from {now} to {number} replicas{capped}",
            undo_note=f"puts the maximum of {now} back",
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the earlier maximum back, if the new one is still there."""
        test = PatchOp(op="test", path=MAXIMUM, value=after["spec"]["maxReplicas"])
        return PatchObject(target=ref, ops=(test, PatchOp(op="replace", path=MAXIMUM, value=before["spec"]["maxReplicas"])))

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:
        """The maximum is stored, and its owner does not take it back."""
        values = [[MAXIMUM, after["spec"]["maxReplicas"], before["spec"]["maxReplicas"]]]
        return (Probe(kind="stored", target=ref, params={"values": values}),)
