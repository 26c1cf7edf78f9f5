"""Fresh names, handed in."""

from __future__ import annotations

from typing import Protocol


class Ids(Protocol):
    """Makes names that nobody had before."""

    def incident(self) -> str:
        """An incident id: short, sortable by time of birth, safe in a URL."""
        ...

    def holder(self) -> str:
        """The name of this process as a lease holder."""
        ...
