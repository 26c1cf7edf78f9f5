"""The data folder as a thing of this machine: its disk, and what is kept there beside the database."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Room


class Folder(Protocol):
    """Looks only."""

    async def room(self) -> Room:
        """Return how much space there is, and how much the database takes. Raises Unhealthy when it cannot be known."""
        ...

    async def kept_head(self) -> tuple[int, str] | None:
        """Return number and hash of the audit's last entry as kept outside the database, None when none is kept.

        Raises Unhealthy when there is one that cannot be read.
        """
        ...
