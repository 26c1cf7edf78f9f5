"""Notices that wait to be delivered: on disk, one row per sink and message, in order per incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from firstresponder.model import AuditDraft, Delivery, Receipt, Waiting


class Outbox(Protocol):
    """What is to be told. Notices are put in by `IncidentStore.advance`, in the transaction of what they tell.

    A card has one row per (sink, incident), which counts how often it was wished for: what is shown is the incident as it
    is at delivery, so ten wishes that gather become one message. A line has one row per (sink, incident, key).
    """

    async def due(self, sink: str, now: datetime, limit: int) -> list[Waiting]:
        """Return the first waiting notice of each incident whose time has come, oldest first: the card before any line."""
        ...

    async def tried(self, seq: int) -> None:
        """Count a try before anything is sent: until its end is known, it may have arrived (`Waiting.again`)."""
        ...

    async def receipt(self, sink: str, incident_id: str) -> Receipt | None:
        """Return where the incident's card stands, or None if it was never shown there."""
        ...

    async def delivered(self, waiting: Waiting, receipt: Receipt | None, at: datetime, audit: Sequence[AuditDraft]) -> None:
        """Take it off the list and keep the receipt (of cards). A card that was wished for anew meanwhile stays due."""
        ...

    async def postpone(self, waiting: Waiting, until: datetime, error: str, *, again: bool) -> None:
        """Try it again later, and nothing of this incident at this sink before it. `again`: some try may have arrived."""
        ...

    async def give_up(self, waiting: Waiting, at: datetime, error: str, audit: Sequence[AuditDraft], *, again: bool) -> None:
        """Never try it again. A later wish for the card tries anew; lines that waited behind it go on.

        A card that was wished for anew meanwhile stays due. `again`: some try may have arrived.
        """
        ...

    async def deliveries(self, incident_id: str) -> list[Delivery]:
        """Return what was told, and what waits, of one incident, in order."""
        ...

    async def backlog(self) -> dict[str, int]:
        """Return how many notices wait, by sink."""
        ...
