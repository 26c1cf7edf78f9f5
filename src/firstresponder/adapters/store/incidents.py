"""Incidents: the rows that are the truth, and the transactions over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, case, or_, select, update

from firstresponder.adapters.store import choices, documents, events, outbox, retention
from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.dialect import insert_unless, is_postgresql
from firstresponder.adapters.store.schema import alerts, incidents
from firstresponder.adapters.store.text import dump, load, moment
from firstresponder.errors import BadInput, Conflict, NotFound, Unhealthy
from firstresponder.model import AuditDraft, Choice, Event, Incident, Notice, Outcome, Phase, Plan
from firstresponder.ports.clock import Clock
from firstresponder.ports.incident_store import D, Document, Filed


class IncidentRows:
    """The `IncidentStore` port, and `purge`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on this database; the clock says what "less than so many seconds ago" means."""
        self._database = database
        self._clock = clock
        self._audit = database.chain.append

    async def get(self, incident_id: str) -> Incident:
        """Return one incident. Raises NotFound."""
        return await self._database.read(lambda connection: _get(connection, incident_id))

    async def page(self, *, phases: Sequence[Phase] = (), limit: int = 50, before: str = "") -> tuple[list[Incident], str]:
        """Newest first; the second value is the cursor for the next page, or empty. Raises BadInput for a foreign cursor."""
        statement = select(incidents).order_by(incidents.c.opened_at.desc(), incidents.c.id.desc()).limit(limit + 1)
        if phases:
            statement = statement.where(incidents.c.phase.in_([phase.value for phase in phases]))
        if before:
            opened_at, dot, incident_id = before.partition("~")
            if not dot:
                raise BadInput(f"expected a cursor that an earlier page gave, got {before!r}; begin without one")
            older = (incidents.c.opened_at == opened_at) & (incidents.c.id < incident_id)
            statement = statement.where(or_(incidents.c.opened_at < opened_at, older))
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        shown = rows[:limit]
        cursor = f"{shown[-1].opened_at}~{shown[-1].id}" if len(rows) > limit and shown else ""
        return _readable(shown), cursor

    async def live(self) -> list[Incident]:
        """Return every incident that is not closed, or whose close workflow is not through yet, oldest first."""
        statement = select(incidents).where(incidents.c.live).order_by(incidents.c.opened_at, incidents.c.id)
        return await self._database.read(lambda connection: _readable(connection.execute(statement).all()))

    async def closed_since(self, seconds: float) -> list[Incident]:
        """Return incidents closed less than `seconds` ago, the last one first."""
        since = moment(self._clock.now() - timedelta(seconds=seconds))
        closed = (incidents.c.phase == Phase.CLOSED.value) & (incidents.c.closed_at > since)
        statement = select(incidents).where(closed).order_by(incidents.c.closed_at.desc())
        return await self._database.read(lambda connection: _readable(connection.execute(statement).all()))

    async def file(
        self, opened: Sequence[Incident], events: Sequence[Event], filed: Sequence[Filed], audit: Sequence[AuditDraft]
    ) -> None:
        """Open incidents, append events, and mark alert rows as correlated, all or nothing.

        A row whose status changed after it was read keeps its mark and comes again; a mere repeat does not count.
        Raises Conflict when an incident is there already or somebody else filed a row meanwhile, NotFound for an unknown one.
        """
        await self._database.write(lambda connection: self._file(connection, opened, events, filed, audit))

    def _file(
        self,
        connection: Connection,
        opened: Sequence[Incident],
        story: Sequence[Event],
        filed: Sequence[Filed],
        audit: Sequence[AuditDraft],
    ) -> None:
        for incident in opened:
            _open(connection, incident)
        for event in story:
            events.add(connection, event)
        _hold(connection, filed)
        for row in filed:
            _mark(connection, row)
        self._audit(connection, audit)

    async def add_event(self, event: Event, audit: Sequence[AuditDraft] = ()) -> Event:
        """Append one event and its audit entries; what is returned carries its `seq`. Raises NotFound."""

        def work(connection: Connection) -> Event:
            added = events.add(connection, event)
            self._audit(connection, audit)
            return added

        return await self._database.write(work)

    async def add_event_once(self, key: str, event: Event, audit: Sequence[AuditDraft] = ()) -> bool:
        """As `add_event`, but a second call with the same `key`, of whatever incident, does nothing and returns False."""

        def work(connection: Connection) -> bool:
            added = events.add_once(connection, key, event)
            if added:
                self._audit(connection, audit)
            return added

        return await self._database.write(work)

    async def pending(self, incident_id: str) -> list[Event]:
        """Return the events that `advance` has not seen yet, in order."""
        return await self._database.read(lambda connection: events.pending(connection, incident_id))

    async def with_pending(self) -> list[str]:
        """Return the ids of incidents that have such events, the longest waiting first."""
        return await self._database.read(events.with_pending)

    async def events(self, incident_id: str) -> list[Event]:
        """Return the whole story, in order."""
        return await self._database.read(lambda connection: events.story(connection, incident_id))

    async def advance(
        self, before: Incident, after: Incident, through: int, audit: Sequence[AuditDraft] = (), notices: Sequence[Notice] = ()
    ) -> bool:
        """Replace the row if its version is still `before.version`, and mark events up to `through` as seen.

        The notices go into the outbox with it. The stored version is `before.version + 1`. Returns False, having changed
        nothing, if somebody was faster. Raises NotFound for an incident that is not there.
        """
        values = _values(msgspec.structs.replace(after, version=before.version + 1))

        def work(connection: Connection) -> bool:
            mine = (incidents.c.id == before.id) & (incidents.c.version == before.version)
            if connection.execute(update(incidents).where(mine).values(values)).rowcount == 0:
                events.require_incident(connection, before.id)
                return False
            events.see(connection, before.id, through)
            outbox.put(connection, notices, after.updated_at)
            self._audit(connection, audit)
            return True

        return await self._database.write(work)

    async def put(self, incident_id: str, n: int, name: str, document: Document) -> None:
        """Store a document of an investigation (replaces one of the same `n` and `name`). Raises NotFound."""
        digest = (document.digest or None) if isinstance(document, Plan) else None
        body = dump(document)
        await self._database.write(
            lambda connection: documents.put(connection, incident_id, n, name, plan_digest=digest, body=body)
        )

    async def find(self, incident_id: str, n: int, name: str, form: type[D]) -> D | None:
        """Return a document, or None; one of an older form that is no longer read is None too, and logged."""
        return await self._database.read(lambda connection: documents.find(connection, incident_id, n, name, form))

    async def outcomes(self, incident_id: str) -> list[Outcome]:
        """Return what verification found in all investigations of an incident, in order of time."""
        return await self._database.read(lambda connection: documents.outcomes(connection, incident_id))

    async def plan(self, plan_digest: str) -> Plan | None:
        """Return the plan with that digest, whatever its incident."""
        return await self._database.read(lambda connection: documents.plan(connection, plan_digest))

    async def choose(self, choice: Choice, event: Event | None, audit: Sequence[AuditDraft]) -> tuple[Choice, bool]:
        """Record a choice on a plan unless there is one: returns what stands, and whether it is this one. Raises NotFound.

        The choice, its event and its audit entries are one transaction; a choice that comes second leaves nothing.
        """

        def work(connection: Connection) -> tuple[Choice, bool]:
            if not choices.record(connection, choice):
                return choices.standing(connection, choice.plan_digest) or choice, False
            if event is not None:
                events.add(connection, event)
            self._audit(connection, audit)
            return choice, True

        return await self._database.write(work)

    async def chosen(self, plan_digest: str) -> Choice | None:
        """Return what was decided on a plan."""
        return await self._database.read(lambda connection: choices.standing(connection, plan_digest))

    async def purge(self, before: datetime) -> int:
        """Remove incidents that closed before this time, with alerts, events, documents, choices, notices and ended operations.

        Never the audit. Works in small transactions, so that webhooks get their turn, and removes at most
        `retention.BATCHES` times `retention.BATCH` incidents per call. Returns how many went.
        """
        cutoff, removed = moment(before), 0
        for _ in range(retention.BATCHES):
            batch = await self._database.write(lambda connection: retention.purge_incidents(connection, cutoff))
            more = await self._database.write(lambda connection: retention.purge_loose_alerts(connection, cutoff))
            removed += batch
            if batch < retention.BATCH and not more:
                break
        return removed


def _get(connection: Connection, incident_id: str) -> Incident:
    row = connection.execute(select(incidents).where(incidents.c.id == incident_id)).first()
    if row is None:
        raise NotFound(f"there is no incident {incident_id!r}")
    incident = load(Incident, row.body, f"incidents={incident_id}")
    if incident is None:
        raise Unhealthy(f"incident {incident_id} is stored in a form that cannot be read; the log names what is wrong with it")
    return incident


def _readable(rows: Sequence[Row[Any]]) -> list[Incident]:
    """Read rows; one that cannot be read is logged and left out, so that it does not stop the work on all others."""
    found = (load(Incident, row.body, f"incidents={row.id}") for row in rows)
    return [incident for incident in found if incident is not None]


def _values(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "phase": incident.phase.value,
        "opened_at": moment(incident.opened_at),
        "updated_at": moment(incident.updated_at),
        "live": incident.phase is not Phase.CLOSED or incident.closing,
        "closed_at": None if incident.closed_at is None else moment(incident.closed_at),
        "version": incident.version,
        "body": dump(incident),
    }


def _open(connection: Connection, incident: Incident) -> None:
    if not insert_unless(connection, incidents, "id", _values(incident)):
        raise Conflict(f"there is an incident {incident.id} already; open this one under another id")


def _hold(connection: Connection, filed: Sequence[Filed]) -> None:
    """Lock the alert rows in the order in which deliveries lock them, so that the two never wait for each other."""
    rows = select(alerts.c.seq).where(alerts.c.seq.in_({row.seq for row in filed})).order_by(alerts.c.seq)
    if filed and is_postgresql(connection):
        connection.execute(rows.with_for_update(key_share=True))


def _mark(connection: Connection, row: Filed) -> None:
    """File one alert row. `changed` is the delivery that changed its status last: later than what was read, it comes again."""
    if row.incident_id:
        events.require_incident(connection, row.incident_id)
    statement = (
        update(alerts)
        .where(alerts.c.seq == row.seq, alerts.c.uncorrelated)
        .values(
            incident_id=row.incident_id or None,
            uncorrelated=case((alerts.c.changed > row.delivered, True), else_=False),
        )
    )
    if connection.execute(statement).rowcount == 0:
        found = connection.execute(select(alerts.c.incident_id).where(alerts.c.seq == row.seq)).first()
        where = f"was filed under incident {found.incident_id!r} meanwhile" if found else "is not there"
        raise Conflict(f"alert row {row.seq} {where}; nothing of this filing was kept; read what is uncorrelated again")
