"""Operations on clusters, written down before they happen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from firstresponder.model import AuditDraft, Grant, JournalEntry, Operation


class Journal(Protocol):
    """What was meant, and how far it got."""

    async def begin(
        self, operation: Operation, grant: Grant, at: datetime, audit: Sequence[AuditDraft]
    ) -> tuple[JournalEntry, bool]:
        """In one transaction: check the lease epoch, write the intent and its audit entries.

        If the operation is there already it is returned as it stands, with False, and no audit entry is added.
        Raises StaleLease when `grant.epoch` is not the current one of `grant.name`; Unhealthy when it cannot be stored.
        """
        ...

    async def finish(
        self,
        operation_id: str,
        state: Literal["done", "refused", "failed"],
        at: datetime,
        detail: str,
        audit: Sequence[AuditDraft],
    ) -> JournalEntry:
        """Write how it ended, once: a second call returns what stands and adds nothing."""
        ...

    async def get(self, operation_id: str) -> JournalEntry | None:
        """Return one entry."""
        ...

    async def recent(self, since: datetime) -> list[JournalEntry]:
        """Return operations that began after `since`, newest first."""
        ...
