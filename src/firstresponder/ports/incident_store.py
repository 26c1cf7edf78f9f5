"""Incidents, their events, their documents, and what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from firstresponder.model import (
    AuditDraft,
    Choice,
    Event,
    Incident,
    Notice,
    Noun,
    Outcome,
    Phase,
    Plan,
)

Document = Noun
"""What an investigation stores by name: evidence, diagnosis, plan, decision, brief, baseline, outcome-do, outcome-undo."""
D = TypeVar("D", bound=Noun)


class Filed(Noun, frozen=True, kw_only=True):
    """One alert row and the incident it was filed under."""

    seq: int  # StoredAlert.seq
    incident_id: str
    delivered: int  # StoredAlert.deliveries when it was read


class IncidentStore(Protocol):
    """The truth about incidents. Every method is one transaction."""

    async def get(self, incident_id: str) -> Incident:
        """Return one incident. Raises NotFound."""
        ...

    async def page(self, *, phases: Sequence[Phase] = (), limit: int = 50, before: str = "") -> tuple[list[Incident], str]:
        """Newest first; the second value is the cursor for the next page, or empty."""
        ...

    async def live(self) -> list[Incident]:
        """Return every incident that is not closed, or whose close workflow is not through yet (`closing`)."""
        ...

    async def closed_since(self, seconds: float) -> list[Incident]:
        """Return incidents closed less than `seconds` ago: a relapse joins them."""
        ...

    async def file(
        self, opened: Sequence[Incident], events: Sequence[Event], filed: Sequence[Filed], audit: Sequence[AuditDraft]
    ) -> None:
        """Open incidents, append events, and mark alert rows as correlated, all or nothing.

        A row whose alert changed after it was read stays marked as uncorrelated (it comes again).
        """
        ...

    async def add_event(self, event: Event, audit: Sequence[AuditDraft] = ()) -> Event:
        """Append one event (its `seq` is set in what is returned) and its audit entries. Raises NotFound."""
        ...

    async def add_event_once(self, key: str, event: Event, audit: Sequence[AuditDraft] = ()) -> bool:
        """As `add_event`, but a second call with the same `key` does nothing and returns False."""
        ...

    async def pending(self, incident_id: str) -> list[Event]:
        """Return the events that `advance` has not seen yet, in order."""
        ...

    async def with_pending(self) -> list[str]:
        """Return the ids of incidents that have such events."""
        ...

    async def events(self, incident_id: str) -> list[Event]:
        """Return the whole story, in order."""
        ...

    async def advance(
        self,
        before: Incident,
        after: Incident,
        through: int,
        audit: Sequence[AuditDraft] = (),
        notices: Sequence[Notice] = (),
    ) -> bool:
        """Replace the row if its version is still `before.version`, and mark events up to `through` as seen.

        The notices are put into the outbox with it; one that waits there already is not doubled (see `ports.outbox`).

        The stored version is `before.version + 1`. Returns False (and changes nothing) if somebody was faster.
        """
        ...

    async def put(self, incident_id: str, n: int, name: str, document: Document) -> None:
        """Store a document of an investigation (replaces one of the same `n` and `name`)."""
        ...

    async def find(self, incident_id: str, n: int, name: str, form: type[D]) -> D | None:
        """Return a document, or None."""
        ...

    async def outcomes(self, incident_id: str) -> list[Outcome]:
        """Return what verification found in all investigations of an incident, in order of time."""
        ...

    async def plan(self, plan_digest: str) -> Plan | None:
        """Return the plan with that digest, whatever its incident."""
        ...

    async def choose(self, choice: Choice, event: Event | None, audit: Sequence[AuditDraft]) -> tuple[Choice, bool]:
        """Record a choice on a plan unless there is one already: returns what stands, and whether it is this one.

        The choice, its event and its audit entries are one transaction.
        """
        ...

    async def chosen(self, plan_digest: str) -> Choice | None:
        """Return what was decided on a plan."""
        ...

    async def purge(self, before: datetime) -> int:
        """Remove closed incidents, with all that belongs to them, that were last touched before that time; never the audit.

        Bounded per call. Returns how many incidents are gone.
        """
        ...
