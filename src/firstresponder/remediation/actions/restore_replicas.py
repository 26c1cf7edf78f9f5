"""Back to the number of replicas that somebody or something reduced.

The number comes from a record, never from a guess, in this order: the annotation that a scale to zero left, the step's
parameter, the diagnosis, what was last applied (`kubectl.kubernetes.io/last-applied-configuration`), and the number that
the deployment controller noted on a kept revision (`deployment.kubernetes.io/desired-replicas`; Kubernetes,
`pkg/controller/deployment/util/deployment_util.go`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from firstresponder.model import Json
from firstresponder.remediation import replicas
from firstresponder.remediation.action import CannotPlan, Draft

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
DESIRED = "deployment.kubernetes.io/desired-replicas"
REVISION = "deployment.kubernetes.io/revision"


class RestoreReplicas(replicas.Scaling):
    """Set `spec.replicas` up to the remembered number."""

    id = "restore-replicas"
    tier = 1

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],
        facts: Mapping[str, Json],
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Set the first number that is on record."""
        name, now = replicas.name_of(target), replicas.count(target)
        scaler = replicas.autoscaler(target, beside)
        # At zero an autoscaler rests until somebody raises the number; KEDA went to zero by itself.
        if scaler is not None and (now > 0 or replicas.is_keda(scaler)) and (no := replicas.held(target, beside)):
            return no
        number, source = next(_remembered(target, beside, params, facts), (0, ""))
        if not number:
            return CannotPlan(reason=f"no earlier number of replicas of {name} is on record, and none is guessed")
        if number <= now:
            return CannotPlan(reason=f"{name} has {now} replicas; {source} says {number}: there is nothing to restore")
        return Draft(
            ops=replicas.swap(target, number),
            touches=(replicas.REPLICAS,),
            title=f"Restore {number} replicas",
            summary=f"Restore {name} from {now} to {number} replicas, as {source} says",
            undo_note=f"puts the {now} replicas back",
        )


def _remembered(
    target: Json, beside: Sequence[Json], params: Mapping[str, Json], facts: Mapping[str, Json]
) -> Iterator[tuple[int, str]]:
    """Every record of an earlier number, the best first."""
    annotations = target["metadata"].get("annotations") or {}
    noted = str(annotations.get(replicas.BEFORE, ""))
    records: list[tuple[Json, str]] = [
        (int(noted) if noted.isdecimal() else None, f"the annotation {replicas.BEFORE}"),
        (params.get("replicas"), "the runbook"),
        (facts.get("replicas_before"), "the diagnosis"),
        (_applied(annotations.get(APPLIED)), "what was last applied"),
        *_revisions(target, beside),
    ]
    for value, source in records:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            yield value, source


def _applied(text: Json) -> Json:
    try:
        return (json.loads(text).get("spec") or {}).get("replicas")
    except (TypeError, ValueError, AttributeError):
        return None


def _revisions(target: Json, beside: Sequence[Json]) -> list[tuple[Json, str]]:
    """The number that each kept revision ran with, newest first."""
    noted = []
    for each in beside:
        held = each["metadata"].get("annotations") or {}
        revision, desired = str(held.get(REVISION, "")), str(held.get(DESIRED, ""))
        if target["kind"] == "Deployment" and revision.isdecimal() and desired.isdecimal():
            noted.append((int(revision), int(desired)))
    return [(desired, f"revision {revision}") for revision, desired in sorted(noted, reverse=True)]
