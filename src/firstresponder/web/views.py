"""The form in which the API shows things. Fields are added, never renamed: others script against them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from firstresponder.model import (
    AuditEntry,
    Brief,
    Choice,
    Decision,
    Delivery,
    Diagnosis,
    Event,
    Finding,
    Gap,
    Hold,
    Incident,
    Noun,
    Outcome,
    Phase,
    Plan,
    StoredAlert,
)
from firstresponder.model.bundle import Bundle
from firstresponder.workflow.answers import Answer, IncidentView, Requested


class Summary(Noun, frozen=True, kw_only=True):
    """One incident in a list."""

    id: str
    title: str
    status: Phase
    severity: str
    alerts: int  # distinct alerts ever
    firing: int  # of them firing now
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    subject: str  # "Deployment/api", or empty while unknown
    namespace: str
    reason: str  # why it has this status
    plan_digest: str  # what is being asked or done, or empty
    ask_expires_at: datetime | None
    owner: str  # the person who took over, or empty
    recurrence: int
    investigation: int  # the number of the current one; 0: none yet


class Page(Noun, frozen=True, kw_only=True):
    """One page of a list; `next` is what `before` wants for the next page, empty at the end."""

    items: Sequence[Summary]
    next: str


class Proof(Outcome, frozen=True, kw_only=True):
    """An outcome of verification and what it comes down to."""

    result: Literal["PASS", "FAIL"]


class Details(Summary, frozen=True, kw_only=True):
    """One incident with everything that belongs to its present investigation, and its whole story."""

    brief: Brief | None
    plan: Plan | None
    decision: Decision | None
    diagnosis: Diagnosis | None
    gaps: Sequence[Gap]
    choice: Choice | None
    outcomes: Sequence[Proof]
    events: Sequence[Event]
    alert_list: Sequence[StoredAlert]
    tried: Sequence[str]
    deliveries: Sequence[Delivery] = ()  # who was told, and what waits


class Decided(Answer, frozen=True, kw_only=True):
    """The answer to an approval, a rejection or a take-over, and what it was about."""

    incident_id: str
    plan_digest: str = ""


class Switch(Noun, frozen=True, kw_only=True):
    """The kill switch."""

    engaged: bool
    by: str = ""
    why: str = ""
    at: datetime | None = None
    source: str = ""  # "database" or the file's name


class Entries(Noun, frozen=True, kw_only=True):
    """A part of the audit; `next` is what `after` wants for the next part, null at the end."""

    items: Sequence[AuditEntry]
    next: int | None


class Checkup(Noun, frozen=True, kw_only=True):
    """What `doctor` finds on the running server; `worst` is the worst state among the items."""

    worst: Literal["ok", "warn", "fail"]
    items: Sequence[Finding]


class Problem(Noun, frozen=True, kw_only=True):
    """Every answer that is no success: a word for scripts, a sentence for people."""

    status: str
    message: str


SHOWN: tuple[type[Noun], ...] = (Page, Details, Bundle, Decided, Requested, Switch, Entries, Checkup, Problem)
"""What the API answers with, for its documentation."""


def summary(incident: Incident) -> Summary:
    """Show one incident in a list."""
    return Summary(**_summary(incident))


def details(view: IncidentView) -> Details:
    """Show one incident with all that is known."""
    return Details(
        **_summary(view.incident),
        brief=view.brief,
        plan=view.plan,
        decision=view.decision,
        diagnosis=view.diagnosis,
        gaps=view.gaps,
        choice=view.choice,
        outcomes=[proof(outcome) for outcome in view.outcomes],
        events=view.events,
        alert_list=view.alerts,
        tried=view.incident.tried,
        deliveries=view.deliveries,
    )


def proof(outcome: Outcome) -> Proof:
    """Add what the outcome comes down to."""
    return Proof(**msgspec.structs.asdict(outcome), result="PASS" if outcome.passed else "FAIL")


def decided(answer: Answer, incident_id: str, plan_digest: str) -> Decided:
    """Add what the answer is about."""
    return Decided(**msgspec.structs.asdict(answer), incident_id=incident_id, plan_digest=plan_digest)


def switch(hold: Hold | None) -> Switch:
    """Show the kill switch."""
    return (
        Switch(engaged=False) if hold is None else Switch(engaged=True, by=hold.by, why=hold.why, at=hold.at, source=hold.source)
    )


def _summary(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "title": incident.title,
        "status": incident.phase,
        "severity": incident.severity,
        "alerts": incident.alerts,
        "firing": incident.firing,
        "opened_at": incident.opened_at,
        "updated_at": incident.updated_at,
        "closed_at": incident.closed_at,
        "subject": str(incident.subject) if incident.subject else "",
        "namespace": incident.subject.namespace if incident.subject else "",
        "reason": incident.reason,
        "plan_digest": incident.plan_digest,
        "ask_expires_at": incident.ask_expires_at,
        "owner": incident.owner,
        "recurrence": incident.recurrence,
        "investigation": incident.n,
    }
