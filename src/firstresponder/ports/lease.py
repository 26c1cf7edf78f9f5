"""Who may work: a named lease with an epoch."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Grant


class Lease(Protocol):
    """Leases by name; times are in seconds."""

    async def acquire(self, name: str, holder: str, ttl: float) -> Grant | None:
        """Take it if it is free, expired, or already ours (same holder: same epoch, extended). None if another holds it.

        A new owner gets the next epoch.
        """
        ...

    async def renew(self, grant: Grant, ttl: float) -> Grant | None:
        """Extend it; None if it was lost meanwhile."""
        ...

    async def release(self, grant: Grant) -> None:
        """Give it up now; losing it before is no error."""
        ...

    async def current(self, name: str) -> Grant | None:
        """Return the present owner, or None when free or expired."""
        ...
