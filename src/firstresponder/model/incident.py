"""The incident: one row, and the events that move it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from firstresponder.model.alert import TargetRef
from firstresponder.model.base import Json, Noun


class Phase(StrEnum):
    """Where an incident stands."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    ASKING = "asking"
    ACTING = "acting"
    VERIFYING = "verifying"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Incident(Noun, frozen=True, kw_only=True):
    """One row; its truth is the row, not a coroutine."""

    id: str
    title: str
    severity: str  # critical, warning, info or whatever the label says, lower case; "none" when absent
    phase: Phase
    opened_at: datetime
    updated_at: datetime
    version: int = 0  # compare-and-set
    n: int = 0  # the number of the current investigation; 0 = none yet
    subject: TargetRef | None = None  # what it is about, once resolved
    key: str = ""  # correlation key where no subject is known
    firing: int = 0  # alerts firing now
    alerts: int = 0  # distinct alerts ever
    recurrence: int = 0
    look: int = 0  # the investigation in flight while asking (0 = none)
    look_again: bool = False  # one more look is wanted as soon as the one in flight ends
    last_n: int = 0  # the highest investigation number given out
    plan_digest: str = ""  # what is being asked or done
    offer: str = ""  # digest of what is offered without n: equal offers are the same news
    rungs: int = 0  # how many rungs the ladder has
    ask_expires_at: datetime | None = None
    rung: int = 0
    asks: int = 0  # how often it was asked anew because the target changed
    owner: str = ""  # the person who took over
    reason: str = ""  # why it is in this phase, one line
    closed_at: datetime | None = None
    ended: Literal["", "repaired", "resolved", "dismissed"] = ""  # closed because a repair was verified, it went away, or by hand
    closing: bool = False  # closed, and the close workflow is not through yet
    resolved_while_acting: bool = False
    tried: tuple[str, ...] = ()  # one line per rung that was tried and did not help
    told: bool = False  # people have a card of it, or one is on its way: from now on every turn is told


class EventKind(StrEnum):
    """What can happen to an incident."""

    ALERT_FIRING = "alert_firing"
    ALERT_RESOLVED = "alert_resolved"
    INVESTIGATED = "investigated"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ACTED = "acted"  # the gate says the effect is there; verification begins
    VERIFIED = "verified"  # what verification found, with its figures; for the story only, it moves nothing
    REMEDIATED = "remediated"  # a remediation ended; data: outcome word
    TARGET_CHANGED = "target_changed"  # facts aged while a person thought; the approval is void
    TAKEN_OVER = "taken_over"
    LOOK_AGAIN = "look_again"  # a person wants a new investigation
    DISMISSED = "dismissed"  # a person says that it is over
    STILL_FIRING = "still_firing"  # closed as repaired, and the same alert is delivered as firing long after
    KILLED = "killed"  # the kill switch stopped work half way
    CLOSED = "closed"  # the close workflow is through


class Event(Noun, frozen=True, kw_only=True):
    """A row in an incident's story; `seq` is given by the store."""

    incident_id: str
    kind: EventKind
    at: datetime
    seq: int = 0
    actor: str = "firstresponder"
    data: dict[str, Json] = msgspec.field(default_factory=dict)
