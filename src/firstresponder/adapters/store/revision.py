"""Which schema is there, and whether this program can use it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from firstresponder.adapters.store.schema import REVISIONS
from firstresponder.errors import Unhealthy


def up_to_date(revision: str | None) -> bool:
    """Whether nothing is left to migrate."""
    return revision == REVISIONS[-1]


def check_revision(connection: Connection, where: str, tables: Sequence[str], *, missing_ok: bool) -> str | None:
    """Return the schema's revision, None for an empty database. Raises Unhealthy for one that this program cannot use."""
    revision: str | None = None
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    elif tables:
        raise Unhealthy(f"{where}: belongs to another program (it has the table {tables[0]!r}); give one of its own")
    if revision not in {None, *REVISIONS}:
        raise Unhealthy(
            f"{where}: has the schema {revision!r}, this program knows up to {REVISIONS[-1]!r}: it was written by a newer "
            "Firstresponder; start that version, or restore a backup"
        )
    if not missing_ok and not up_to_date(revision):
        raise Unhealthy(
            f"{where}: has the schema {revision or 'none'!r}, expected {REVISIONS[-1]!r}; "
            "start Firstresponder once to bring it up to date"
        )
    return revision
