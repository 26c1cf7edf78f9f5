"""Removing what is old: closed incidents with all that hangs on them. Never the audit."""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, select

from firstresponder.adapters.store.dialect import is_postgresql
from firstresponder.adapters.store.schema import alerts, choices, documents, events, incidents, operations, outbox
from firstresponder.model import Phase

BATCH = 50
"""Incidents in one transaction, so that webhooks never wait long behind a purge."""

BATCHES = 20
"""Transactions of one purge; what is left then goes with the next."""

_ALERTS = 1_000


def purge_incidents(connection: Connection, before: str) -> int:
    """Remove at most `BATCH` closed incidents that closed before this time; returns how many.

    One whose alert or event still waits to be looked at stays until that is done. Operations whose end is unknown stay.
    """
    waiting_alert = exists().where(alerts.c.incident_id == incidents.c.id, alerts.c.uncorrelated)
    waiting_event = exists().where(events.c.incident_id == incidents.c.id, ~events.c.seen)
    closed = (incidents.c.phase == Phase.CLOSED.value) & ~incidents.c.live
    old = closed & (incidents.c.closed_at < before) & (incidents.c.updated_at < before)
    statement = select(incidents.c.id).where(old, ~waiting_alert, ~waiting_event).order_by(incidents.c.closed_at).limit(BATCH)
    ids = connection.execute(statement).scalars().all()
    if ids and is_postgresql(connection):
        # Nothing is added to rows that are held; what came before that is seen by a second look.
        for key, mine in ((incidents.c.id, incidents.c.id.in_(ids)), (alerts.c.seq, alerts.c.incident_id.in_(ids))):
            connection.execute(select(key).where(mine).order_by(key).with_for_update())
        ids = connection.execute(statement.where(incidents.c.id.in_(ids))).scalars().all()
    if ids:
        connection.execute(delete(operations).where(operations.c.incident_id.in_(ids), operations.c.state != "intent"))
        for table in (alerts, events, documents, choices, outbox):
            connection.execute(delete(table).where(table.c.incident_id.in_(ids)))
        connection.execute(delete(incidents).where(incidents.c.id.in_(ids)))
    return len(ids)


def purge_loose_alerts(connection: Connection, before: str) -> bool:
    """Remove some alerts that were looked at and belong to no incident; returns whether there may be more."""
    loose = alerts.c.incident_id.is_(None) & ~alerts.c.uncorrelated & (alerts.c.received_at < before)
    some = select(alerts.c.seq).where(loose).limit(_ALERTS)
    return connection.execute(delete(alerts).where(alerts.c.seq.in_(some), loose)).rowcount == _ALERTS
