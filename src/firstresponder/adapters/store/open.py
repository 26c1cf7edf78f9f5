"""Opening the data folder: its files, their modes, the schema, the kept head; then the store over them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from firstresponder.adapters.store.alerts import AlertRows
from firstresponder.adapters.store.audit import AuditRows
from firstresponder.adapters.store.chain import HEAD_FILE, AuditChain, check_head, last_entry, read_head, write_head
from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.engine import reader_engine, writer_engine
from firstresponder.adapters.store.incidents import IncidentRows
from firstresponder.adapters.store.journal import JournalRows
from firstresponder.adapters.store.kill_switch import KillSwitchRow
from firstresponder.adapters.store.leases import LeaseRows
from firstresponder.adapters.store.outbox import OutboxRows
from firstresponder.adapters.store.schema import REVISIONS
from firstresponder.audit.entry import Head, head_of
from firstresponder.errors import BadConfig, FirstresponderError, Unhealthy
from firstresponder.model import settle
from firstresponder.ports.clock import Clock

DATABASE_FILE = "app.db"

_log = structlog.get_logger(__name__)


class Store:
    """One port per attribute, over one file. Every method may be awaited in any event loop."""

    def __init__(self, database: Database, data_dir: Path, clock: Clock) -> None:
        """Wire the ports to an open database."""
        self._database = database
        self.alerts = AlertRows(database)
        self.incidents = IncidentRows(database, clock)
        self.audit = AuditRows(database)
        self.journal = JournalRows(database)
        self.lease = LeaseRows(database, clock)
        self.outbox = OutboxRows(database)
        self.kill_switch = KillSwitchRow(database, data_dir)

    @property
    def commits(self) -> int:
        """Transactions committed since it was opened: far fewer than writes under load."""
        return self._database.writer.commits if self._database.writer else 0

    async def close(self) -> None:
        """Finish what is queued and let go of the file; later calls raise Unhealthy. Closing twice is no error."""
        await self._database.close()


def open_store(data_dir: Path, clock: Clock, *, read_only: bool = False) -> Store:
    """Open the store in this folder, making and migrating it if need be (not when read-only). Blocks.

    The folder is made with mode 0700, files are 0600. Raises BadConfig when the folder cannot be used, Unhealthy when what
    is in it cannot be trusted: no database, a newer schema, or an audit that no longer holds its kept head.
    """
    settle()  # the readers are threads
    path = data_dir / DATABASE_FILE
    if read_only:
        if not path.is_file():
            raise BadConfig(f"{path}: there is no store here to read; give the data folder of a Firstresponder that ran")
        kept = None
    else:
        _make_files(data_dir, path)
        kept = read_head(data_dir)
    engine = reader_engine(path) if read_only else writer_engine(path)
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
    database = Database(path, AuditChain(data_dir, kept), read_only=read_only)
    return Store(database, data_dir, clock)


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
        revision = _check_schema(connection, path, missing_ok=True)
        if revision != REVISIONS[-1]:
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
    """Return the schema's revision, None for an empty database. Raises Unhealthy for one that this program cannot use."""
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    revision: str | None = None
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    elif tables:
        raise Unhealthy(f"{path}: is a database of another program (it has the table {tables[0]!r}); give another data folder")
    if revision not in {None, *REVISIONS}:
        raise Unhealthy(
            f"{path}: has the schema {revision!r}, this program knows up to {REVISIONS[-1]!r}: it was written by a newer "
            "Firstresponder; start that version, or restore a backup"
        )
    if not missing_ok and revision != REVISIONS[-1]:
        raise Unhealthy(
            f"{path}: has the schema {revision or 'none'!r}, expected {REVISIONS[-1]!r}; "
            "start Firstresponder once to bring it up to date"
        )
    return revision


def _explained(path: Path, error: Exception) -> FirstresponderError:
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}:
        return BadConfig(f"{path}: cannot be opened ({cause}); give a data folder that this user may read and write")
    return Unhealthy(f"{path}: cannot be used as a store ({cause}); restore a backup, or move the file away to begin anew")
