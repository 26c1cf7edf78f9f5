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

    async def counts(self, incident_id: str) -> tuple[int, int]:
        """Return how many alerts of an incident fire, and how many it ever had."""
        ...

    async def incidents_of(self, fingerprints: Sequence[str]) -> dict[str, str]:
        """Return, for those of the fingerprints that were ever filed, the incident that took them last."""
        ...

    async def ping(self) -> None:
        """Return when alerts could be stored now. Raises Unhealthy."""
        ...

    def export(self) -> AsyncIterator[Alert]:
        """Yield every stored alert, oldest first, in bounded memory."""
        ...
