"""The audit, read and appended to; the chain itself is `chain.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import select

from firstresponder.adapters.store.chain import entry_of, last_entry
from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.schema import audit
from firstresponder.model import AuditDraft, AuditEntry

_PAGE = 500


class AuditRows:
    """The `AuditLog` port."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database

    async def append(self, drafts: Sequence[AuditDraft]) -> list[AuditEntry]:
        """Chain and store. Raises Unhealthy when it cannot, or when the chain was changed behind our back."""
        return await self._database.write(lambda connection: self._database.chain.append(connection, drafts))

    async def entries(self, *, incident_id: str = "", after: int = 0) -> AsyncIterator[AuditEntry]:
        """Yield entries with a `seq` above `after` in the order of `seq`, a page at a time."""
        while True:
            statement = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_PAGE)
            if incident_id:
                statement = statement.where(audit.c.incident_id == incident_id)
            rows = await self._database.read(lambda connection, page=statement: list(connection.execute(page)))  # type: ignore[misc]
            for row in rows:
                yield entry_of(row)
            if len(rows) < _PAGE:
                return
            after = rows[-1].seq

    async def head(self) -> AuditEntry | None:
        """Return the last entry."""
        return await self._database.read(last_entry)
