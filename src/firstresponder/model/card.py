"""What is told to people: the card of an incident, the lines below it, and what became of them at a sink."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from firstresponder.model.base import Json, Noun, digest
from firstresponder.model.incident import Phase


class Ask(Noun, frozen=True, kw_only=True):
    """A question with buttons. A card without one shows no button that decides anything."""

    plan_digest: str
    label: str  # what the approving button says after "Approve: ", such as "Rollout Restart"
    tier: int  # 1 reversible and bounded … 3 irreversible
    expires_at: datetime | None


class Card(Noun, frozen=True, kw_only=True):
    """One incident as a message: everything that a tired person needs for a decision, and nothing that a vendor knows.

    Text is plain and comes from outside in parts (labels, logs): whoever shows it escapes it.
    """

    incident_id: str
    version: int  # of the incident's row when the card was made
    title: str
    severity: str
    phase: Phase
    status: str  # one line: where it stands and why
    subject: str  # "Deployment/api", or empty
    namespace: str
    since: datetime
    firing: int
    alerts: int
    recurrence: int = 0
    cause: str = ""  # empty: not looked into yet
    confidence: float | None = None  # 0 to 1
    proof: tuple[str, ...] = ()
    change: str = ""
    proposal: str = ""
    diff: str = ""
    unconfirmed: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    decided: str = ""  # "approved by ann via slack at 12:03:04 UTC", or empty
    outcomes: tuple[str, ...] = ()  # "Verification PASS: …", in order of time
    owner: str = ""  # the person who took over
    ask: Ask | None = None
    may_take_over: bool = False
    link: str = ""  # the incident's page in the console, or empty

    @property
    def facts(self) -> str:
        """Digest of what a reader would see change; two cards with equal facts are the same news."""
        return digest(msgspec.structs.replace(self, version=0))


class Line(Noun, frozen=True, kw_only=True):
    """One thing that happened, for the log below a card. `key` is the same when it is told again."""

    key: str
    at: datetime
    text: str
    loud: bool = False  # somebody should look now: it was handed over, or a verification failed


class Receipt(Noun, frozen=True, kw_only=True):
    """Where a card stands at a sink, in the sink's own words ({"channel": "C1", "ts": "17…"}); `facts` is what it shows."""

    facts: str = ""
    where: dict[str, Json] = msgspec.field(default_factory=dict)


class Notice(Noun, frozen=True, kw_only=True):
    """One wish for one sink: show the incident's present card (`line` is None), or say a line below it."""

    sink: str
    incident_id: str
    line: Line | None = None


class Waiting(Noun, frozen=True, kw_only=True):
    """A notice in the outbox."""

    seq: int
    notice: Notice
    wanted: int  # cards: how often it was wished for; handed back when it was delivered
    attempts: int  # how often it was tried before, since it waits
    since: datetime  # when it began to wait
    due_at: datetime
    again: bool = False  # an earlier try may have arrived: it ended without an answer, or in a crash
    error: str = ""  # why it failed the last time


class Delivery(Noun, frozen=True, kw_only=True):
    """What the outbox knows of one notice, for people."""

    sink: str
    what: str  # "card", or the line's text
    state: Literal["waiting", "sent", "given_up"]
    at: datetime  # when it was sent, or is tried next
    attempts: int
    error: str = ""
