"""What happened to incidents: one row each, seen once by `advance`. Functions over a connection, for the incident store."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from firstresponder.adapters.store.dialect import insert_unless
from firstresponder.adapters.store.schema import events, incidents
from firstresponder.adapters.store.text import dump, moment, parse
from firstresponder.errors import NotFound
from firstresponder.model import Event, EventKind


def require_incident(connection: Connection, incident_id: str) -> None:
    """Raise NotFound unless the incident is there; hold its row until the transaction ends.

    The lock keeps the numbers of an incident's events in the order of their commits. Without it, an event could be committed
    under a lower number than one that `advance` has read, and be marked as seen by nobody (`see` goes by number).
    """
    mine = select(incidents.c.id).where(incidents.c.id == incident_id).with_for_update(key_share=True)
    if connection.execute(mine).first() is None:
        raise NotFound(f"there is no incident {incident_id!r}")


def add(connection: Connection, event: Event) -> Event:
    """Append one event and return it with its number."""
    require_incident(connection, event.incident_id)
    result = connection.execute(insert(events).values(_values(event)))
    return msgspec.structs.replace(event, seq=_number(result.inserted_primary_key))


def add_once(connection: Connection, key: str, event: Event) -> bool:
    """Append one event unless another was appended under the same key."""
    require_incident(connection, event.incident_id)
    return insert_unless(connection, events, "once", {**_values(event), "once": key})


def pending(connection: Connection, incident_id: str) -> list[Event]:
    """Return what `advance` has not seen, in order."""
    statement = select(events).where(events.c.incident_id == incident_id, ~events.c.seen).order_by(events.c.seq)
    return [_event(row) for row in connection.execute(statement)]


def with_pending(connection: Connection) -> list[str]:
    """Return the incidents that have such events, the longest waiting first."""
    first = func.min(events.c.seq)
    statement = select(events.c.incident_id).where(~events.c.seen).group_by(events.c.incident_id).order_by(first)
    return list(connection.execute(statement).scalars())


def story(connection: Connection, incident_id: str) -> list[Event]:
    """Return all events of an incident, in order."""
    statement = select(events).where(events.c.incident_id == incident_id).order_by(events.c.seq)
    return [_event(row) for row in connection.execute(statement)]


def see(connection: Connection, incident_id: str, through: int) -> None:
    """Mark an incident's events up to this number as seen."""
    mine = (events.c.incident_id == incident_id) & (events.c.seq <= through) & ~events.c.seen
    connection.execute(update(events).where(mine).values(seen=True))


def _values(event: Event) -> dict[str, Any]:
    return {
        "incident_id": event.incident_id,
        "kind": event.kind.value,
        "at": moment(event.at),
        "actor": event.actor,
        "data": dump(event.data),
        "seen": False,
    }


def _event(row: Row[Any]) -> Event:
    return Event(
        incident_id=row.incident_id,
        kind=EventKind(row.kind),
        at=parse(row.at),
        seq=row.seq,
        actor=row.actor,
        data=msgspec.json.decode(row.data),
    )


def _number(key: Any) -> int:
    return int(key[0])
