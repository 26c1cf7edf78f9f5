"""What the web needs of the application: one Protocol, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from firstresponder.model import Alert, AuditEntry, Finding, Hold, Incident, Person, Phase
from firstresponder.model.bundle import Bundle
from firstresponder.workflow.answers import Answer, Health, IncidentView, Requested


class Responder(Protocol):
    """The application as the web sees it. Every method may raise Temporary or Unhealthy."""

    async def receive(self, alerts: Sequence[Alert]) -> None:
        """Store the alerts durably before returning. Raises Unhealthy or Temporary when they are not stored."""
        ...

    async def incidents(self, *, phases: Sequence[Phase], limit: int, before: str) -> tuple[list[Incident], str]:
        """Newest first; no phases means all. The second value is the cursor of the next page, or empty."""
        ...

    async def incident(self, incident_id: str) -> IncidentView:
        """Return one incident with its documents. Raises NotFound."""
        ...

    async def bundle(self, incident_id: str, *, frames: bool) -> Bundle:
        """Return what was seen of an incident, in the form that `diagnose` reads. Raises NotFound."""
        ...

    async def approve(self, incident_id: str, *, plan_digest: str, who: Person) -> Answer:
        """Approve exactly the plan with that digest (8 of its first characters are enough; empty: the one asked now)."""
        ...

    async def reject(self, incident_id: str, *, plan_digest: str, who: Person, reason: str) -> Answer:
        """Reject exactly the plan with that digest, named as in `approve`."""
        ...

    async def take_over(self, incident_id: str, *, who: Person) -> Answer:
        """Hand the incident to a person: the tool stops working on it."""
        ...

    async def look_again(self, incident_id: str, *, who: Person) -> Answer:
        """Investigate anew what was handed over or is being asked."""
        ...

    async def dismiss(self, incident_id: str, *, who: Person, reason: str) -> Answer:
        """Close by hand what was handed over or is being asked."""
        ...

    async def respond(self, *, kind: str, name: str, namespace: str, who: Person, why: str, severity: str) -> Requested:
        """Begin an incident about one object that nobody alerted on. Raises BadInput, and NotFound for no such object."""
        ...

    async def kill(self, *, who: Person, why: str) -> Hold:
        """Engage the kill switch and return what holds it (an earlier hold stands)."""
        ...

    async def unkill(self, *, who: Person) -> bool:
        """Release the kill switch; False if something outside the database (a file) still holds it."""
        ...

    async def killed(self) -> Hold | None:
        """Return who engaged the kill switch and why, or None."""
        ...

    async def audit(self, incident_id: str, after: int, limit: int) -> list[AuditEntry]:
        """Return at most `limit` entries with `seq` above `after`, in order; an empty id means all incidents."""
        ...

    async def backlog(self) -> dict[str, int]:
        """Return how many messages to people wait to be delivered, by sink."""
        ...

    async def checkup(self) -> list[Finding]:
        """Look at every part that the work needs; takes up to ten seconds and changes nothing."""
        ...

    async def health(self) -> Health:
        """Say whether alerts can be taken now."""
        ...
