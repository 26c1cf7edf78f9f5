"""Names that follow from content: what an approval binds, and what an operation is called."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from firstresponder.model import Decision, Plan, Verdict, digest
from firstresponder.remediation.seal import seal


def plan_digest(plan: Plan, decision: Decision) -> str:
    """What an approval binds (64 hex characters).

    It covers the incident, n, the rung, the action with its target UID, touched values and pod template hash, the exact
    operations of do and undo, and each guard with its *decision*. What guards measured is not covered: ages and counts
    move every second, and an approval that they void could never be given. `plan.digest` itself is not read.
    The action is digested in its sealed form, whether it is handed in sealed or not: a stored plan keeps its name.
    """
    action = seal(plan.action) if plan.action else None
    return digest(
        plan.incident_id,
        plan.n,
        plan.rung,
        action.content() if action else "",
        action.do if action else None,
        action.undo if action else None,
        sorted((verdict.guard, verdict.decision) for verdict in decision.verdicts),
    )


def fresh_digest(plan: Plan, decision: Decision, bound: Plan, approved: Decision | None) -> str:
    """The digest of a plan that was made afresh, as the approval of `bound` sees it: equal to `bound.digest` where it holds.

    An approval covers what it was given in spite of: where an advisory guard asked then and allows now (a cool-down that
    has passed), less is risked than was approved, and the word of then counts. Anything else has to be equal: each hard
    guard's word, which guards spoke, everything that the plan does. `approved` is the decision that was shown; it is
    believed only if the approved digest proves it, and without it (None) better is as different as worse.
    """
    if approved is not None and plan_digest(bound, approved) == bound.digest:
        stood = {verdict.guard: verdict for verdict in approved.verdicts}
        verdicts = tuple(_covered(verdict, stood.get(verdict.guard)) for verdict in decision.verdicts)
        decision = replace(decision, verdicts=verdicts)
    return plan_digest(plan, decision)


def _covered(now: Verdict, then: Verdict | None) -> Verdict:
    """The word of then in the place of a better one of now."""
    if then is None or now.hard or then.hard or (then.decision, now.decision) != ("ask", "allow"):
        return now
    return replace(now, decision=then.decision)


def operation_id(incident_id: str, n: int, rung: int, direction: Literal["do", "undo"], plan_digest: str) -> str:
    """The name of one effect (64 hex characters); not random, so that every attempt at it has the same name.

    The investigation's number and the direction are in it, so that a relapse or an undo is never taken for the old effect.
    """
    return digest("operation", incident_id, n, rung, direction, plan_digest)
