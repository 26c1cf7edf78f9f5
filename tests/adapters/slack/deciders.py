"""Deciders in memory, and a server's inbox over them."""

from __future__ import annotations

import asyncio
from datetime import datetime

from firstresponder.errors import Unhealthy
from firstresponder.model import Person
from firstresponder.workflow.answers import Answer
from tests.adapters.slack.conftest import NOON

Call = tuple[str, str, str, str]


class Decider:
    """Decides each plan once, as the real one does, and writes down what it was asked."""

    def __init__(self) -> None:
        """Nothing was decided."""
        self.asked: list[tuple[str, str, str, str, str]] = []  # (word, incident, plan, who, reason)
        self.effects: list[str] = []
        self.stands: dict[str, tuple[str, str, datetime]] = {}
        self.answer: Answer | None = None  # what to say instead
        self.sick = ""  # why nothing can be put on record
        self.gate = asyncio.Event()  # closed: the store is slow
        self.gate.set()

    async def approve(self, incident_id: str, *, plan_digest: str, who: Person) -> Answer:
        """Approve, or say who was first."""
        return await self._choose("approved", incident_id, plan_digest, who, "")

    async def reject(self, incident_id: str, *, plan_digest: str, who: Person, reason: str) -> Answer:
        """Reject, or say who was first."""
        return await self._choose("rejected", incident_id, plan_digest, who, reason)

    async def take_over(self, incident_id: str, *, who: Person) -> Answer:
        """Take over, or say who was first."""
        return await self._choose("taken over", incident_id, "", who, "")

    async def _choose(self, word: str, incident_id: str, plan: str, who: Person, reason: str) -> Answer:
        self.asked.append((word, incident_id, plan, who.label, reason))
        await self.gate.wait()
        if self.sick:
            raise Unhealthy(self.sick)
        if self.answer is not None:
            return self.answer
        stands = self.stands.get(plan)
        if stands is not None:
            same = stands[:2] == (word, who.label)
            return Answer(
                accepted=same,
                status="accepted" if same else "already_decided",
                message=f"already decided: {stands[0]} by {stands[1]} at {stands[2]:%H:%M:%S} UTC",
                decided_by=stands[1],
                decided_at=stands[2],
            )
        self.stands[plan] = (word, who.label, NOON)
        self.effects.append(f"{word} by {who.label}")
        return Answer(accepted=True, status="accepted", message=word, decided_by=who.label, decided_at=NOON)
