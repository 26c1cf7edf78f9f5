"""Operations on clusters, written down before they happen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.dialect import insert_unless
from firstresponder.adapters.store.schema import leases, operations
from firstresponder.adapters.store.text import dump, load, moment, parse, parse_or_none
from firstresponder.errors import NotFound, StaleLease, Unhealthy
from firstresponder.model import AuditDraft, Grant, JournalEntry, Operation


class JournalRows:
    """The `Journal` port."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database

    async def begin(
        self, operation: Operation, grant: Grant, at: datetime, audit: Sequence[AuditDraft]
    ) -> tuple[JournalEntry, bool]:
        """In one transaction: check the lease epoch, write the intent and its audit entries.

        An operation that is there already is returned as it stands, with False; the lease is checked first even then,
        because a stale owner has no business to look whether it may go on. Raises StaleLease, Unhealthy.
        """

        def work(connection: Connection) -> tuple[JournalEntry, bool]:
            _require_epoch(connection, grant)
            entry = JournalEntry(operation=operation, state="intent", epoch=grant.epoch, at=at)
            row = {
                "id": operation.id,
                "incident_id": operation.incident_id,
                "state": entry.state,
                "epoch": entry.epoch,
                "at": moment(at),
                "detail": entry.detail,
                "body": dump(operation),
            }
            if not insert_unless(connection, operations, "id", row):
                return _standing(connection, operation.id), False
            self._database.chain.append(connection, audit)
            return entry, True

        return await self._database.write(work)

    async def finish(
        self,
        operation_id: str,
        state: Literal["done", "refused", "failed"],
        at: datetime,
        detail: str,
        audit: Sequence[AuditDraft],
    ) -> JournalEntry:
        """Write how it ended, once: a second call returns what stands and adds nothing. Raises NotFound.

        It asks for no lease: what happened is a fact, whoever owns the lease by now.
        """

        def work(connection: Connection) -> JournalEntry:
            open_one = (operations.c.id == operation_id) & (operations.c.state == "intent")
            ended = update(operations).where(open_one).values(state=state, ended_at=moment(at), detail=detail)
            if connection.execute(ended).rowcount == 1:
                self._database.chain.append(connection, audit)
            return _standing(connection, operation_id)

        return await self._database.write(work)

    async def get(self, operation_id: str) -> JournalEntry | None:
        """Return one entry."""
        return await self._database.read(lambda connection: _find(connection, operation_id))

    async def recent(self, since: datetime) -> list[JournalEntry]:
        """Return operations that began after `since`, newest first."""
        statement = select(operations).where(operations.c.at > moment(since))
        statement = statement.order_by(operations.c.at.desc(), operations.c.id.desc())
        return await self._database.read(lambda connection: [_entry(row) for row in connection.execute(statement)])


def _require_epoch(connection: Connection, grant: Grant) -> None:
    """Raise StaleLease unless the grant is the present one; nobody takes the lease over before this transaction ends.

    Without the lock a new owner could have the lease, and have read the journal, before an intent of the old one is in it.
    """
    row = connection.execute(select(leases).where(leases.c.name == grant.name).with_for_update(read=True)).first()
    if row is None or row.epoch != grant.epoch or row.holder != grant.holder:
        now = f"{row.holder or 'nobody'} with epoch {row.epoch}" if row else "nobody"
        raise StaleLease(
            f"lease {grant.name!r} is held by {now}, not by {grant.holder} with epoch {grant.epoch}: "
            "this process must not write; acquire the lease again"
        )


def _find(connection: Connection, operation_id: str) -> JournalEntry | None:
    row = connection.execute(select(operations).where(operations.c.id == operation_id)).first()
    return None if row is None else _entry(row)


def _standing(connection: Connection, operation_id: str) -> JournalEntry:
    entry = _find(connection, operation_id)
    if entry is None:
        raise NotFound(f"there is no operation {operation_id} in the journal: it was never begun")
    return entry


def _entry(row: Row[Any]) -> JournalEntry:
    """Read a row. Raises Unhealthy for one that cannot be read: taking it for none could repeat an effect."""
    operation = load(Operation, row.body, f"operations={row.id}")
    if operation is None:
        raise Unhealthy(
            f"operation {row.id} is stored in a form that cannot be read; nothing is written to a cluster until it is"
        )
    return JournalEntry(
        operation=operation,
        state=row.state,
        epoch=row.epoch,
        at=parse(row.at),
        ended_at=parse_or_none(row.ended_at),
        detail=row.detail,
    )
