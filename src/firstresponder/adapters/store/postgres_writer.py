"""Writing to PostgreSQL: a batch is one transaction without savepoints, and falls apart into single ones when it fails.

Other replicas write at the same time, so a transaction may be undone through nobody's fault (a deadlock, a serialization
failure); it is then run again. A savepoint around each write, as on SQLite, would cost two more round trips each, in
every batch, for failures that are rare.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from firstresponder.adapters.store.writer import AfterCommit, Job, Writer, deliver, groups
from firstresponder.errors import Unhealthy

TRIES = 6
"""How often a transaction is tried that the database undid for the sake of another one."""

PAUSE = 0.02
"""Seconds before the second try; each further one waits twice as long, and a little by chance."""

UNDONE = {"40001", "40P01"}
"""serialization_failure, deadlock_detected: SQLSTATE, PostgreSQL's manual, appendix A."""

_log = structlog.get_logger(__name__)

Explain = Callable[[BaseException, str], Unhealthy]
Results = list[tuple[Job, Any]]
Failures = list[tuple[Job, BaseException]]


class PostgresWriter(Writer):
    """One lane of writes; each transaction takes a connection that was found alive."""

    def __init__(
        self,
        engine: Engine,
        before_commit: Callable[[Connection], AfterCommit | None],
        explain: Explain,
        *,
        max_batch: int,
    ) -> None:
        """Start; `before_commit` runs inside each transaction and may return what to do once it is committed."""
        self._engine = engine
        self._before_commit = before_commit
        self._explain = explain
        super().__init__(max_batch)

    def _let_go(self) -> None:
        self._engine.dispose()

    def _commit(self, batch: list[Job]) -> None:
        results: Results = []
        failures: Failures = []
        self._settle(groups(batch), results, failures)
        deliver(results, failures)

    def _settle(self, parts: list[list[Job]], results: Results, failures: Failures) -> None:
        """Write all of it in one transaction; if that fails, each part in its own, and at last each job."""
        jobs = [job for part in parts for job in part]
        try:
            results += self._transaction(parts)
        except Exception as error:  # noqa: BLE001 - whatever it was, every caller must hear of it and the thread must live
            if len(jobs) == 1 or isinstance(error, _LostError):
                failures += [(job, self._failure(error)) for job in jobs]
                return
            for smaller in ([part] for part in parts) if len(parts) > 1 else ([[job]] for job in jobs):
                self._settle(smaller, results, failures)

    def _transaction(self, parts: list[list[Job]]) -> Results:
        """Run it, again while the database undoes it or a connection dies under it."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(parts)
            except DBAPIError as error:
                lost = error.connection_invalidated
                if not lost and getattr(error.orig, "sqlstate", None) not in UNDONE:
                    raise
                # Of what was lost before its commit nothing was kept: once more, on a new connection, is safe.
                if attempt == (2 if lost else TRIES):
                    if lost:
                        raise _LostError(self._explain(error, "could not write, and nothing of it was kept")) from error
                    raise
                _log.info("store.again", attempt=attempt, why=str(error.orig).strip().splitlines()[0])
            time.sleep(PAUSE * 2**attempt * (0.5 + secrets.randbelow(1000) / 2000))
        raise AssertionError("unreachable: the last try returns or raises")

    def _once(self, parts: list[list[Job]]) -> Results:
        results: Results = []
        with self._connected() as connection:
            transaction = connection.begin()
            for part in parts:
                results += _run(connection, part)
            after = self._before_commit(connection)
            try:
                transaction.commit()
            except DBAPIError as error:
                if error.connection_invalidated:
                    words = "lost the connection in the middle of a commit, and whether it was kept is not known"
                    raise _LostError(self._explain(error, words)) from error
                raise
        self.commits += 1
        if after is not None:
            try:
                after()
            except Exception:  # noqa: BLE001 - the commit stands: callers are told so, whatever went wrong after it
                _log.exception("store.after_commit")
        return results

    def _connected(self) -> Connection:
        try:
            return self._engine.connect()
        except SQLAlchemyError as error:
            raise _LostError(self._explain(error, "cannot be reached, and nothing was kept")) from error

    def _failure(self, error: BaseException) -> BaseException:
        """Make one error per caller: they are raised in several tasks, and each keeps its own traceback."""
        if isinstance(error, _LostError):
            failure: BaseException = Unhealthy(str(error))
        elif isinstance(error, SQLAlchemyError):
            failure = self._explain(error, "could not write, and nothing of it was kept")
        else:
            return error
        failure.__cause__ = error
        return failure


class _LostError(Exception):
    """The connection is gone for good; trying the parts one by one would only wait for each of them."""


def _run(connection: Connection, part: list[Job]) -> Results:
    together = part[0].together
    if together is not None and len(part) > 1:
        together(connection, [job.payload for job in part])
        return [(job, None) for job in part]
    return [(job, job.work(connection)) for job in part]
