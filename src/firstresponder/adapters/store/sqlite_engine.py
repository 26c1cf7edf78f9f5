"""Connections to the SQLite file: one that writes, a few that read."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

BUSY_SECONDS = 5.0
"""How long a connection waits for another process's write before it gives up."""


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # isolation_level None: transactions begin where we say so, not where the driver guesses.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _writing(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "rw")
    try:
        _to_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")  # in WAL mode: the log is synced at every commit
    except BaseException:
        connection.close()
        raise
    return connection


def _to_wal(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on. SQLite does not wait for others here, so two first openers must take turns."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _reading(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "ro")
    connection.execute("PRAGMA query_only = ON")
    return connection


def writer_engine(path: Path) -> Engine:
    """Return an engine whose transactions take the write lock at once (`BEGIN IMMEDIATE`), so that none fails half way."""
    engine = create_engine("sqlite+pysqlite://", creator=lambda: _writing(path), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader_engine(path: Path, size: int) -> Engine:
    """Return an engine of at most `size` connections that cannot write; a statement sees all that was committed before it."""
    return create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _reading(path),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
    )
