"""Restart the pods of a workload one by one, as its own update strategy says.

It is what `kubectl rollout restart` does: the annotation `kubectl.kubernetes.io/restartedAt` of the pod template is set,
and the controller rolls (Kubernetes, `kubectl/pkg/polymorphichelpers/objectrestarter.go`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from firstresponder.model import Change, Json, PatchOp, Permission, Probe, TargetRef
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.patch import pointer
from firstresponder.remediation.rights import patching

ANNOTATION = "kubectl.kubernetes.io/restartedAt"
METADATA = pointer("spec", "template", "metadata")
ANNOTATIONS = pointer("spec", "template", "metadata", "annotations")
RESTARTED_AT = pointer("spec", "template", "metadata", "annotations", ANNOTATION)


class RestartWorkload:
    """A rolling restart. It destroys nothing that the controller does not make again, and has no inverse."""

    id = "restart-workload"
    tier = 1
    irreversible = False
    always_asks = False
    reads: tuple[str, ...] = ()
    kinds = ("Deployment", "StatefulSet", "DaemonSet")

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read it and to patch it."""
        return patching(kind)

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],  # noqa: ARG002  # a restart needs no history
        params: Mapping[str, Json],  # noqa: ARG002  # nothing to choose
        facts: Mapping[str, Json],  # noqa: ARG002  # nothing to know
        at: datetime,
    ) -> Draft | CannotPlan:
        """Set the annotation to the plan's time, with a test on what was there."""
        kind, name, spec = target["kind"], target["metadata"]["name"], target["spec"]
        if spec.get("paused"):
            return CannotPlan(reason=f"{kind} {name} is paused: a restart would not roll out; resume it first")
        strategy = spec.get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return CannotPlan(reason=f"{kind} {name} has the update strategy OnDelete: its pods restart only when deleted")
        if partition := (strategy.get("rollingUpdate") or {}).get("partition"):
            return CannotPlan(reason=f"{kind} {name} holds its rollout at partition {partition}: only a part would restart")
        return Draft(
            ops=_set(spec["template"].get("metadata"), at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
            touches=(RESTARTED_AT,),
            title="Rollout Restart",
            summary=f"Restart the pods of {kind} {name}",
            undo_note="a restart has no inverse; if it does not help, a person is called",
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:  # noqa: ARG002  # there is none
        """Pods that ended do not come back: no inverse."""
        return None

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:  # noqa: ARG002  # it is the same for all
        """The rollout must become and stay healthy."""
        return (Probe(kind="rollout", target=ref),)


def _set(metadata: Json, value: str) -> tuple[PatchOp, ...]:
    """Set the annotation in a map that may be absent; a map that somebody adds meanwhile fails the test, and is kept.

    Absent maps are added empty: a stored plan names objects by digest, and one that the plan makes up is found nowhere.
    """
    if not isinstance(metadata, dict):
        return (
            PatchOp(op="test", path=METADATA, value=None),
            PatchOp(op="add", path=METADATA, value={}),
            PatchOp(op="add", path=ANNOTATIONS, value={}),
            PatchOp(op="add", path=RESTARTED_AT, value=value),
        )
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict):
        return (
            PatchOp(op="test", path=ANNOTATIONS, value=None),
            PatchOp(op="add", path=ANNOTATIONS, value={}),
            PatchOp(op="add", path=RESTARTED_AT, value=value),
        )
    return (
        PatchOp(op="test", path=RESTARTED_AT, value=annotations.get(ANNOTATION)),
        PatchOp(op="add", path=RESTARTED_AT, value=value),
    )
