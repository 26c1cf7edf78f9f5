"""Who may approve."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.model import Verdict

GUARD = Guard(name="approval_policy", hard=True, undo=False)


def check(facts: Facts) -> Verdict:
    """Allow an approver on the list, anybody where there is no list, and the question itself."""
    facts.planned()
    choice, allowed = facts.approved, facts.approval.approvers
    limit = ", ".join(allowed) or "everybody who holds the token"
    if choice is None:
        return GUARD.allow("nobody has decided yet", limit=limit)
    if choice.by and (not allowed or choice.by in allowed):
        return GUARD.allow(f"{choice.by} may approve", measured=choice.by, limit=limit)
    return GUARD.deny(
        f"{choice.by or 'an unnamed person'} may not approve this",
        measured=choice.by or "(no name)",
        limit=limit,
        clears_when="somebody on the list approves",
        then="escalate",
    )
