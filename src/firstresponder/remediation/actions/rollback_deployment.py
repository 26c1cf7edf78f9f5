"""Put the pod template of an earlier revision back into a Deployment.

It is what `kubectl rollout undo --to-revision` does: the template of the chosen ReplicaSet, without the label that the
deployment controller added, replaces the Deployment's (Kubernetes, `kubectl/pkg/polymorphichelpers/rollback.go`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from firstresponder.model import Change, Json, PatchObject, PatchOp, Permission, Probe, TargetRef
from firstresponder.remediation import template
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.patch import same
from firstresponder.remediation.rights import patching

REVISION = "deployment.kubernetes.io/revision"
TEMPLATE = "/spec/template"


class RollbackDeployment:
    """Go back to a revision that was good: `params["revision"]`, else `facts["good_revision"]`; never a guess."""

    id = "rollback-deployment"
    tier = 2
    irreversible = False
    always_asks = False
    reads: tuple[str, ...] = ()
    kinds = ("Deployment",)

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read it and to patch it."""
        return patching(kind)

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],
        facts: Mapping[str, Json],
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Replace the whole template, with a test on the whole old one."""
        name = target["metadata"]["name"]
        wanted = params.get("revision", facts.get("good_revision"))
        if isinstance(wanted, bool) or not isinstance(wanted, int):
            return CannotPlan(reason=f"no revision of Deployment {name} is known to be good, and none is guessed")
        if target["spec"].get("paused"):
            return CannotPlan(reason=f"Deployment {name} is paused: a rollback would not roll out; resume it first")
        old = target["spec"]["template"]
        found = [replicaset for replicaset in beside if _revision(replicaset) == wanted]
        if not found:
            kept = ", ".join(str(number) for number in sorted(filter(None, map(_revision, beside)))) or "none"
            return CannotPlan(reason=f"revision {wanted} of Deployment {name} is not kept any more (kept: {kept})")
        new = template.of_revision(found[0])
        current = next((_revision(r) for r in beside if same(template.of_revision(r), old)), None) or _revision(target)
        if same(new, old) or current == wanted:
            return CannotPlan(reason=f"revision {wanted} is what Deployment {name} runs now")
        return Draft(
            ops=_swap(old, new),
            touches=(TEMPLATE,),
            title=f"Rollback to revision {wanted}",
            summary=f"Roll back Deployment {name} from revision {current or '(unknown)'} to {wanted}",
            undo_note=f"puts the template of revision {current or '(unknown)'} back",
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the replaced template back, if the new one is still there."""
        return PatchObject(target=ref, ops=_swap(after["spec"]["template"], before["spec"]["template"]))

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:  # noqa: ARG002  # it is the same for all
        """The rollout must become and stay healthy."""
        return (Probe(kind="rollout", target=ref),)


def _swap(old: Json, new: Json) -> tuple[PatchOp, ...]:
    return (PatchOp(op="test", path=TEMPLATE, value=old), PatchOp(op="replace", path=TEMPLATE, value=new))


def _revision(obj: Json) -> int | None:
    text = (obj["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdigit() else None
