"""Deliveries of alerts become rows: the one hot path of the store.

A row is one (fingerprint, start). Where a sender gives no start, the time of receipt stands in for it, so that every
repeat would be another row; such alerts are therefore matched by fingerprint: to the newest row whose start was assumed
too, if that one still fires, or if this delivery says resolved (then it closes that row, or repeats its close).

All requests that wait are stored together: through the driver's own loop on SQLite, as one statement on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select, text

from firstresponder.adapters.store.dialect import is_postgresql, one_at_a_time
from firstresponder.adapters.store.schema import alerts

AlertRow = tuple[str, str, str, bool, str, str, str]
"""fingerprint, starts_at, status, assumed_start, received_at, first_received_at, body"""

_COLUMNS = "fingerprint, starts_at, status, assumed_start, received_at, first_received_at, body"
_INTO = f"INSERT INTO alerts ({_COLUMNS}, deliveries, changed, uncorrelated)"

# "Ends" is firing → resolved, the only change of a row; "late" is resolved → firing, which never reopens.
_CONFLICT = """
ON CONFLICT (fingerprint, starts_at) DO UPDATE SET
  deliveries = alerts.deliveries + 1,
  received_at = CASE WHEN excluded.received_at > alerts.received_at THEN excluded.received_at ELSE alerts.received_at END,
  status = CASE WHEN alerts.status = 'resolved' THEN alerts.status ELSE excluded.status END,
  body = CASE WHEN alerts.status = 'resolved' AND excluded.status = 'firing' THEN alerts.body ELSE excluded.body END,
  changed = CASE WHEN alerts.status = 'firing' AND excluded.status = 'resolved'
            THEN alerts.deliveries + 1 ELSE alerts.changed END,
  uncorrelated = CASE WHEN alerts.status = 'firing' AND excluded.status = 'resolved' THEN TRUE ELSE alerts.uncorrelated END
"""
_SQLITE = f"{_INTO} VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, TRUE) {_CONFLICT}"

# One array a column; the numbers of new rows follow the order of delivery.
_ARRAYS = "%s::text[], %s::text[], %s::text[], %s::bool[], %s::text[], %s::text[], %s::text[]"
_POSTGRESQL = f"""
{_INTO} SELECT {_COLUMNS}, 1, 1, TRUE FROM unnest({_ARRAYS}) WITH ORDINALITY AS delivered({_COLUMNS}, place)
ORDER BY place {_CONFLICT}
"""  # noqa: S608 - our own words; what is delivered goes as parameters

# What is there already is locked in the order of its numbers, as filing does: two orders would be a deadlock.
_LOCK = """
SELECT seq FROM alerts JOIN unnest(%s::text[], %s::text[]) AS delivered(fingerprint, starts_at) USING (fingerprint, starts_at)
ORDER BY seq FOR NO KEY UPDATE OF alerts
"""

CHUNK = 1_000
"""Rows in one statement."""


def append(connection: Connection, requests: Sequence[Sequence[AlertRow]]) -> None:
    """Store the alerts of these requests, in the order of delivery."""
    rows = [row for request in requests for row in request]
    # HA pairs deliver one group to two replicas at the same moment: two lists of rows in two orders, and rows with an
    # assumed start that have to find each other. Taking turns costs little, because whoever waits gathers what comes.
    one_at_a_time(connection, "alerts")
    if any(row[3] for row in rows):
        rows = _matched(connection, rows)
    if not is_postgresql(connection):
        connection.exec_driver_sql(_SQLITE, rows)
        return
    for start in range(0, len(rows), CHUNK):
        for some in _once_each(rows[start : start + CHUNK]):
            columns = tuple(list(column) for column in zip(*some, strict=True))
            connection.exec_driver_sql(_LOCK, columns[:2])
            connection.exec_driver_sql(_POSTGRESQL, columns)


def touch(connection: Connection, _requests: Sequence[None]) -> None:
    """Write something that changes nothing and is synced all the same: an empty transaction would prove nothing."""
    if is_postgresql(connection):
        connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'firstresponder', 'ping')")
    else:
        connection.exec_driver_sql("PRAGMA user_version = 0")


def _once_each(rows: Sequence[AlertRow]) -> Iterator[list[AlertRow]]:
    """Split into statements in each of which a row comes once: one statement cannot change a row twice. Usually one."""
    rounds: list[dict[tuple[str, str], AlertRow]] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row[0], row[1]
        nth = seen[key] = seen.get(key, -1) + 1
        if nth == len(rounds):
            rounds.append({})
        rounds[nth][key] = row
    for each in rounds:
        yield list(each.values())


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
            newest[fingerprint] = _newest(connection, fingerprint)
        known = newest[fingerprint]
        if known is not None and (known[1] == "firing" or status == "resolved"):
            starts_at = known[0]
        newest[fingerprint] = (starts_at, status)
        out.append((fingerprint, starts_at, *row[2:]))
    return out


def _newest(connection: Connection, fingerprint: str) -> tuple[str, str] | None:
    mine = select(alerts.c.starts_at, alerts.c.status).where(alerts.c.fingerprint == fingerprint, text("assumed_start"))
    statement = mine.order_by(alerts.c.seq.desc()).limit(1)  # `assumed_start` in the very words of its index
    found = connection.execute(statement).first()
    return None if found is None else (found.starts_at, found.status)
