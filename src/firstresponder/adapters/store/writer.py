"""One thread that writes, with group commit.

All writes are queued. The thread takes everything that is waiting, runs each in a savepoint of one transaction, commits
once (one sync of the disk for all of them), and only then resolves the callers' futures. It begins as soon as it is free:
under load the batches grow by themselves, and a lone write waits for nobody. A write that fails is rolled back to its
savepoint and fails only its own caller.

Callers are coroutines of any event loop. Each loop is woken once per commit, not once per write: a wake is a system call,
and cost more than the insert that it reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from firstresponder.errors import Unhealthy

_log = structlog.get_logger(__name__)
T = TypeVar("T")
Together = Callable[[Connection, Sequence[Any]], None]
AfterCommit = Callable[[], None]

MAX_WAITING = 20_000
"""Writes that may wait; one more is refused, and the sender tries again."""

MAX_BATCH = 1_000
"""Writes in one transaction, so that the first of a flood is not acknowledged with the last."""


@dataclass(slots=True, eq=False)
class _Job:
    future: asyncio.Future[Any]
    work: Callable[[Connection], Any]
    together: Together | None = None
    payload: Any = None


class Writer:
    """Owns the only connection that writes."""

    def __init__(self, engine: Engine, before_commit: Callable[[Connection], AfterCommit | None]) -> None:
        """Connect and start; `before_commit` runs inside each transaction and may return what to do once it is committed."""
        self.commits = 0
        self._before_commit = before_commit
        self._waiting: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._engine = engine
        self._connection: Connection | None = engine.connect()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Queue one write; the future, of the running loop, resolves after its commit.

        A write whose future is cancelled before its turn is not done. Raises Unhealthy when closed or too far behind.
        """
        return self._enqueue(_Job(asyncio.get_running_loop().create_future(), work))

    def submit_together(self, together: Together, payload: Any) -> asyncio.Future[None]:
        """Queue a write that may share one statement with all others waiting that name the same `together`."""
        future = asyncio.get_running_loop().create_future()
        return self._enqueue(_Job(future, lambda connection: together(connection, [payload]), together, payload))

    def close(self) -> None:
        """Finish what is queued, then stop. Blocks; a second call waits for the first."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _enqueue(self, job: _Job) -> asyncio.Future[Any]:
        with self._wake:
            if self._closed:
                raise Unhealthy("the store is closed: nothing can be written any more; open it again")
            if len(self._waiting) >= MAX_WAITING:
                raise Unhealthy(f"the store is behind: {MAX_WAITING} writes are waiting; check the disk, and try again later")
            self._waiting.append(job)
            self._wake.notify()
        return job.future

    def _take(self) -> list[_Job]:
        """Return all that waits (blocking until there is something), or nothing when closed and done."""
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closed)
            count = min(len(self._waiting), MAX_BATCH)
            return [self._waiting.popleft() for _ in range(count)]

    def _run(self) -> None:
        try:
            while batch := self._take():
                self._commit([job for job in batch if not job.future.cancelled()])
        finally:
            self._disconnect()

    def _commit(self, batch: list[_Job]) -> None:
        if not batch:
            return
        results: list[tuple[_Job, Any]] = []
        failures: list[tuple[_Job, BaseException]] = []
        try:
            connection = self._connection = self._connection or self._engine.connect()
            with connection.begin():
                for group in _groups(batch):
                    _attempt(connection, group, results, failures)
                after = self._before_commit(connection)
            self.commits += 1
        except Exception as error:  # noqa: BLE001 - whatever it was, every caller must hear of it and the thread must live
            done = {id(job) for job, _ in failures}
            failures += [(job, _unhealthy(error)) for job in batch if id(job) not in done]
            results, after = [], None
            self._disconnect()  # a commit that failed may leave its transaction open, and the next could not begin
        if after is not None:
            try:
                after()
            except Exception:  # noqa: BLE001 - the commit stands: callers are told so, whatever went wrong after it
                _log.exception("store.after_commit")
        _deliver(results, failures)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):  # what it held is lost either way; the next batch connects anew
                connection.invalidate()
                connection.close()


def _attempt(
    connection: Connection, group: list[_Job], results: list[tuple[_Job, Any]], failures: list[tuple[_Job, BaseException]]
) -> None:
    """Run one job, or several as one statement; when those fail together, each gets its own try."""
    together = group[0].together
    try:
        if together is not None and len(group) > 1:
            _in_savepoint(connection, lambda inner: together(inner, [job.payload for job in group]))
            results += [(job, None) for job in group]
        else:
            results.append((group[0], _in_savepoint(connection, group[0].work)))
    except _TransactionLost:
        raise
    except Exception as error:  # noqa: BLE001 - the caller's own error goes to the caller
        if len(group) > 1:
            for job in group:
                _attempt(connection, [job], results, failures)
        else:
            failures.append((group[0], _unhealthy(error) if isinstance(error, SQLAlchemyError) else error))


def _in_savepoint(connection: Connection, work: Callable[[Connection], T]) -> T:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = work(connection)
    except Exception as error:
        # A full disk or an I/O error ends the whole transaction inside SQLite: then no job of this batch is safe.
        driver = connection.connection.driver_connection
        if driver is None or not driver.in_transaction:
            raise _TransactionLost(str(error)) from error
        connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")
        raise
    connection.exec_driver_sql("RELEASE job")
    return result


class _TransactionLost(Exception):
    """The database gave up the transaction under us."""


def _deliver(results: list[tuple[_Job, Any]], failures: list[tuple[_Job, BaseException]]) -> None:
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


def _groups(batch: list[_Job]) -> list[list[_Job]]:
    """Split into single jobs and, first, one group per shared statement."""
    shared: dict[Together, list[_Job]] = {}
    single: list[list[_Job]] = []
    for job in batch:
        if job.together is None:
            single.append([job])
        else:
            shared.setdefault(job.together, []).append(job)
    return [*shared.values(), *single]


def _unhealthy(error: BaseException) -> Unhealthy:
    """Make one error per caller: they are raised in several tasks, and each keeps its own traceback."""
    if isinstance(error, Unhealthy):
        return Unhealthy(str(error))
    cause = getattr(error, "orig", None) or error.__cause__ or error
    failure = Unhealthy(f"the store could not write: {cause}; nothing of it was kept; check the disk and the data folder")
    failure.__cause__ = error
    return failure
