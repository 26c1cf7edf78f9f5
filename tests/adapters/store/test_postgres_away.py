"""When PostgreSQL is away, comes back, undoes a transaction, or cannot be used: what is said, and what is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection

from firstresponder.adapters.store import Store, open_store, postgres_engine
from firstresponder.adapters.store.chain import read_head
from firstresponder.audit.chain import Verifier
from firstresponder.config import Database, Secret
from firstresponder.errors import BadConfig, NotFound, Unhealthy
from firstresponder.testing.clock import FakeClock
from testbed.postgres import Postgres
from tests.adapters.store.backends import postgresql_only

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make

pytestmark = postgresql_only


@pytest.fixture
def password(database: Database) -> str:
    """The password, which no error may show."""
    return database.url.reveal().split(":")[2].split("@")[0]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that others bring about."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


def undo(connection: Connection, state: str) -> None:
    """Fail as the database does when it undoes a transaction with this SQLSTATE."""
    connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'undone' USING ERRCODE = '{state}'; END $$")


async def test_what_was_acknowledged_survives_a_crash_of_the_database(
    *, data_dir: Path, clock: FakeClock, database: Database, make: Make, postgres: Postgres, password: str
) -> None:
    """The server crashes under load and comes back: errors name it, the store recovers, nothing acknowledged is lost."""
    store = open_store(data_dir, clock, database=database)
    alerts: set[str] = set()
    entries: dict[int, str] = {}
    errors: list[str] = []
    back = threading.Event()
    done = asyncio.Event()

    async def append(tag: str) -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                await store.alerts.append([make.alert(f"{tag}{number}")])
                alerts.add(f"{tag}{number}")
                [entry] = await store.audit.append([make.draft(f"{tag}{number}")])
                entries[entry.seq] = entry.hash
                if back.is_set() and number > 5:
                    return
            except Unhealthy as error:
                errors.append(str(error))
                await asyncio.sleep(0.01)

    async def crash() -> None:
        await until(lambda: len(alerts) > 50)
        await asyncio.to_thread(postgres.stop)
        await until(lambda: len(errors) > 20)
        with pytest.raises(Unhealthy, match=r"PostgreSQL at 127\.0\.0\.1:\d+, database firstresponder, schema test_.* reached"):
            await store.alerts.ping()
        with pytest.raises(Unhealthy, match=r"PostgreSQL at 127\.0\.0\.1.*could not be read"):
            await store.kill_switch.engaged()
        await asyncio.to_thread(postgres.begin)
        back.set()

    async with asyncio.timeout(60):
        await asyncio.gather(crash(), *(append(f"{n}-") for n in range(8)))
    done.set()
    await store.alerts.ping()
    assert alerts <= {alert.fingerprint async for alert in store.alerts.export()}
    verifier, found = Verifier(read_head(data_dir)), {}
    async for entry in store.audit.entries():
        verifier.see(entry)
        found[entry.seq] = entry.hash
    assert entries.items() <= found.items()
    assert verifier.report().ok, verifier.report().detail
    await store.close()
    assert not [text for text in errors if password in text]
    assert [text for text in errors if "check that it runs" in text]


async def test_a_connection_that_died_in_the_night_costs_nobody_an_error(store: Store, make: Make, postgres: Postgres) -> None:
    """Connections that were cut while nothing went on are found dead and replaced: the next write and read just work."""
    await store.audit.append([make.draft()])
    await store.alerts.append([make.alert("aa")])
    assert len(await store.alerts.uncorrelated(9)) == 1
    await asyncio.to_thread(
        postgres.sql, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'firstresponder'"
    )
    await store.alerts.append([make.alert("bb")])
    await store.audit.append([make.draft()])
    assert len(await store.alerts.uncorrelated(9)) == 2


async def test_a_connection_that_dies_before_the_commit_is_tried_again(store: Store, make: Make) -> None:
    """What was lost before its commit is written again on a new connection, once."""
    tries: list[int] = []
    await make.opened(store)

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE incidents SET version = version + 1")
        tries.append(1)
        if len(tries) == 1:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    await store._database.write(work)
    assert len(tries) == 2
    version = await store._database.read(lambda c: c.exec_driver_sql("SELECT version FROM incidents").scalar())
    assert version == 1


async def test_a_connection_that_dies_in_the_commit_is_said_so(store: Store, make: Make) -> None:
    """When the connection is lost in a commit, nobody is told that it was kept, or that it was not; nothing is tried again."""
    await make.opened(store)
    tries: list[int] = []

    def work(connection: Connection) -> None:
        tries.append(1)
        connection.exec_driver_sql(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON holds DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION die()"
        )
        connection.exec_driver_sql("INSERT INTO holds VALUES ('x', '{}')")

    with pytest.raises(Unhealthy, match="in the middle of a commit, and whether it was kept is not known"):
        await store._database.write(work)
    assert len(tries) == 1
    await store.audit.append([make.draft()])


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_what_the_database_undid_is_run_again(store: Store, state: str) -> None:
    """A serialization failure or a deadlock is run again until it passes, and nobody hears of it."""
    tries: list[int] = []

    def work(connection: Connection) -> str:
        tries.append(1)
        if len(tries) < 4:
            undo(connection, state)
        return "done"

    assert await store._database.write(work) == "done"
    assert len(tries) == 4


async def test_what_never_passes_is_given_up(store: Store) -> None:
    """A transaction that is undone again and again is an error at last, and the store works on."""
    tries: list[int] = []

    def work(connection: Connection) -> None:
        tries.append(1)
        undo(connection, "40001")

    with pytest.raises(Unhealthy, match="undone"):
        await store._database.write(work)
    assert len(tries) == 6
    await store.alerts.ping()


async def test_a_write_that_fails_at_the_commit_fails_alone(store: Store, make: Make) -> None:
    """When a batch cannot be committed, each of its writes is tried alone: only the one at fault fails."""
    inside, go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at the commit'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON holds DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        inside.set()
        assert go.wait(10)

    first = asyncio.ensure_future(store._database.write(hold))
    assert await asyncio.to_thread(inside.wait, 10)
    bad = asyncio.ensure_future(store._database.write(lambda c: c.exec_driver_sql("INSERT INTO holds VALUES ('x', '{}')")))
    good = asyncio.ensure_future(store.audit.append([make.draft("good")]))
    await asyncio.sleep(0)
    go.set()
    results = await asyncio.gather(first, bad, good, return_exceptions=True)
    assert isinstance(results[1], Unhealthy)
    assert "at the commit" in str(results[1])
    assert [entry.what async for entry in store.audit.entries()] == ["good"]


async def test_a_replica_that_freezes_in_a_transaction_does_not_stop_the_others(
    *, data_dir: Path, tmp_path: Path, clock: FakeClock, database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database ends a transaction that stands still, and with it its lock on the audit; the frozen one keeps nothing."""
    monkeypatch.setattr(postgres_engine, "SILENT_SECONDS", 0.3)
    frozen = open_store(data_dir, clock, database=database)
    other = open_store(tmp_path / "other", clock, database=database)
    inside, go = threading.Event(), threading.Event()
    tries: list[int] = []

    def freeze(connection: Connection) -> None:
        tries.append(1)
        if len(tries) > 1:
            return
        frozen._database.chain.append(connection, [make.draft("frozen")])
        inside.set()
        assert go.wait(30)

    stuck = asyncio.ensure_future(frozen._database.write(freeze))
    assert await asyncio.to_thread(inside.wait, 10)
    async with asyncio.timeout(10):
        await other.audit.append([make.draft("alive")])
    go.set()
    await stuck
    assert [entry.what async for entry in other.audit.entries()] == ["alive"]
    await frozen.close()
    await other.close()


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_database_that_does_not_answer_is_named(data_dir: Path, clock: FakeClock, database: Database, password: str) -> None:
    """Nobody listening, a wrong password, no such database: each is said with host and database, never the password."""
    url = database.url.reveal()
    for broken in (
        url.replace("127.0.0.1", "127.0.0.2"),
        url.replace(password, f"{password}x"),
        url.removesuffix("firstresponder") + "nothing",
    ):
        with pytest.raises(Unhealthy, match=r"PostgreSQL at 127\.0\.0\.\d:\d+, database \w+, schema") as told:
            open_store(data_dir, clock, database=Database(url=Secret(broken), schema=database.schema))
        assert password not in str(told.value)
        assert password not in repr(told.value.__cause__)


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "mysql://u:hunter2@localhost/db",
        "postgresql://u:p@hunter2@localhost:5432/db",
        "postgresql://u:hunter2@localhost:port/db",
        "sqlite:////tmp/hunter2.db",
    ],
)
def test_an_address_that_cannot_be_read_is_not_shown(data_dir: Path, clock: FakeClock, url: str, backend: str) -> None:
    """What is no PostgreSQL address is refused with the form that is expected, and without a word of it."""
    assert backend
    with pytest.raises(BadConfig, match=r"FIRSTRESPONDER_DATABASE_URL: .*postgresql://USER:PASSWORD@HOST") as told:
        open_store(data_dir, clock, database=Database(url=Secret(url)))
    assert "hunter2" not in f"{told.value} {told.value.__cause__!r}"
    assert told.value.__cause__ is None


