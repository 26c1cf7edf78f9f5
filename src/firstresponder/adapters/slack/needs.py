"""What a click needs of the application: one Protocol, nothing else."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Person
from firstresponder.workflow.answers import Answer


class Decide(Protocol):
    """Decides, whatever event loop asks. Every method may raise Temporary or Unhealthy; then nothing is on record."""

    async def approve(self, incident_id: str, *, plan_digest: str, who: Person) -> Answer:
        """Approve exactly the plan with that digest."""
        ...

    async def reject(self, incident_id: str, *, plan_digest: str, who: Person, reason: str) -> Answer:
        """Reject exactly the plan with that digest."""
        ...

    async def take_over(self, incident_id: str, *, who: Person) -> Answer:
        """Hand the incident to a person."""
        ...
