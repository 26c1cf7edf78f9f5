"""Container logs."""

from __future__ import annotations

from typing import Protocol


class Logs(Protocol):
    """Reads the end of a container's log."""

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the last lines. Raises NotFound (no such pod, or no previous run), Forbidden, Unreachable."""
        ...