@pytest.mark.parametrize("schema", ["", "Upper", "a b", 'x"; DROP SCHEMA public; --', "pg_mine", "a" * 57, "1st"])
def test_a_schema_that_cannot_be_is_refused(data_dir: Path, clock: FakeClock, database: Database, schema: str) -> None:
    """The schema's name is a plain one; it never reaches a statement otherwise."""
    with pytest.raises(BadConfig, match=r"database\.schema: expected"):
        open_store(data_dir, clock, database=Database(url=database.url, schema=schema))


def test_tables_of_another_program_are_left_alone(
    data_dir: Path, clock: FakeClock, database: Database, postgres: Postgres
) -> None:
    """A schema that somebody else uses gets none of our tables."""
    postgres.sql(f"CREATE SCHEMA {database.schema}; CREATE TABLE {database.schema}.invoices (id int)")
    with pytest.raises(Unhealthy, match=r"belongs to another program .*'invoices'"):
        open_store(data_dir, clock, database=database)
    assert postgres.sql(f"SELECT tablename FROM pg_tables WHERE schemaname = '{database.schema}'") == "invoices"  # noqa: S608


async def test_a_reader_makes_nothing_and_writes_nothing(
    data_dir: Path, clock: FakeClock, database: Database, postgres: Postgres
) -> None:
    """Opened to read, nothing is made, in the database or on disk, and the database itself refuses what is written."""
    with pytest.raises(NotFound, match="nothing is stored there yet; start Firstresponder once"):
        open_store(data_dir, clock, database=database, read_only=True)
    assert not await asyncio.to_thread(data_dir.exists)
    assert postgres.sql(f"SELECT count(*) FROM pg_namespace WHERE nspname = '{database.schema}'") == "0"  # noqa: S608
    await open_store(data_dir, clock, database=database).close()
    reader = open_store(data_dir, clock, database=database, read_only=True)
    assert await reader.incidents.live() == []
    with pytest.raises(Unhealthy, match="read-only"):
        await reader.alerts.ping()
    with pytest.raises(Unhealthy, match="read-only transaction"):
        await reader._database.read(lambda c: c.exec_driver_sql("DELETE FROM leases"))
    await reader.close()
