"""A journal and an audit log in memory, with the same promises as the store's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from firstresponder.audit.entry import link
from firstresponder.errors import NotFound, StaleLease, Unhealthy
from firstresponder.model import AuditDraft, AuditEntry, Grant, JournalEntry, Operation


class MemoryAudit:
    """An `AuditLog` that keeps entries in a list; `broken` makes every append fail."""

    def __init__(self) -> None:
        """Start empty."""
        self.kept: list[AuditEntry] = []
        self.broken = False

    def words(self) -> list[str]:
        """What was recorded, in order."""
        return [entry.what for entry in self.kept]

    def add(self, drafts: Sequence[AuditDraft]) -> list[AuditEntry]:
        """Chain and keep. Raises Unhealthy when broken."""
        if self.broken:
            raise Unhealthy("the audit in memory was told to fail")
        made: list[AuditEntry] = []
        for draft in drafts:
            made.append(link(draft, self.kept[-1] if self.kept else None))
            self.kept.append(made[-1])
        return made

    async def append(self, drafts: Sequence[AuditDraft]) -> list[AuditEntry]:
        """Chain and keep. Raises Unhealthy when broken."""
        return self.add(drafts)

    async def entries(self, *, incident_id: str = "", after: int = 0) -> AsyncIterator[AuditEntry]:
        """Yield entries in order."""
        for entry in list(self.kept):
            if entry.seq > after and incident_id in {"", entry.incident_id}:
                yield entry

    async def head(self) -> AuditEntry | None:
        """Return the last entry."""
        return self.kept[-1] if self.kept else None


class MemoryJournal:
    """A `Journal` in memory. `epochs` says which epoch of each lease is current; `broken` makes every call fail."""

    def __init__(self, audit: MemoryAudit) -> None:
        """Write audit entries to `audit`, in the same step as the journal's."""
        self.audit = audit
        self.kept: dict[str, JournalEntry] = {}
        self.epochs: dict[str, int] = {}
        self.broken = False

    def _sound(self) -> None:
        if self.broken:
            raise Unhealthy("the journal in memory was told to fail")

    async def begin(
        self, operation: Operation, grant: Grant, at: datetime, audit: Sequence[AuditDraft]
    ) -> tuple[JournalEntry, bool]:
        """Check the epoch, keep the intent and its audit entries. Raises StaleLease, Unhealthy."""
        self._sound()
        current = self.epochs.get(grant.name, grant.epoch)
        if grant.epoch != current:
            raise StaleLease(f"lease {grant.name!r}: epoch {grant.epoch} is held, {current} is current")
        if operation.id in self.kept:
            return self.kept[operation.id], False
        self.audit.add(audit)
        entry = JournalEntry(operation=operation, state="intent", epoch=grant.epoch, at=at)
        self.kept[operation.id] = entry
        return entry, True

    async def finish(
        self,
        operation_id: str,
        state: Literal["done", "refused", "failed"],
        at: datetime,
        detail: str,
        audit: Sequence[AuditDraft],
    ) -> JournalEntry:
        """Write how it ended, once. Raises NotFound, Unhealthy."""
        self._sound()
        entry = self.kept.get(operation_id)
        if entry is None:
            raise NotFound(f"no operation {operation_id!r} was begun")
        if entry.state == "intent":
            self.audit.add(audit)
            entry = msgspec.structs.replace(entry, state=state, ended_at=at, detail=detail)
            self.kept[operation_id] = entry
        return entry

    async def get(self, operation_id: str) -> JournalEntry | None:
        """Return one entry. Raises Unhealthy."""
        self._sound()
        return self.kept.get(operation_id)

    async def recent(self, since: datetime) -> list[JournalEntry]:
        """Return operations that began after `since`, newest first. Raises Unhealthy."""
        self._sound()
        return sorted((entry for entry in self.kept.values() if entry.at > since), key=lambda entry: entry.at, reverse=True)
