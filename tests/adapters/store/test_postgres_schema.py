"""The schema on PostgreSQL: who makes it, what it is, and which rights it takes."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from firstresponder.adapters.store import Store, open_store
from firstresponder.adapters.store.migrate import config
from firstresponder.adapters.store.postgres_engine import engine_for, understood
from firstresponder.adapters.store.schema import metadata
from firstresponder.config import Database, Secret
from firstresponder.errors import BadConfig, Unhealthy
from firstresponder.model import Phase
from firstresponder.testing.clock import FakeClock
from testbed.postgres import Postgres
from tests.adapters.store.backends import postgresql_only
from tests.docs.pages import blocks, page

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make

pytestmark = postgresql_only


def statements(first: str) -> str:
    """The block of the page that begins with this word."""
    (block,) = (block.text for block in blocks(page("docs/postgresql.md"), "text") if block.text.startswith(first))
    return block


async def test_the_migrations_make_exactly_the_tables_of_the_schema(store: Store) -> None:
    """Alembic finds no difference between what the migrations made and what the program declares."""

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    assert await store._database.read(differences) == []


async def test_text_is_compared_by_bytes(store: Store) -> None:
    """Every column of text sorts as in SQLite, so that no locale of a machine decides an order or an index."""
    statement = "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = current_schema() AND {}"
    text = statement.format("data_type IN ('text', 'character varying')")
    assert await store._database.read(lambda c: c.exec_driver_sql(text).scalars().all()) == ["C"]


def test_several_may_open_a_new_database_at_once(tmp_path: Path, clock: FakeClock, database: Database) -> None:
    """Replicas that start together take turns: one migrates, the others find it done, none fails."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda n: open_store(tmp_path / f"{n}", clock, database=database), range(4)))
    for store in stores:
        asyncio.run(store.close())


def test_a_newer_schema_is_unhealthy(data_dir: Path, clock: FakeClock, database: Database, postgres: Postgres) -> None:
    """A database that a newer version migrated is not touched by an older one."""
    asyncio.run(open_store(data_dir, clock, database=database).close())
    postgres.sql(f"UPDATE {database.schema}.alembic_version SET version_num = '9999'")  # noqa: S608
    for read_only in (False, True):
        with pytest.raises(Unhealthy, match=r"'9999'.*newer"):
            open_store(data_dir, clock, database=database, read_only=read_only)


async def test_an_older_schema_is_brought_up_to_date_with_all_that_is_in_it(
    data_dir: Path, make: Make, database: Database, postgres: Postgres
) -> None:
    """The first version's schema becomes the present one; an incident in it stays, and the new tables are there."""
    postgres.sql(f"CREATE SCHEMA {database.schema}")
    engine = engine_for(understood(database), size=1)
    settings = config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    engine.dispose()
    body = (
        '{"id": "i1", "title": "api is down", "severity": "critical", "phase": "asking", "opened_at": "2026-03-10T12:00:00Z",'
        ' "updated_at": "2026-03-10T12:00:00Z", "version": 3, "n": 1}'
    )
    noon = "2026-03-10T12:00:00.000000Z"
    postgres.sql(
        f"INSERT INTO {database.schema}.incidents (id, phase, opened_at, updated_at, live, version, body)"  # noqa: S608
        f" VALUES ('i1', 'asking', '{noon}', '{noon}', true, 3, '{body}')"
    )
    store = open_store(data_dir, make.clock, database=database)
    row = await store.incidents.get("i1")
    assert (row.title, row.version) == ("api is down", 3)
    assert await store.outbox.backlog() == {}
    await store.close()


async def test_a_user_without_ddl_is_enough_once_the_schema_is_there(
    data_dir: Path, clock: FakeClock, database: Database, postgres: Postgres, make: Make
) -> None:
    """The rights of docs/postgresql.md suffice to work: take, decide, audit, purge; the audit itself it can only add to."""
    await open_store(data_dir, clock, database=database).close()
    user, schema = f"user_{secrets.token_hex(3)}", database.schema
    postgres.sql(f"CREATE ROLE {user} LOGIN PASSWORD 'pw'; CREATE SCHEMA {schema}_engine")
    postgres.sql(statements("GRANT").replace("firstresponder_run", user).replace("firstresponder", schema))
    url = f"postgresql://{user}:pw@{database.url.reveal().split('@')[1]}"
    store = open_store(data_dir / "other", clock, database=Database(url=Secret(url), schema=schema))
    await store.alerts.ping()
    await make.opened(store, phase=Phase.CLOSED, closed_at=clock.now())
    await make.filed(store, make.alert(), "i1")
    await store.incidents.choose(make.choice(), make.event(), [make.draft()])
    grant = await store.lease.acquire("worker", "one", 30)
    assert grant is not None
    await store.journal.begin(make.operation(), grant, clock.now(), [make.draft()])
    await store.incidents.advance(await store.incidents.get("i1"), await store.incidents.get("i1"), 99)
    clock.advance(86400)
    assert await store.incidents.purge(clock.now() - timedelta(hours=1)) == 1
    with pytest.raises(Unhealthy, match="permission denied"):
        await store._database.write(lambda c: c.exec_driver_sql("DELETE FROM audit"))
    await store.close()
    postgres.sql(f"DROP OWNED BY {user}; DROP ROLE {user}; DROP SCHEMA {schema}_engine")


async def test_the_kill_switch_can_be_engaged_in_the_database(store: Store, database: Database, postgres: Postgres) -> None:
    """The statement of docs/postgresql.md engages it for every replica, with the words that it was given."""
    assert await store.kill_switch.engaged() is None
    await asyncio.to_thread(postgres.sql, statements("INSERT").replace("firstresponder", database.schema))
    hold = await store.kill_switch.engaged()
    assert hold is not None
    assert (hold.by, hold.why, hold.source) == ("ann", "no replica answers", "database")


def test_a_right_that_is_missing_is_said_with_the_cure(
    data_dir: Path, clock: FakeClock, database: Database, postgres: Postgres
) -> None:
    """A user that may not make the schema hears which right it lacks."""
    user = f"user_{secrets.token_hex(3)}"
    postgres.sql(f"CREATE ROLE {user} LOGIN PASSWORD 'pw'")
    url = f"postgresql://{user}:pw@{database.url.reveal().split('@')[1]}"
    with pytest.raises(BadConfig, match=r"lacks a right .*GRANT CREATE ON DATABASE"):
        open_store(data_dir, clock, database=Database(url=Secret(url), schema=database.schema))
    postgres.sql(f"DROP ROLE {user}")
