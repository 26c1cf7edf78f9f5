"""Who may approve."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.guard.mode import mode_of
from firstresponder.model import Person, Verdict

GUARD = Guard(name="approval_policy", hard=True, undo=False)

GRANT = "guards.auto"
"""`Choice.via` of what nobody was asked about."""


def check(facts: Facts) -> Verdict:
    """Allow an approver on the list, anybody where there is no list, the question itself, and a grant that still stands."""
    facts.planned()
    choice, allowed = facts.approved, facts.approval.approvers
    limit = ", ".join(allowed) or "everybody who holds the token"
    if choice is None:
        return GUARD.allow("nobody has decided yet", limit=limit)
    if choice.via == GRANT:
        ruled = mode_of(facts)
        if ruled.mode == "auto":
            return GUARD.allow("the configuration grants this without asking", measured=ruled.why, limit=limit)
        return GUARD.deny(
            "this began by a grant that the configuration no longer gives, and no person approved it",
            measured=f"{ruled.mode} ({ruled.why})",
            limit="auto",
            clears_when="a person approves it",
            then="observe",
        )
    person = Person(name=choice.by, via=choice.via, proven=choice.proven)
    if choice.by and (not allowed or person.among(allowed)):
        return GUARD.allow(f"{choice.by} may approve", measured=choice.by, limit=limit)
    return GUARD.deny(
        f"{choice.by or 'an unnamed person'} may not approve this",
        measured=choice.by or "(no name)",
        limit=limit,
        clears_when="somebody on the list approves",
        then="escalate",
    )
