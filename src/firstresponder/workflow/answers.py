"""What the application answers to those who drive it: the web, the command line, chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from firstresponder.model import (
    Brief,
    Choice,
    Decision,
    Delivery,
    Diagnosis,
    Event,
    EvidenceSet,
    Gap,
    Incident,
    Noun,
    Outcome,
    Plan,
    StoredAlert,
)


class Answer(Noun, frozen=True, kw_only=True):
    """The answer to an approval, a rejection or a take-over.

    `accepted`           this call decided (or is what already stands, said by the same person)
    `already_decided`    somebody was faster: `decided_by` and `decided_at` name who and when
    `expired`            the offer stood too long
    `changed`            the plan that is asked now is another one
    `unknown`            no such incident
    `not_allowed`        this person may not
    `nothing_to_decide`  nothing is being asked
    """

    accepted: bool
    status: Literal["accepted", "already_decided", "expired", "changed", "unknown", "not_allowed", "nothing_to_decide"]
    message: str  # one or two sentences for a person: what is the case, and what to do
    decided_by: str = ""
    decided_at: datetime | None = None


class Requested(Noun, frozen=True, kw_only=True):
    """The answer to a request for a response.

    `opened`  a new incident is about that object
    `joined`  an incident was about it already: the request joined it
    `waits`   it is on disk, and nobody files alerts at the moment: `incident_id` is empty
    """

    status: Literal["opened", "joined", "waits"]
    message: str  # for a person
    incident_id: str


class IncidentView(Noun, frozen=True, kw_only=True):
    """One incident with everything that belongs to its present investigation, and its whole story."""

    incident: Incident
    alerts: Sequence[StoredAlert] = ()  # oldest first
    brief: Brief | None = None
    plan: Plan | None = None
    decision: Decision | None = None
    diagnosis: Diagnosis | None = None
    gaps: Sequence[Gap] = ()  # what could not be read
    evidence: EvidenceSet | None = None  # all that was read, redacted
    choice: Choice | None = None  # what was decided on `plan`
    outcomes: Sequence[Outcome] = ()  # in order of time
    events: Sequence[Event] = ()  # in order of time
    deliveries: Sequence[Delivery] = ()  # who was told, and what waits


class Health(Noun, frozen=True, kw_only=True):
    """Whether alerts can be taken now; `parts` says it for each part in a word or a short sentence ("ok", "no cluster")."""

    ready: bool
    parts: dict[str, str]
