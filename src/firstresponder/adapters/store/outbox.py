"""What is to be told: one row per sink, incident and message, until it is delivered or given up.

Notices are put in by `IncidentRows.advance`, inside its transaction and after it took the incident's row: that is what
keeps two writers apart, and why `put` may look before it inserts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, insert, or_, select, update

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.schema import outbox
from firstresponder.adapters.store.text import dump, load, moment, parse
from firstresponder.model import AuditDraft, Delivery, Line, Notice, Receipt, Waiting

CARD = ""
"""The key of an incident's card."""


def put(connection: Connection, notices: Sequence[Notice], at: datetime) -> None:
    """Put notices in; a line that was put in before, told or not, is not doubled, and a card is wished for once more."""
    now = moment(at)
    for notice in notices:
        key = CARD if notice.line is None else notice.line.key
        mine = _row(notice.sink, notice.incident_id, key)
        if notice.line is None:
            if connection.execute(update(outbox).where(mine).values(_wished(now))).rowcount:
                continue
        elif connection.execute(select(outbox.c.seq).where(mine)).first() is not None:
            continue
        line = None if notice.line is None else dump(notice.line)
        connection.execute(insert(outbox).values(_fresh(notice, key, line, now)))


def _fresh(notice: Notice, key: str, line: str | None, now: str) -> dict[str, Any]:
    return {
        "incident_id": notice.incident_id,
        "sink": notice.sink,
        "key": key,
        "line": line,
        "waiting": True,
        "given_up": False,
        "wanted": 1,
        "attempts": 0,
        "unsure": False,
        "since": now,
        "due_at": now,
        "error": "",
    }


def _wished(now: str) -> dict[str, Any]:
    """Wish for a card once more: one that waits keeps its time and its count, one that does not begins to wait."""
    return {
        "wanted": outbox.c.wanted + 1,
        "since": case((outbox.c.waiting, outbox.c.since), else_=now),
        "due_at": case((outbox.c.waiting, outbox.c.due_at), else_=now),
        "attempts": case((outbox.c.waiting, outbox.c.attempts), else_=0),
        "error": case((outbox.c.waiting, outbox.c.error), else_=""),
        "waiting": True,
        "given_up": False,
    }


