"""`Access` and `Folder` that say what a test wants to hear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from firstresponder.errors import FirstresponderError
from firstresponder.model import Permission, Room

GIB = 2**30
ROOMY = Room(path="data", there=True, writable=True, total=100 * GIB, free=50 * GIB, database=GIB // 1024, waiting=0)


class FakeAccess:
    """May do everything but what `denied` says; answers are counted."""

    def __init__(self, denied: Callable[[Permission], bool] = lambda _: False, at: datetime | None = None) -> None:
        """`at` is the server's clock, None where it does not tell."""
        self.denied = denied
        self.at = at
        self.version = "v1.31.0"
        self.broken: FirstresponderError | None = None
        self.asked: list[Permission] = []

    async def may(self, permission: Permission) -> tuple[bool, str]:
        """Answer, or raise what `broken` is."""
        if self.broken is not None:
            raise self.broken
        self.asked.append(permission)
        return (False, "no rule") if self.denied(permission) else (True, "")

    async def server(self) -> tuple[str, datetime | None]:
        """Answer, or raise what `broken` is."""
        if self.broken is not None:
            raise self.broken
        return self.version, self.at


class FakeFolder:
    """A folder with much room and no kept head, until told otherwise."""

    def __init__(self, room: Room = ROOMY, head: tuple[int, str] | None = None) -> None:
        """Stand for a data folder."""
        self.now = room
        self.head = head
        self.broken: FirstresponderError | None = None

    async def room(self) -> Room:
        """Answer, or raise what `broken` is."""
        if self.broken is not None:
            raise self.broken
        return self.now

    async def kept_head(self) -> tuple[int, str] | None:
        """Answer, or raise what `broken` is."""
        if self.broken is not None:
            raise self.broken
        return self.head
