"""Writing to SQLite: one connection, each write in a savepoint of the batch's transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from firstresponder.adapters.store.writer import AfterCommit, Job, Writer, deliver, groups
from firstresponder.errors import Unhealthy

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class SqliteWriter(Writer):
    """Owns the only connection of this process that writes."""

    def __init__(self, engine: Engine, before_commit: Callable[[Connection], AfterCommit | None]) -> None:
        """Connect and start; `before_commit` runs inside each transaction and may return what to do once it is committed."""
        self._before_commit = before_commit
        self._engine = engine
        self._connection: Connection | None = engine.connect()
        super().__init__()

    def _commit(self, batch: list[Job]) -> None:
        results: list[tuple[Job, Any]] = []
        failures: list[tuple[Job, BaseException]] = []
        try:
            connection = self._connection = self._connection or self._engine.connect()
            with connection.begin():
                for group in groups(batch):
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
        deliver(results, failures)

    def _let_go(self) -> None:
        self._disconnect()
        self._engine.dispose()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):  # what it held is lost either way; the next batch connects anew
                connection.invalidate()
                connection.close()


def _attempt(
    connection: Connection, group: list[Job], results: list[tuple[Job, Any]], failures: list[tuple[Job, BaseException]]
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


def explained(error: BaseException, what: str) -> Unhealthy:
    """Say what an error of the database means; `what` it could not do."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return Unhealthy(f"the store {what}: {cause}; check the disk and the data folder")


def _unhealthy(error: BaseException) -> Unhealthy:
    """Make one error per caller: they are raised in several tasks, and each keeps its own traceback."""
    if isinstance(error, Unhealthy):
        return Unhealthy(str(error))
    failure = explained(error, "could not write, and nothing of it was kept")
    failure.__cause__ = error
    return failure
