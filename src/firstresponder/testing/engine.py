"""An engine in memory: keeps what steps said, in JSON, and can lose its process between any two lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import msgspec

from firstresponder.correlation.advance import Start
from firstresponder.model import Noun

T = TypeVar("T", bound=Noun)


class InlineEngine:
    """Runs stories as tasks of the running loop; results survive `restart`, as in a durable engine."""

    def __init__(self) -> None:
        """Nothing ran yet."""
        self.kept: dict[tuple[str, int], bytes] = {}
        self.statuses: dict[str, str] = {}
        self.started: list[str] = []
        self.errors: list[BaseException] = []
        self._stories: dict[str, Callable[[str, int, str], Coroutine[Any, Any, None]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: dict[asyncio.Task[Any], tuple[str, int]] = {}

    def tell(self, name: str, story: Callable[[str, int, str], Coroutine[Any, Any, None]]) -> None:
        """Register a story."""
        self._stories[name] = story

    async def step(self, name: str, form: type[T], do: Callable[[], Awaitable[T]]) -> T:
        """Run `do` unless this step of this workflow is kept; the result goes through JSON each time."""
        task = asyncio.current_task()
        if task is None or task not in self._running:
            return await do()
        workflow, number = self._running[task]
        self._running[task] = (workflow, number + 1)
        if (workflow, number) not in self.kept:
            self.kept[workflow, number] = msgspec.json.encode([name, await do()])
        said, result = msgspec.json.decode(self.kept[workflow, number])
        if said != name:
            raise RuntimeError(f"replay of {workflow} took another branch: step {number} was {said!r}, now {name!r}")
        return msgspec.convert(result, form)

    async def ensure(self, start: Start) -> str:
        """Start the workflow unless it was started before; return its status now."""
        if start.id not in self._tasks and self.statuses.get(start.id) not in ("SUCCESS", "ERROR"):
            self.started.append(start.id)
            self.statuses[start.id] = "PENDING"
            self._tasks[start.id] = asyncio.create_task(self._run(start))
        return self.statuses[start.id]

    async def _run(self, start: Start) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a workflow runs as a task")
        self._running[task] = (start.id, 0)
        try:
            await self._stories[start.workflow](start.incident_id, start.n, start.plan_digest)
        except Exception as error:  # noqa: BLE001 - as the durable engine does: it is the workflow's status
            self.statuses[start.id] = "ERROR"
            self.errors.append(error)
        else:
            self.statuses[start.id] = "SUCCESS"
        finally:
            del self._running[task]

    def kill(self) -> None:
        """End every workflow where it stands, as the death of the process would."""
        for task in self._tasks.values():
            task.cancel()

    async def idle(self) -> None:
        """Wait until no workflow runs."""
        while running := [task for task in self._tasks.values() if not task.done()]:
            await asyncio.wait(running)

    def busy(self) -> bool:
        """Whether any workflow runs."""
        return any(not task.done() for task in self._tasks.values())
