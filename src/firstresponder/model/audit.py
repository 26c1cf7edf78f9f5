"""The audit's links, and who holds what."""

from __future__ import annotations

from datetime import datetime

import msgspec

from firstresponder.model.base import Json, Noun


class AuditDraft(Noun, frozen=True, kw_only=True):
    """An entry before the store chains it."""

    what: str  # "alert.received", "plan.approved", "gate.intent", …
    actor: str
    at: datetime
    incident_id: str = ""
    data: dict[str, Json] = msgspec.field(default_factory=dict)


class AuditEntry(Noun, frozen=True, kw_only=True):
    """A link of the chain: `hash` covers everything before it."""

    seq: int
    at: datetime
    what: str
    actor: str
    incident_id: str
    data: dict[str, Json]
    prev: str
    hash: str


class Grant(Noun, frozen=True, kw_only=True):
    """A lease that is held: `epoch` grows with every change of owner."""

    name: str
    holder: str
    epoch: int
    until: datetime


class Hold(Noun, frozen=True, kw_only=True):
    """The kill switch, engaged."""

    by: str
    why: str
    at: datetime
    source: str  # "database" or the file's name
