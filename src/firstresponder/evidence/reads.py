"""Reads of one investigation: each question is asked once, and the number of questions is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from firstresponder.errors import FirstresponderError
from firstresponder.model import Json
from firstresponder.ports.cluster_read import ClusterRead

# More objects than this of one kind and selector tell a person nothing more.
PAGE = 200


class BudgetSpent(FirstresponderError):
    """The investigation has used up its API calls. It ends as a gap and never leaves the evidence stage."""


class ApiBudget:
    """How many API calls may still be made."""

    def __init__(self, max_calls: int) -> None:
        """Allow `max_calls` calls."""
        self.max_calls = max_calls
        self.calls = 0

    def spend(self, what: str) -> None:
        """Count one call. Raises BudgetSpent when none is left."""
        if self.calls >= self.max_calls:
            raise BudgetSpent(
                f"{what} was not read: all {self.max_calls} API calls of this investigation are used (max_api_calls)"
            )
        self.calls += 1


class CachedRead:
    """A `ClusterRead` that remembers answers (and refusals) and lets those who ask the same share one call."""

    def __init__(self, read: ClusterRead, budget: ApiBudget) -> None:
        """Read through `read`, at the cost of `budget`."""
        self._read = read
        self.budget = budget
        self._asked: dict[tuple[str, ...], asyncio.Task[Json]] = {}

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object. Raises NotFound, Forbidden, Unreachable, BudgetSpent."""
        return await self._once(("get", kind, namespace, name), lambda: self._read.get(kind, namespace, name))

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = PAGE) -> list[Json]:
        """Return at most `limit` objects. Raises Forbidden, Unreachable, BudgetSpent."""
        found: list[Json] = await self._once(
            ("list", kind, namespace, labels, fields, str(limit)),
            lambda: self._read.list(kind, namespace, labels=labels, fields=fields, limit=limit),
        )
        return found

    def seen(self) -> tuple[Json, ...]:
        """Return every object that was answered with, in the order of the questions."""
        done = [task for task in self._asked.values() if task.done() and not task.cancelled() and task.exception() is None]
        answers = [task.result() for task in done]
        return tuple(obj for answer in answers for obj in ([answer] if isinstance(answer, dict) else answer))

    async def close(self) -> None:
        """Cancel calls that nobody waits for any more."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _once(self, key: tuple[str, ...], ask: Callable[[], Awaitable[Json]]) -> Json:
        if key not in self._asked:
            self.budget.spend(" ".join(part for part in key if part))
            self._asked[key] = asyncio.ensure_future(_await(ask))
        # Shielded: one collector that runs out of time must not take the answer from the others.
        return await asyncio.shield(self._asked[key])


async def _await(ask: Callable[[], Awaitable[Json]]) -> Json:
    return await ask()
