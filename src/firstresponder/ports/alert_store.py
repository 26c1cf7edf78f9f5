"""Alerts on disk. A 2xx to a sender means that `append` returned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from firstresponder.model import Alert, StoredAlert


class AlertStore(Protocol):
    """Every alert that was ever accepted, one row per (fingerprint, starts_at)."""

    async def append(self, alerts: Sequence[Alert]) -> None:
        """Store durably (committed and synced) before returning.

        A repeat of the same alert in the same status only counts a delivery; a change (new, or firing → resolved)
        is marked as not yet correlated. A late "firing" never reopens a start that was resolved.
        Raises Unhealthy when nothing can be stored.
        """
        ...

    async def uncorrelated(self, limit: int) -> list[StoredAlert]:
        """Return the oldest rows that wait for correlation."""
        ...

    async def of_incident(self, incident_id: str) -> list[StoredAlert]:
        """Return the alerts of one incident, oldest first."""
        ...

    def export(self) -> AsyncIterator[Alert]:
        """Yield every stored alert, oldest first, in bounded memory."""
        ...
