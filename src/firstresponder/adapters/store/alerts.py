"""Alerts on disk: the one hot path of the store.

A row is one (fingerprint, start). Where a sender gives no start, the time of receipt stands in for it, so that every
repeat would be another row; such alerts are therefore matched by fingerprint: to the newest row whose start was assumed
too, if that one still fires, or if this delivery says resolved (then it closes that row, or repeats its close).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, case, func, select

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.schema import alerts
from firstresponder.adapters.store.text import dump, load, moment, parse
from firstresponder.model import Alert, StoredAlert

_PAGE = 500

AlertRow = tuple[str, str, str, bool, str, str, str]
"""fingerprint, starts_at, status, assumed_start, received_at, first_received_at, body"""

# Written out, in the words that SQLite and PostgreSQL share: one statement for all waiting requests, through the driver.
# "Ends" is firing → resolved, the only change of a row; "late" is resolved → firing, which never reopens.
_UPSERT = """
INSERT INTO alerts (fingerprint, starts_at, status, assumed_start, received_at, first_received_at, body,
                    deliveries, changed, uncorrelated)
VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, TRUE)
ON CONFLICT (fingerprint, starts_at) DO UPDATE SET
  deliveries = alerts.deliveries + 1,
  received_at = CASE WHEN excluded.received_at > alerts.received_at THEN excluded.received_at ELSE alerts.received_at END,
  status = CASE WHEN alerts.status = 'resolved' THEN alerts.status ELSE excluded.status END,
  body = CASE WHEN alerts.status = 'resolved' AND excluded.status = 'firing' THEN alerts.body ELSE excluded.body END,
  changed = CASE WHEN alerts.status = 'firing' AND excluded.status = 'resolved'
            THEN alerts.deliveries + 1 ELSE alerts.changed END,
  uncorrelated = CASE WHEN alerts.status = 'firing' AND excluded.status = 'resolved' THEN TRUE ELSE alerts.uncorrelated END
"""

_NEWEST_ASSUMED = """
SELECT starts_at, status FROM alerts WHERE fingerprint = ? AND assumed_start ORDER BY seq DESC LIMIT 1
"""


class AlertRows:
    """The `AlertStore` port."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database

    async def append(self, alerts: Sequence[Alert]) -> None:
        """Store durably before returning; all requests that wait share one statement and one sync of the disk."""
        if alerts:
            await self._database.write_together(_append, [_row(alert) for alert in alerts])

    async def uncorrelated(self, limit: int) -> list[StoredAlert]:
        """Return the oldest rows that wait for correlation."""
        statement = select(alerts).where(alerts.c.uncorrelated).order_by(alerts.c.seq).limit(limit)
        return await self._database.read(lambda connection: _stored(connection.execute(statement).all()))

    async def of_incident(self, incident_id: str) -> list[StoredAlert]:
        """Return the alerts of one incident, oldest first."""
        statement = select(alerts).where(alerts.c.incident_id == incident_id).order_by(alerts.c.starts_at, alerts.c.seq)
        return await self._database.read(lambda connection: _stored(connection.execute(statement).all()))

    async def counts(self, incident_id: str) -> tuple[int, int]:
        """Return how many alerts of an incident fire, and how many it ever had."""
        firing = func.count(case((alerts.c.status == "firing", 1)))
        statement = select(firing, func.count()).where(alerts.c.incident_id == incident_id)
        found = await self._database.read(lambda connection: connection.execute(statement).one())
        return found[0], found[1]

    async def incidents_of(self, fingerprints: Sequence[str]) -> dict[str, str]:
        """Return, for those of the fingerprints that were ever filed, the incident of the newest row that was."""
        mine = alerts.c.fingerprint.in_(set(fingerprints)) & alerts.c.incident_id.is_not(None)
        newest = select(func.max(alerts.c.seq)).where(mine).group_by(alerts.c.fingerprint)
        statement = select(alerts.c.fingerprint, alerts.c.incident_id).where(alerts.c.seq.in_(newest))
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return {row.fingerprint: row.incident_id for row in rows if row.incident_id is not None}

    async def ping(self) -> None:
        """Return when alerts could be stored now: takes the lock, writes and syncs a page. Raises Unhealthy."""
        await self._database.write(_touch)

    async def export(self) -> AsyncIterator[Alert]:
        """Yield every stored alert in the order of its first delivery, a page at a time."""
        after = 0
        while True:
            statement = select(alerts).where(alerts.c.seq > after).order_by(alerts.c.seq).limit(_PAGE)
            rows = await self._database.read(lambda connection, page=statement: list(connection.execute(page)))  # type: ignore[misc]
            for stored in _stored(rows):
                yield stored.alert
            if len(rows) < _PAGE:
                return
            after = rows[-1].seq


def _touch(connection: Connection) -> None:
    """Write the first page as it is: an empty transaction would reach neither the disk nor a full one's limit."""
    connection.exec_driver_sql("PRAGMA user_version = 0")


def _row(alert: Alert) -> AlertRow:
    received = moment(alert.received_at)
    assumed = "starts_at" in alert.assumed
    return alert.fingerprint, moment(alert.starts_at), alert.status, assumed, received, received, dump(alert)


def _append(connection: Connection, requests: Sequence[Sequence[AlertRow]]) -> None:
    rows = [row for request in requests for row in request]
    if any(row[3] for row in rows):
        rows = _matched(connection, rows)
    connection.exec_driver_sql(_UPSERT, rows)


def _matched(connection: Connection, rows: Sequence[AlertRow]) -> list[AlertRow]:
    """Give rows with an assumed start the start of the row that they are about, in the order of delivery."""
    newest: dict[str, tuple[str, str] | None] = {}
    out: list[AlertRow] = []
    for row in rows:
        fingerprint, starts_at, status, assumed = row[:4]
        if not assumed:
            out.append(row)
            continue
        if fingerprint not in newest:
            found = connection.exec_driver_sql(_NEWEST_ASSUMED, (fingerprint,)).first()
            newest[fingerprint] = (found.starts_at, found.status) if found else None
        known = newest[fingerprint]
        if known is not None and (known[1] == "firing" or status == "resolved"):
            starts_at = known[0]
        newest[fingerprint] = (starts_at, status)
        out.append((fingerprint, starts_at, *row[2:]))
    return out


def _stored(rows: Sequence[Row[Any]]) -> list[StoredAlert]:
    """Read rows; the columns are the truth about what changes from delivery to delivery."""
    out = []
    for row in rows:
        alert = load(Alert, row.body, f"alerts.seq={row.seq}")
        if alert is not None:
            times = {"starts_at": parse(row.starts_at), "received_at": parse(row.received_at)}
            out.append(
                StoredAlert(
                    seq=row.seq,
                    alert=msgspec.structs.replace(alert, **times),
                    deliveries=row.deliveries,
                    first_received_at=parse(row.first_received_at),
                    incident_id=row.incident_id,
                )
            )
    return out
