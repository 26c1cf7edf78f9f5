"""One thread that writes, with group commit.

All writes are queued. The thread takes everything that is waiting, runs it in one transaction, commits once (one sync of
the disk for all of them), and only then resolves the callers' futures. It begins as soon as it is free: under load the
batches grow by themselves, and a lone write waits for nobody. A write that fails is undone and fails only its own caller.

How a batch is written is each database's own: `sqlite_writer.py`, `postgres_writer.py`.

Callers are coroutines of any event loop. Each loop is woken once per commit, not once per write: a wake is a system call,
and cost more than the insert that it reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from firstresponder.errors import Unhealthy

T = TypeVar("T")
Together = Callable[[Connection, Sequence[Any]], None]
AfterCommit = Callable[[], None]

MAX_WAITING = 20_000
"""Writes that may wait; one more is refused, and the sender tries again."""

MAX_BATCH = 1_000
"""Writes in one transaction, so that the first of a flood is not acknowledged with the last."""


@dataclass(slots=True, eq=False)
class Job:
    """One write that waits, and who waits for it."""

    future: asyncio.Future[Any]
    work: Callable[[Connection], Any]
    together: Together | None = None
    payload: Any = None


class Writer(ABC):
    """The queue and the thread; a subclass says how a batch is written."""

    def __init__(self, max_batch: int = MAX_BATCH) -> None:
        """Start; at most `max_batch` writes are committed together."""
        self.commits = 0
        self._max_batch = max_batch
        self._waiting: deque[Job] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @abstractmethod
    def _commit(self, batch: list[Job]) -> None:
        """Write these, and `deliver` what became of each. Never raises."""

    @abstractmethod
    def _let_go(self) -> None:
        """Give up the connection: nothing more will be written."""

    def submit(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Queue one write; the future, of the running loop, resolves after its commit.

        A write whose future is cancelled before its turn is not done. Raises Unhealthy when closed or too far behind.
        """
        return self._enqueue(Job(asyncio.get_running_loop().create_future(), work))

    def submit_together(self, together: Together, payload: Any) -> asyncio.Future[None]:
        """Queue a write that may share one statement with all others waiting that name the same `together`."""
        future = asyncio.get_running_loop().create_future()
        return self._enqueue(Job(future, lambda connection: together(connection, [payload]), together, payload))

    def close(self) -> None:
        """Finish what is queued, then stop. Blocks; a second call waits for the first."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _enqueue(self, job: Job) -> asyncio.Future[Any]:
        with self._wake:
            if self._closed:
                raise Unhealthy("the store is closed: nothing can be written any more; open it again")
            if len(self._waiting) >= MAX_WAITING:
                raise Unhealthy(f"the store is behind: {MAX_WAITING} writes are waiting; check the disk, and try again later")
            self._waiting.append(job)
            self._wake.notify()
        return job.future

    def _take(self) -> list[Job]:
        """Return all that waits (blocking until there is something), or nothing when closed and done."""
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closed)
            count = min(len(self._waiting), self._max_batch)
            return [self._waiting.popleft() for _ in range(count)]

    def _run(self) -> None:
        try:
            while taken := self._take():
                if batch := [job for job in taken if not job.future.cancelled()]:
                    self._commit(batch)
        finally:
            self._let_go()


def deliver(results: list[tuple[Job, Any]], failures: list[tuple[Job, BaseException]]) -> None:
    """Resolve all futures, waking each loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any, BaseException | None]]] = {}
    for job, result in results:
        loops.setdefault(job.future.get_loop(), []).append((job.future, result, None))
    for job, failure in failures:
        loops.setdefault(job.future.get_loop(), []).append((job.future, None, failure))
    for loop, outcomes in loops.items():
        with contextlib.suppress(RuntimeError):  # a loop that was closed meanwhile: nobody waits there any more
            loop.call_soon_threadsafe(_resolve, outcomes)


def _resolve(outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for future, result, failure in outcomes:
        if future.done():  # cancelled while it was being written
            continue
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)


def groups(batch: list[Job]) -> list[list[Job]]:
    """Split into single jobs and, first, one group per shared statement."""
    shared: dict[Together, list[Job]] = {}
    single: list[list[Job]] = []
    for job in batch:
        if job.together is None:
            single.append([job])
        else:
            shared.setdefault(job.together, []).append(job)
    return [*shared.values(), *single]
