"""The audit: append-only, chained by the store under a lock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from firstresponder.model import AuditDraft, AuditEntry


class AuditLog(Protocol):
    """Entries in order; nothing here edits or removes one."""

    async def append(self, drafts: Sequence[AuditDraft]) -> list[AuditEntry]:
        """Chain and store. Raises Unhealthy when it cannot."""
        ...

    def entries(self, *, incident_id: str = "", after: int = 0) -> AsyncIterator[AuditEntry]:
        """Yield entries in order, in bounded memory."""
        ...

    async def head(self) -> AuditEntry | None:
        """Return the last entry."""
        ...
