"""The switch that stops all new writes."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import AuditDraft, Hold


class KillSwitch(Protocol):
    """Read uncached at the gate."""

    async def engaged(self) -> Hold | None:
        """Return who engaged it and why, or None. Raises Unhealthy when that cannot be known."""
        ...

    async def engage(self, hold: Hold, audit: AuditDraft) -> None:
        """Engage it. Engaging twice keeps the first."""
        ...

    async def release(self, audit: AuditDraft) -> bool:
        """Release it; False if a file still holds it."""
        ...
