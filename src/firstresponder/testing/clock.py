"""A clock that moves only when told, and ids that count."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """A `Clock` whose `sleep` moves time on at once."""

    def __init__(self, start: datetime = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)) -> None:
        """Begin at `start`."""
        self.time = start
        self.ticks = 1000.0

    def now(self) -> datetime:
        """Return the time it stands at."""
        return self.time

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; moves together with the time."""
        return self.ticks

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.time += timedelta(seconds=seconds)
        self.ticks += seconds

    async def sleep(self, seconds: float) -> None:
        """Move on and let others run."""
        self.advance(seconds)
        await asyncio.sleep(0)


class FakeIds:
    """Ids that count: `inc-0001`, `inc-0002` and so on."""

    def __init__(self) -> None:
        """Start at one."""
        self.made = 0

    def incident(self) -> str:
        """Return the next id."""
        self.made += 1
        return f"inc-{self.made:04d}"

    def holder(self) -> str:
        """Return the fake process's name."""
        return "holder-1"
