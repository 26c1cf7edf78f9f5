"""The card: one incident as a message. Pure: what is known in, one noun out; nothing here knows a vendor.

A sink shows the same card again and again in place, so a card says how things stand now; what happened on the way is in
the lines below it (`telling.py`).
"""

from __future__ import annotations

from datetime import datetime

from firstresponder.model import Ask, Card, Choice, Incident, Phase, PlannedAction
from firstresponder.workflow.answers import IncidentView
from firstresponder.workflow.proof import proof_of

STATUS = 400
"""Characters of the status line; the whole reason is in `why_not` and in the incident's story."""

TAKEABLE = (Phase.INVESTIGATING, Phase.ASKING, Phase.ACTING, Phase.VERIFYING)
"""Phases in which a person may take over."""


def make_card(view: IncidentView, link_base: str, now: datetime) -> Card:
    """Draw the card of an incident as it is at `now`; an empty `link_base` gives no link."""
    row, brief = view.incident, view.brief
    return Card(
        incident_id=row.id,
        version=row.version,
        title=row.title,
        severity=row.severity,
        phase=row.phase,
        status=short(_status(view, now), STATUS),
        subject=f"{row.subject.kind}/{row.subject.name}" if row.subject else "",
        namespace=row.subject.namespace if row.subject else _namespace(view),
        since=brief.since if brief else min((stored.alert.starts_at for stored in view.alerts), default=row.opened_at),
        firing=row.firing,
        alerts=row.alerts,
        recurrence=row.recurrence,
        cause=brief.cause if brief else "",
        confidence=brief.confidence if brief else None,
        proof=brief.proof if brief else (),
        change=brief.change if brief else "",
        proposal=brief.proposal if brief else "",
        diff=brief.diff if brief else "",
        unconfirmed=brief.unconfirmed if brief else (),
        why_not=brief.why_not if brief else (),
        alternatives=brief.alternatives if brief else (),
        decided=_decided(view.choice, row),
        outcomes=tuple(proof_of(outcome) for outcome in view.outcomes),
        owner=row.owner,
        ask=_ask(view, now),
        may_take_over=row.phase in TAKEABLE and not row.owner,
        link=f"{link_base.rstrip('/')}/incidents/{row.id}" if link_base else "",
    )


def short(text: str, longest: int) -> str:
    """One line of at most `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 2].rstrip()} …"


def clock(at: datetime, beside: datetime) -> str:
    """A time of day, with its date where that is not the day of `beside`."""
    return f"{at:%H:%M:%S} UTC" if at.date() == beside.date() else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _ask(view: IncidentView, now: datetime) -> Ask | None:
    """Ask only what can still be answered: the plan that stands, undecided, in time."""
    row, plan = view.incident, view.plan
    if row.phase is not Phase.ASKING or view.choice is not None or _expired(row, now):
        return None
    if plan is None or plan.action is None or plan.digest != row.plan_digest:
        return None
    return Ask(plan_digest=plan.digest, label=_label(plan.action), tier=plan.action.tier, expires_at=row.ask_expires_at)


def _expired(row: Incident, now: datetime) -> bool:
    return row.ask_expires_at is not None and now >= row.ask_expires_at


def _label(action: PlannedAction) -> str:
    return action.title or action.summary


def _status(view: IncidentView, now: datetime) -> str:
    """Where it stands and why, in plain words."""
    row, choice = view.incident, view.choice
    match row.phase:
        case Phase.RECEIVED:
            said = "received, not looked into yet"
        case Phase.INVESTIGATING:
            said = f"looking into it: {row.reason}" if row.reason else "looking into it"
        case Phase.ASKING:
            said = f"{choice.word} by {choice.by}" if choice else _asking(row, now)  # decided a moment ago, or not yet
        case Phase.ACTING:
            said = f"repairing, approved by {choice.by}" if choice else "repairing"
        case Phase.VERIFYING:
            said = f"verifying: {_done(view) or row.reason}"
        case Phase.ESCALATED:
            said = f"with {row.owner}" if row.owner else f"handed over: {row.reason}"
        case Phase.CLOSED:
            said = f"closed: {row.reason}"
    return said


def _asking(row: Incident, now: datetime) -> str:
    until = row.ask_expires_at
    if until is None:
        return "asking"
    if _expired(row, now):
        return f"the offer expired at {clock(until, now)}; nothing was done"
    return f"asking until {until:%H:%M} UTC" + ("" if until.date() == now.date() else f" on {until:%Y-%m-%d}")


def _done(view: IncidentView) -> str:
    return view.plan.action.summary if view.plan and view.plan.action else ""


def _decided(choice: Choice | None, row: Incident) -> str:
    """Say who decided on the plan, by which way and when; an offer that was taken back is no decision of anybody."""
    if choice is None or choice.word in ("withdrawn", "void"):
        return ""
    when = clock(choice.at, row.opened_at)
    if choice.word == "expired":
        return f"nobody decided until {when}"
    why = f": {choice.reason}" if choice.reason else ""
    return f"{choice.word} by {choice.by} via {choice.via} at {when}{why}"


def _namespace(view: IncidentView) -> str:
    """The namespace that the alerts name, where they agree."""
    named = {stored.alert.labels.get("namespace", "") for stored in view.alerts}
    return named.pop() if len(named) == 1 else ""
