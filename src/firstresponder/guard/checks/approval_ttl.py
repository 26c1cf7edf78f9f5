"""An approval works once, in time, and only while it is young."""

from __future__ import annotations

from datetime import datetime, timedelta

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.mode import mode_of
from firstresponder.guard.spans import span
from firstresponder.model import Choice, Verdict

GUARD = Guard(name="approval_ttl", hard=True, undo=False)

SKEW = 60.0  # seconds that another replica's clock may be ahead of ours


def check(facts: Facts) -> Verdict:
    """Allow an approval that came before the offer ended and is not older than an offer may stand."""
    facts.planned()
    choice, ttl = facts.approved, facts.approval.ttl
    if choice is None:
        if facts.at_gate and mode_of(facts).mode != "auto":
            return _no("nobody approved this, and silence is no", "no approval", "an approval")
        return GUARD.allow("nobody has decided yet", limit=span(ttl))
    if choice.word != "approved":
        why = f" ({choice.reason})" if choice.reason else ""
        return _no(f"the offer was {choice.word} by {choice.by}{why}", choice.word, "approved")
    end = _end(facts)
    if choice.at > end:
        late = span((choice.at - end).total_seconds())
        return _no("it was approved after the offer had ended", f"{late} late", f"{span(ttl)} to decide")
    return _young(facts, choice, ttl)


def _young(facts: Facts, choice: Choice, ttl: float) -> Verdict:
    age = (facts.now - choice.at).total_seconds()
    if age > ttl:
        return _no("the approval is too old to act on", f"{span(age)} old", span(ttl))
    if age < -SKEW:
        return _no("the approval is from the future: a clock is wrong", f"{span(-age)} ahead", f"{span(SKEW)} ahead")
    return GUARD.allow("approved in time", measured=f"{span(age)} old", limit=span(ttl))


def _no(reason: str, measured: str, limit: str) -> Verdict:
    return GUARD.deny(reason, measured=measured, limit=limit, clears_when="the plan is asked anew and approved", then="observe")


def _end(facts: Facts) -> datetime:
    """When the offer ended: as recorded, or counted from the making of the plan."""
    if facts.incident.ask_expires_at is not None:
        return facts.incident.ask_expires_at
    if facts.bound is None:
        raise NotKnown("when the offer was made could not be read", "the plan can be read")
    return facts.bound.created_at + timedelta(seconds=facts.approval.ttl)
