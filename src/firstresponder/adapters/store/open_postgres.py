"""Opening the store on PostgreSQL: the schema of its own, the migrations by one process at a time, the kept head."""

from __future__ import annotations

from pathlib import Path

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from firstresponder.adapters.store.chain import HEAD_FILE, AuditChain, check_head, last_entry, read_head, write_head
from firstresponder.adapters.store.database import READERS, Database
from firstresponder.adapters.store.postgres_engine import Place, engine_for, understood
from firstresponder.adapters.store.postgres_writer import PostgresWriter
from firstresponder.adapters.store.revision import check_revision, up_to_date
from firstresponder.adapters.store.store import Store
from firstresponder.audit.entry import Head, head_of
from firstresponder.config import Database as Settings
from firstresponder.errors import BadConfig, FirstresponderError, NotFound
from firstresponder.ports.clock import Clock

OLDEST = (13,)
"""The oldest PostgreSQL that is not refused."""

MIGRATION_SECONDS = 120
"""How long to wait while another replica migrates."""

MAX_BATCH = 50
"""Writes of the worker in one transaction: it holds the audit's lock from the first entry on, and others wait for it."""

MAX_TAKEN = 1_000
"""Webhook requests in one transaction."""

DENIED = "42501"  # insufficient_privilege

_log = structlog.get_logger(__name__)

_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
_MIGRATING = text("SELECT pg_advisory_xact_lock(hashtextextended('firstresponder/migrate/' || :schema, 0))")

# Text is compared byte by byte, as in SQLite, whatever the database's locale is. It also means that an upgrade of the
# machine's locales, which changes what an index of text holds to be sorted, cannot damage one of ours.
_BY_BYTES = text("""
SELECT format('ALTER TABLE %I ALTER COLUMN %I TYPE %s COLLATE "C"', c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND l.collname <> 'C'
ORDER BY c.relname, a.attnum
""")


def open_postgres(data_dir: Path, clock: Clock, settings: Settings, *, read_only: bool = False) -> Store:
    """Open the store, making and migrating its schema if need be (not when read-only). Blocks.

    Raises BadConfig for an address or a folder that cannot be used, Unhealthy when the database cannot be reached or what
    is in it cannot be trusted, NotFound where a reader finds nothing yet. No error names the password.
    """
    place = understood(settings)
    kept = None if read_only else _kept(data_dir)
    engine = engine_for(place, size=1, read_only=read_only)
    try:
        with engine.connect() as connection, connection.begin():
            _check_server(connection, place)
            if read_only:
                _check_schema(connection, place)
            else:
                kept = _prepare(connection, place, data_dir, kept)
    except FirstresponderError:
        raise
    except SQLAlchemyError as error:
        raise _explained(place, error) from error
    finally:
        engine.dispose()
    chain = AuditChain(data_dir, kept)
    readers = engine_for(place, size=READERS, autocommit=True, read_only=read_only)
    writer = taker = None
    if not read_only:
        # Two lanes: what takes alerts never waits for the worker's transactions, nor for the audit's lock that they hold.
        writer = PostgresWriter(engine_for(place, size=1), chain.before_commit, place.explained, max_batch=MAX_BATCH)
        taker = PostgresWriter(engine_for(place, size=1), lambda _: None, place.explained, max_batch=MAX_TAKEN)
    database = Database(str(place), chain, readers, writer=writer, taker=taker, explain=place.explained)
    return Store(database, data_dir, clock)


def _kept(data_dir: Path) -> Head | None:
    """Make this replica's folder, and read the head that it kept."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"{data_dir}: cannot be made ({error.strerror}); give a data folder that this user may write") from error
    return read_head(data_dir)


def _check_server(connection: Connection, place: Place) -> None:
    version = connection.dialect.server_version_info or ()
    if version < OLDEST:
        raise BadConfig(f"{place}: is PostgreSQL {'.'.join(map(str, version))}, expected {OLDEST[0]} or newer")
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise BadConfig(f"{place}: is encoded in {encoding}, expected UTF8; CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")


def _check_schema(connection: Connection, place: Place, *, missing_ok: bool = False) -> str | None:
    tables = connection.execute(_TABLES).scalars().all()
    if not tables and not missing_ok:
        raise NotFound(f"{place}: nothing is stored there yet; start Firstresponder once")
    return check_revision(connection, str(place), tables, missing_ok=missing_ok)


def _prepare(connection: Connection, place: Place, data_dir: Path, kept: Head | None) -> Head | None:
    """Bring the schema up to date and compare the audit's end with the kept head, in one transaction; returns the head."""
    if not up_to_date(_check_schema(connection, place, missing_ok=True)):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{MIGRATION_SECONDS}s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.execute(_MIGRATING, {"schema": place.schema})
        if not up_to_date(_check_schema(connection, place, missing_ok=True)):  # another replica may have been faster
            _migrate(connection, place)
    last = last_entry(connection)
    check_head(connection, kept, last)
    if kept is None and last is not None:
        kept = head_of(last)
        # A new replica begins with an empty folder; somebody who took the file away looks the same, so it is said.
        _log.info("audit.head_begun", file=str(data_dir / HEAD_FILE), seq=kept.seq, hash=kept.hash)
        write_head(data_dir, kept)
    return kept


def _migrate(connection: Connection, place: Place) -> None:
    from firstresponder.adapters.store.migrate import upgrade  # noqa: PLC0415 - Alembic costs 0.2 s: only when needed

    if connection.exec_driver_sql("SELECT current_schema()").scalar() is None:
        connection.exec_driver_sql(f'CREATE SCHEMA "{place.schema}"')
    upgrade(connection)
    for statement in connection.execute(_BY_BYTES).scalars().all():
        connection.exec_driver_sql(statement)


def _explained(place: Place, error: SQLAlchemyError) -> FirstresponderError:
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == DENIED:
        return BadConfig(
            f"{place}: its user lacks a right ({getattr(error.orig, 'diag', error).message_primary}); "  # type: ignore[union-attr]
            f"GRANT CREATE ON DATABASE to it, or make the schemas {place.schema} and {place.schema}_engine and let it own them"
        )
    return place.explained(error, "cannot be used as a store")
