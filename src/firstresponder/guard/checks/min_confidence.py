"""How sure the diagnosis is."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.model import Verdict

GUARD = Guard(name="min_confidence", hard=False, undo=False)


def check(facts: Facts) -> Verdict:
    """Allow from the configured confidence on. An action that the configuration maps to an alert has no cause."""
    facts.planned()
    cause, least = facts.cause, facts.settings.min_confidence
    if cause is None:
        return GUARD.unmet(
            facts,
            "no cause was found: the configuration maps this action to the alert",
            measured="no diagnosis",
            limit=f"{least:.0%}",
            clears_when="a cause is found, or a person confirms it",
            then="escalate",
        )
    measured = f"{cause.confidence:.0%} ({cause.cause_class})"
    if cause.confidence >= least:
        return GUARD.allow("the diagnosis is sure enough", measured=measured, limit=f"{least:.0%}")
    return GUARD.unmet(
        facts,
        f"the diagnosis is not sure that it is {cause.cause_class}",
        measured=measured,
        limit=f"{least:.0%}",
        clears_when="more evidence agrees, or a person confirms it",
        then="escalate",
    )
