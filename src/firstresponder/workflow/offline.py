"""Diagnosis without a server: the stages that look, in their order, over whatever ports are handed in. Nothing is stored.

What a running server would add is left out, because it depends on its configuration: the guards, and the actions that are
mapped to an alert without a diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from firstresponder.config import Limits
from firstresponder.correlation.labels import always_fires
from firstresponder.diagnosis.rank import diagnose as rank
from firstresponder.evidence.collect import collect
from firstresponder.model import Alert, Diagnosis, EvidenceSet, Gap, Noun, PlannedAction, TargetRef
from firstresponder.ports.clock import Clock
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.cluster_write import ClusterWrite
from firstresponder.ports.logs import Logs
from firstresponder.runbooks.schema import Runbook
from firstresponder.workflow.planning import propose

NONE = "none"
ESCALATE = "escalate-human"
NOTHING_TO_DO = frozenset({"non-actionable"})
"""Causes whose repair is to know them."""


class Opinion(Noun, frozen=True, kw_only=True):
    """What is thought of one incident, and the safest thing to do about it."""

    name: str
    alerts: tuple[Alert, ...]
    evidence: EvidenceSet
    diagnosis: Diagnosis
    action: str  # an action's id; `escalate-human` where none is safe, `none` where there is nothing to do
    target: TargetRef | None  # what the action changes; for the others the culprit, as far as it is known
    why: str
    planned: PlannedAction | None = None


async def opine(  # noqa: PLR0917  # the order of `collect`'s own words
    name: str,
    alerts: Sequence[Alert],
    read: ClusterRead,
    write: ClusterWrite,
    logs: Logs,
    clock: Clock,
    limits: Limits,
    runbooks: Sequence[Runbook],
    gaps: Sequence[Gap] = (),
) -> Opinion:
    """Collect, diagnose, match and plan. `gaps` are what could not be read when the evidence was first gathered."""
    firing = [alert for alert in alerts if alert.status == "firing"]
    meant = bool(firing) and all(always_fires(alert) for alert in firing)
    looked = firing or list(alerts)
    evidence = _with_gaps(await collect(name, 1, looked, read, logs, clock, limits), gaps)
    diagnosis = rank(evidence, looked, clock.now())
    _, planned = await propose(
        runbooks, looked, evidence, diagnosis, rung=0, read=read, write=write, at=clock.now(), diagnosed_only=True
    )
    best = diagnosis.hypotheses[0] if diagnosis.hypotheses else None
    culprit = best.target if best else evidence.resolution.target or evidence.resolution.culprit
    action, target, why = ESCALATE, culprit, ""
    if not firing:
        action, why = NONE, "the alert has resolved"
    elif meant:
        action, why = NONE, f"{firing[0].name} is meant to fire while all is well"
    elif best is not None and best.cause_class in NOTHING_TO_DO:
        action, why = NONE, best.statement
    elif isinstance(planned, PlannedAction):
        action, target, why = planned.action, planned.target, planned.why
    else:
        why = planned.reason
    return Opinion(
        name=name,
        alerts=tuple(alerts),
        evidence=evidence,
        diagnosis=diagnosis,
        action=action,
        target=target,
        why=why,
        planned=planned if isinstance(planned, PlannedAction) and action == planned.action else None,
    )


def _with_gaps(evidence: EvidenceSet, before: Sequence[Gap]) -> EvidenceSet:
    """Put recorded gaps in the place of those that they cause: what was forbidden then only looks absent now."""
    known = {(gap.collector, gap.what) for gap in before}
    new = [gap for gap in evidence.gaps if (gap.collector, gap.what) not in known]
    return replace(evidence, gaps=(*before, *new))
