"""Alerts on disk; how deliveries become rows is `deliveries.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, case, func, select

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.deliveries import AlertRow, append, touch
from firstresponder.adapters.store.schema import alerts
from firstresponder.adapters.store.text import dump, load, moment, parse
from firstresponder.model import Alert, StoredAlert

_PAGE = 500


class AlertRows:
    """The `AlertStore` port."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database

    async def append(self, alerts: Sequence[Alert]) -> None:
        """Store durably before returning; all requests that wait share one statement and one sync of the disk."""
        if alerts:
            await self._database.write_together(append, [_row(alert) for alert in alerts])

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
        await self._database.write_together(touch, None)

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


def _row(alert: Alert) -> AlertRow:
    received = moment(alert.received_at)
    assumed = "starts_at" in alert.assumed
    return alert.fingerprint, moment(alert.starts_at), alert.status, assumed, received, received, dump(alert)


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
