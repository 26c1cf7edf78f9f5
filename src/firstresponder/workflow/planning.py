"""From a diagnosis to one concrete action: the runbook's ladder, and the rung on which one stands. Reads, never writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from firstresponder.model import Alert, Diagnosis, EvidenceSet, PlannedAction, Rung
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.cluster_write import ClusterWrite
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.plan import plan_action
from firstresponder.runbooks.match import Match, match, why_none
from firstresponder.runbooks.schema import Runbook


class Proposed(NamedTuple):
    """What answers, and the action of the present rung or why there is none."""

    found: Match | None
    action: PlannedAction | CannotPlan


async def propose(
    runbooks: Sequence[Runbook],
    alerts: Sequence[Alert],
    evidence: EvidenceSet,
    diagnosis: Diagnosis,
    *,
    rung: int,
    read: ClusterRead,
    write: ClusterWrite,
    at: datetime,
    diagnosed_only: bool = False,
) -> Proposed:
    """Match a runbook and make its rung concrete; `at` is the plan's time.

    `diagnosed_only`: an action that is mapped to an alert, without a cause, is not offered. Raises Unreachable.
    """
    found = match(runbooks, alerts, diagnosis)
    if found is not None and found.cause is None and diagnosed_only:
        return Proposed(None, CannotPlan(reason="no cause was found that an action would answer"))
    if found is None:
        return Proposed(None, CannotPlan(reason=why_none(runbooks, alerts, diagnosis)))
    if rung >= len(found.ladder):
        return Proposed(found, CannotPlan(reason="every step of the runbook was tried or rejected"))
    target = found.cause.target if found.cause else evidence.resolution.target
    if target is None:
        return Proposed(found, CannotPlan(reason=f"the target is not known: {evidence.resolution.how}"))
    step: Rung = found.ladder[rung]
    facts = found.cause.facts if found.cause else {}
    return Proposed(found, await plan_action(step, target, facts, read, write, at))
