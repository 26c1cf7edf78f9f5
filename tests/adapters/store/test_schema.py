"""The tables, the migrations, and the indexes that queries rely on."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from firstresponder.adapters.store import Store
from firstresponder.adapters.store.migrate import config
from firstresponder.adapters.store.schema import REVISIONS, metadata

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def backend() -> str:
    """These tests are about SQLite's files."""
    return "sqlite"


def definitions(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the clauses of every table and index, sorted: the order of constraints means nothing."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL")
    return {
        name: sorted(re.split(r"[(),]", "".join(sql.split())))
        for name, sql in rows
        if name not in {"alembic_version", "sqlite_sequence"}
    }


def test_the_migrations_make_exactly_the_tables_of_the_schema(data_dir: Path, store: Store, tmp_path: Path) -> None:
    """Migrating from nothing and creating from the metadata end in the same definitions, clause for clause."""
    engine = create_engine(f"sqlite:///{tmp_path}/made.db")
    metadata.create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(data_dir / "app.db")) as migrated, closing(sqlite3.connect(tmp_path / "made.db")) as made:
        assert definitions(migrated) == definitions(made)


def test_the_known_revisions_are_the_files_of_the_package() -> None:
    """The list that an open looks at names every migration, in order."""
    script = ScriptDirectory.from_config(config())
    assert tuple(reversed([revision.revision for revision in script.walk_revisions()])) == REVISIONS


def test_the_schema_can_be_written_for_postgresql() -> None:
    """Every table and index compiles for PostgreSQL, with numbers that count by themselves and true booleans."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = {str(table.name): str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables}
    indexes = {
        str(i.name): str(CreateIndex(i).compile(dialect=dialect)) for table in metadata.sorted_tables for i in table.indexes
    }
    assert "seq BIGSERIAL NOT NULL" in tables["alerts"]
    assert "seq BIGINT NOT NULL" in tables["audit"]
    assert indexes["ix_alerts_uncorrelated"].endswith("WHERE uncorrelated")
    assert indexes["ix_events_unseen"].endswith("WHERE NOT seen")
    assert indexes["ix_outbox_waiting"].endswith("WHERE waiting")


@pytest.mark.parametrize(
    ("call", "index"),
    [
        (lambda store: store.alerts.uncorrelated(10), "ix_alerts_uncorrelated"),
        (lambda store: store.alerts.counts("i1"), "ix_alerts_incident_id"),
        (lambda store: store.alerts.incidents_of(["a", "b"]), "fingerprint"),
        (lambda store: store.incidents.pending("i1"), "ix_events_unseen"),
        (lambda store: store.incidents.with_pending(), "ix_events_unseen"),
        (lambda store: store.incidents.live(), "ix_incidents_live"),
        (lambda store: store.incidents.closed_since(60), "ix_incidents_phase_closed_at"),
        (lambda store: store.incidents.page(), "ix_incidents_opened_at_id"),
        (lambda store: store.incidents.plan("d1"), "ix_documents_plan_digest"),
        (lambda store: store.outbox.due("slack", NOON, 10), "ix_outbox_waiting"),
        (lambda store: store.outbox.due("slack", NOON, 10), "USING INDEX sqlite_autoindex_outbox_1 (incident_id=? AND sink=?)"),
        (lambda store: store.outbox.backlog(), "ix_outbox_waiting"),
        (lambda store: store.outbox.receipt("slack", "i1"), "sqlite_autoindex_outbox_1"),
        (lambda store: store.outbox.deliveries("i1"), "sqlite_autoindex_outbox_1"),
    ],
)
async def test_a_query_of_every_day_uses_its_index(store: Store, call: Any, index: str) -> None:
    """The queries that run all the time do not walk through years of rows."""
    plans: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        with closing(cursor.connection.cursor()) as second:
            plans.extend(row[3] for row in second.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(store._database._readers, "before_cursor_execute", explain)
    await call(store)
    assert any(index in line for line in plans), plans
