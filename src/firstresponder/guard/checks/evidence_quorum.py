"""Independent sources must agree on the cause; the alert is one of them, and missing data never agrees.

A person who asks for a response is no such source: they say where to look, not what was measured.
"""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.model import Verdict

GUARD = Guard(name="evidence_quorum", hard=False, undo=False)

ALERT = "alert"


def check(facts: Facts) -> Verdict:
    """Allow when enough different sources stand behind the cause that the plan addresses."""
    facts.planned()
    cause, quorum = facts.cause, facts.settings.quorum
    measured_alert = any(not alert.by_person for alert in facts.firing())
    sources = sorted({source for source in cause.sources if source}) if cause else [ALERT] if measured_alert else []
    measured = f"{len(sources)} ({', '.join(sources)})" if sources else "0"
    if len(sources) >= quorum:
        return GUARD.allow("independent sources agree", measured=measured, limit=str(quorum))
    if cause:
        reason = "too few independent sources agree on the cause"
    elif measured_alert:
        reason = "only the alert speaks for this, no diagnosis does"
    else:
        reason = "nothing that was measured speaks for this: a person asked, and no diagnosis does"
    return GUARD.unmet(
        facts,
        reason,
        measured=measured,
        limit=f"{quorum} sources",
        clears_when="more evidence agrees, or a person confirms it",
        then="escalate",
    )