class OutboxRows:
    """The `Outbox` port."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database
        self._audit = database.chain.append

    async def due(self, sink: str, now: datetime, limit: int) -> list[Waiting]:
        """Return the first waiting notice of each incident whose time has come, oldest first: the card before any line.

        One that is postponed holds back what is behind it.
        """
        ahead = outbox.alias()
        before = or_(and_(ahead.c.key == CARD, outbox.c.key != CARD), and_(ahead.c.seq < outbox.c.seq, outbox.c.key != CARD))
        behind = (
            select(ahead.c.seq)
            .where(ahead.c.sink == outbox.c.sink, ahead.c.incident_id == outbox.c.incident_id, ahead.c.waiting, before)
            .exists()
        )
        statement = (
            select(outbox)
            .where(outbox.c.sink == sink, outbox.c.waiting, outbox.c.due_at <= moment(now), ~behind)
            .order_by(outbox.c.due_at, outbox.c.seq)
            .limit(limit)
        )
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return [_waiting(row) for row in rows]

    async def tried(self, seq: int) -> None:
        """Count a try before anything is sent: until its end is known, it may have arrived."""
        statement = update(outbox).where(outbox.c.seq == seq).values(attempts=outbox.c.attempts + 1, unsure=True)
        await self._database.write(lambda connection: connection.execute(statement).rowcount)

    async def receipt(self, sink: str, incident_id: str) -> Receipt | None:
        """Return where the incident's card stands, or None if it was never shown there."""
        statement = select(outbox.c.receipt).where(_row(sink, incident_id, CARD))
        body = await self._database.read(lambda connection: connection.execute(statement).scalar())
        return None if body is None else load(Receipt, body, f"outbox={sink}/{incident_id}")

    async def delivered(self, waiting: Waiting, receipt: Receipt | None, at: datetime, audit: Sequence[AuditDraft]) -> None:
        """Take it off the list and keep the receipt (of cards). A card that was wished for anew meanwhile stays due."""
        values: dict[str, Any] = {"error": "", "unsure": False}
        if receipt is not None:
            values["receipt"] = dump(receipt)
        await self._end(waiting, at, values, audit)

    async def give_up(self, waiting: Waiting, at: datetime, error: str, audit: Sequence[AuditDraft], *, again: bool) -> None:
        """Never try it again. A later wish for the card tries anew; lines that waited behind it go on."""
        news = outbox.c.wanted > waiting.wanted
        values = {"error": error, "unsure": again, "given_up": case((news, False), else_=True)}
        await self._end(waiting, at, values, audit)

    async def _end(self, waiting: Waiting, at: datetime, values: dict[str, Any], audit: Sequence[AuditDraft]) -> None:
        """End this wish; one that came meanwhile begins to wait now."""
        news, now = outbox.c.wanted > waiting.wanted, moment(at)
        again = {
            "waiting": case((news, True), else_=False),
            "since": case((news, now), else_=outbox.c.since),
            "due_at": case((news, now), else_=outbox.c.due_at),
            "attempts": case((news, 0), else_=outbox.c.attempts),
            "ended_at": now,
        }
        statement = update(outbox).where(outbox.c.seq == waiting.seq).values({**again, **values})

        def work(connection: Connection) -> None:
            connection.execute(statement)
            self._audit(connection, audit)

        await self._database.write(work)

    async def postpone(self, waiting: Waiting, until: datetime, error: str, *, again: bool) -> None:
        """Try it again later, and nothing of this incident at this sink before it."""
        values = {"due_at": moment(until), "error": error, "unsure": again}
        statement = update(outbox).where(outbox.c.seq == waiting.seq).values(values)
        await self._database.write(lambda connection: connection.execute(statement).rowcount)

    async def deliveries(self, incident_id: str) -> list[Delivery]:
        """Return what was told, and what waits, of one incident: sink by sink, the card before its lines, in order."""
        statement = select(outbox).where(outbox.c.incident_id == incident_id)
        in_order = statement.order_by(outbox.c.sink, case((outbox.c.key == CARD, 0), else_=1), outbox.c.seq)
        rows = await self._database.read(lambda connection: connection.execute(in_order).all())
        return [_delivery(row) for row in rows]

    async def backlog(self) -> dict[str, int]:
        """Return how many notices wait, by sink."""
        statement = select(outbox.c.sink, func.count().label("waiting")).where(outbox.c.waiting).group_by(outbox.c.sink)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return {row.sink: row.waiting for row in rows}


def _row(sink: str, incident_id: str, key: str) -> Any:
    return and_(outbox.c.incident_id == incident_id, outbox.c.sink == sink, outbox.c.key == key)


def _line(row: Row[Any]) -> Line | None:
    """Read a row's line. One of an older form becomes a line that says so, because it must not hold back those behind it."""
    if row.line is None:
        return None
    unreadable = Line(key=row.key, at=parse(row.since), text="something happened that is no longer readable here; see the story")
    return load(Line, row.line, f"outbox={row.seq}") or unreadable


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        seq=row.seq,
        notice=Notice(sink=row.sink, incident_id=row.incident_id, line=_line(row)),
        wanted=row.wanted,
        attempts=row.attempts,
        since=parse(row.since),
        due_at=parse(row.due_at),
        again=row.unsure,
        error=row.error,
    )


def _delivery(row: Row[Any]) -> Delivery:
    line = _line(row)
    return Delivery(
        sink=row.sink,
        what="card" if line is None else line.text,
        state="waiting" if row.waiting else "given_up" if row.given_up else "sent",
        at=parse(row.due_at if row.waiting else row.ended_at),
        attempts=row.attempts,
        error=row.error,
    )
