"""What we may do in a cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from firstresponder.model import Permission


class Access(Protocol):
    """Asks the API server about our own rights (SelfSubjectAccessReview) and its own state.

    Both raise NotFound where no cluster is configured, Unreachable and Forbidden.
    """

    async def may(self, permission: Permission) -> tuple[bool, str]:
        """Return whether we have that right, and the server's reason."""
        ...

    async def server(self) -> tuple[str, datetime | None]:
        """Return the server's version and its clock (from the Date header)."""
        ...
