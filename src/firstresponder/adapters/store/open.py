"""Opening the store: in the data folder (its files, their modes, the schema, the kept head), or on PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from firstresponder.adapters.store.chain import HEAD_FILE, AuditChain, check_head, last_entry, read_head, write_head
from firstresponder.adapters.store.database import READERS, Database
from firstresponder.adapters.store.open_postgres import open_postgres
from firstresponder.adapters.store.revision import check_revision, up_to_date
from firstresponder.adapters.store.sqlite_engine import reader_engine, writer_engine
from firstresponder.adapters.store.sqlite_writer import SqliteWriter, explained
from firstresponder.adapters.store.store import Store
from firstresponder.audit.entry import Head, head_of
from firstresponder.config import Database as Settings
from firstresponder.errors import BadConfig, FirstresponderError, Unhealthy
from firstresponder.model import settle
from firstresponder.ports.clock import Clock

DATABASE_FILE = "app.db"

_log = structlog.get_logger(__name__)


def open_store(data_dir: Path, clock: Clock, *, database: Settings | None = None, read_only: bool = False) -> Store:
    """Open the store, making and migrating it if need be (not when read-only). Blocks.

    With a URL in `database` it is on PostgreSQL (see `open_postgres`), and only the kept head and the KILL file are in this
    folder; without one everything is in this folder. The folder is made with mode 0700, files are 0600. Raises BadConfig
    when it cannot be used, Unhealthy when what is in it cannot be trusted: no database, a newer schema, or an audit that
    no longer holds its kept head.
    """
    settle()  # the readers are threads
    if database is not None and database.url:
        return open_postgres(data_dir, clock, database, read_only=read_only)
    path = data_dir / DATABASE_FILE
    if read_only:
        if not path.is_file():
            raise BadConfig(f"{path}: there is no store here to read; give the data folder of a Firstresponder that ran")
        kept = None
    else:
        _make_files(data_dir, path)
        kept = read_head(data_dir)
    engine = reader_engine(path, 1) if read_only else writer_engine(path)
    try:
        with engine.connect() as connection:
            if read_only:
                _check_schema(connection, path)
            else:
                kept = _prepare(connection, path, kept)
    except FirstresponderError:
        raise
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise _explained(path, error) from error
    finally:
        engine.dispose()
    chain = AuditChain(data_dir, kept)
    writer = None if read_only else SqliteWriter(writer_engine(path), chain.before_commit)
    readers = reader_engine(path, READERS)
    return Store(Database(str(path), chain, readers, writer=writer, taker=writer, explain=explained), data_dir, clock)


def _make_files(data_dir: Path, path: Path) -> None:
    """Make folder and file before SQLite does, so that they are never open to others, not even for a moment."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)  # -wal and -shm take the mode of the database
    except OSError as error:
        raise BadConfig(
            f"{path}: cannot be made or used ({error.strerror}); give a data folder that this user may write"
        ) from error


def _prepare(connection: Connection, path: Path, kept: Head | None) -> Head | None:
    """Bring the schema up to date and compare the audit's end with the kept head, in one transaction; returns the head."""
    with connection.begin():
        if not up_to_date(_check_schema(connection, path, missing_ok=True)):
            from firstresponder.adapters.store.migrate import upgrade  # noqa: PLC0415 - Alembic costs 0.2 s: only when needed

            upgrade(connection)
        last = last_entry(connection)
        check_head(connection, kept, last)
    if kept is None and last is not None:
        kept = head_of(last)
        _log.warning("audit.head_missing", expected=str(path.parent / HEAD_FILE), seq=kept.seq, hash=kept.hash)
        write_head(path.parent, kept)
    return kept


def _check_schema(connection: Connection, path: Path, *, missing_ok: bool = False) -> str | None:
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    return check_revision(connection, str(path), tables, missing_ok=missing_ok)


def _explained(path: Path, error: Exception) -> FirstresponderError:
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}:
        return BadConfig(f"{path}: cannot be opened ({cause}); give a data folder that this user may read and write")
    return Unhealthy(f"{path}: cannot be used as a store ({cause}); restore a backup, or move the file away to begin anew")
