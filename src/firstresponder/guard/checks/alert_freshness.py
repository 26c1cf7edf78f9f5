"""Not on an alert that is over, and not without a word on one that is old."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.spans import span
from firstresponder.model import Verdict

GUARD = Guard(name="alert_freshness", hard=False, undo=False)

SKEW = 300.0  # seconds that a sender's clock may be ahead of ours


def check(facts: Facts) -> Verdict:
    """Allow on a fresh alert that fires. One that is resolved is no in every mode: it withdraws the offer."""
    facts.planned()
    if not facts.alerts:
        raise NotKnown("the incident has no alert on record", "an alert is delivered")
    firing = facts.firing()
    if not firing or facts.still_firing is False:
        who = "no alert of it fires any more" if not firing else "Prometheus says that the alert is over"
        return GUARD.deny(
            f"{who}: there is nothing to repair, and the offer is withdrawn",
            measured=f"{len(firing)} firing" if not firing else "not firing in Prometheus",
            limit="at least 1 firing",
            clears_when="it fires again",
            then="observe",
            hard=True,
        )
    newest = max(firing, key=lambda alert: alert.starts_at)
    age, limit = (facts.now - newest.starts_at).total_seconds(), facts.settings.alert_freshness
    measured = f"{newest.name} fires for {span(age)}"
    if age > limit:
        return GUARD.unmet(
            facts,
            f"{newest.name} is old: what was true when it began may have changed",
            measured=measured,
            limit=span(limit),
            clears_when="a newer alert joins, or a person confirms that it still matters",
            then="escalate",
        )
    if age < -SKEW:
        return GUARD.unmet(
            facts,
            f"{newest.name} begins in the future: the sender's clock or ours is wrong",
            measured=f"begins in {span(-age)}",
            limit=f"{span(SKEW)} ahead",
            clears_when="the clocks agree",
            then="escalate",
        )
    return GUARD.allow("the alert is fresh and fires", measured=measured, limit=span(limit))
