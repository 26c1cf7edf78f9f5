"""Where SQLite and PostgreSQL differ inside a transaction.

On SQLite one transaction writes at a time (`BEGIN IMMEDIATE`), so whatever it reads stays true until it commits. On
PostgreSQL many replicas write at once, at READ COMMITTED: each statement sees what was committed before it began, and only
constraints, row locks and the locks here keep a fact true until the commit. Every look before a write takes one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

POSTGRESQL = "postgresql"

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('firstresponder/' || current_schema() || '/' || :name, 0))")


def is_postgresql(connection: Connection) -> bool:
    """Tell the two apart."""
    return connection.dialect.name == POSTGRESQL


def upsert(connection: Connection, table: Table) -> Any:
    """Return an insert that knows `ON CONFLICT`, in the words of this connection's database."""
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)


def insert_unless(connection: Connection, table: Table, key: str, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same value of the unique column `key` is there; return whether it was inserted.

    Of two transactions that try at the same moment the second waits for the first, and then finds its row.
    """
    new = upsert(connection, table).values(**values).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])
    return connection.execute(new).first() is not None


def one_at_a_time(connection: Connection, name: str) -> None:
    """Until this transaction ends, no other one of the same schema gets past here with the same name.

    An advisory lock of the transaction: there is no row to be forgotten or tampered with, and the database gives it up
    with the transaction, however that ends.
    """
    if is_postgresql(connection):
        connection.execute(_HOLD, {"name": name})


def database_time(connection: Connection) -> datetime | None:
    """Return the database's own time now (not the transaction's), or None where the machine's clock is the only one."""
    if not is_postgresql(connection):
        return None
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now
