"""Opening and closing the data folder."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firstresponder.adapters.store import Store, open_store
from firstresponder.errors import BadConfig, Unhealthy
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


@pytest.fixture
def backend() -> str:
    """These tests are about SQLite's files."""
    return "sqlite"


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of a folder and its files by name."""
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}


async def test_the_folder_and_its_files_are_private(data_dir: Path, store: Store, make: Make) -> None:
    """The folder is 0700 and every file in it, the write-ahead log and the head included, is 0600."""
    await store.audit.append([make.draft()])
    files = modes(data_dir)
    assert files.pop("data") == 0o700
    assert {"app.db", "app.db-wal", "app.db-shm", "audit.head"} <= files.keys()
    assert set(files.values()) == {0o600}


def test_a_database_that_others_could_read_is_closed_to_them(data_dir: Path, clock: FakeClock) -> None:
    """A database file with a wider mode is narrowed to 0600 at open; the folder that somebody else made keeps its mode."""
    data_dir.mkdir(mode=0o755)
    (data_dir / "app.db").touch(mode=0o644)
    asyncio.run(open_store(data_dir, clock).close())
    assert modes(data_dir) == {"data": 0o755, "app.db": 0o600}


async def test_the_database_syncs_every_commit(store: Store) -> None:
    """The writing connection runs with write-ahead log, full sync, foreign keys on and a busy time-out."""
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = await store._database.write(lambda c: [c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names])
    assert found == ["wal", 2, 1, 5000]


def test_opening_an_up_to_date_store_needs_no_alembic_and_little_time(data_dir: Path, clock: FakeClock) -> None:
    """Alembic is imported only to migrate; opening what is up to date costs under 50 ms of CPU."""
    asyncio.run(open_store(data_dir, clock).close())
    code = (
        "import asyncio, sys, time; from pathlib import Path\n"
        "from firstresponder.adapters.store import open_store\n"
        "from firstresponder.adapters.clock import SystemClock\n"
        "t = time.process_time(); store = open_store(Path(sys.argv[1]), SystemClock()); t = time.process_time() - t\n"
        "assert 'alembic' not in sys.modules; asyncio.run(store.close()); print(t)"
    )
    done = subprocess.run([sys.executable, "-c", code, data_dir], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 0.05


async def test_what_was_written_is_there_after_reopening(data_dir: Path, clock: FakeClock, make: Make) -> None:
    """Closing and opening again loses nothing."""
    store = open_store(data_dir, clock)
    await store.alerts.append([make.alert()])
    await store.close()
    store = open_store(data_dir, clock)
    assert [row.alert for row in await store.alerts.uncorrelated(9)] == [make.alert()]
    await store.close()


async def test_a_closed_store_refuses_everything(data_dir: Path, clock: FakeClock, make: Make) -> None:
    """After close, reads and writes raise Unhealthy, and closing again is no error."""
    store = open_store(data_dir, clock)
    await store.close()
    with pytest.raises(Unhealthy, match="closed"):
        await store.alerts.append([make.alert()])
    with pytest.raises(Unhealthy, match="closed"):
        await store.incidents.live()
    await store.close()


async def test_closing_finishes_what_is_queued(data_dir: Path, clock: FakeClock, make: Make) -> None:
    """A write that was accepted before the close is done by it."""
    store = open_store(data_dir, clock)
    writes = [asyncio.ensure_future(store.alerts.append([make.alert(f"{n:x}")])) for n in range(50)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*writes)
    store = open_store(data_dir, clock, read_only=True)
    assert len(await store.alerts.uncorrelated(100)) == 50
    await store.close()


async def test_a_read_only_store_reads_beside_a_writer_and_writes_nothing(
    data_dir: Path, clock: FakeClock, store: Store, make: Make
) -> None:
    """A second, read-only store sees what the first commits, and refuses to write."""
    reader = open_store(data_dir, clock, read_only=True)
    await store.alerts.append([make.alert()])
    assert len(await reader.alerts.uncorrelated(9)) == 1
    with pytest.raises(Unhealthy, match="read-only"):
        await reader.alerts.append([make.alert()])
    await reader.close()


def test_reading_where_no_store_is_makes_none(data_dir: Path, clock: FakeClock) -> None:
    """A mistyped folder is a BadConfig and stays as it was."""
    with pytest.raises(BadConfig, match="no store here"):
        open_store(data_dir, clock, read_only=True)
    assert not data_dir.exists()


def test_a_folder_that_cannot_be_made_is_a_bad_config(tmp_path: Path, clock: FakeClock) -> None:
    """A data folder below a file cannot be; the error names the path and the cure."""
    (tmp_path / "file").touch()
    with pytest.raises(BadConfig, match=r"file/data.*cannot be made or used.*give a data folder"):
        open_store(tmp_path / "file" / "data", clock)


def test_a_database_that_is_a_folder_is_a_bad_config(data_dir: Path, clock: FakeClock) -> None:
    """Something else in the place of the database is named."""
    (data_dir / "app.db").mkdir(parents=True)
    with pytest.raises(BadConfig, match=r"app\.db"):
        open_store(data_dir, clock)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_is_unhealthy(data_dir: Path, clock: FakeClock, *, read_only: bool) -> None:
    """A file of something else is left as it is."""
    data_dir.mkdir()
    (data_dir / "app.db").write_bytes(b"hello, world\n" * 1000)
    with pytest.raises(Unhealthy, match="not a database"):
        open_store(data_dir, clock, read_only=read_only)
    assert (data_dir / "app.db").read_bytes() == b"hello, world\n" * 1000


def test_a_database_of_another_program_is_unhealthy(data_dir: Path, clock: FakeClock) -> None:
    """Somebody else's tables get none of ours beside them."""
    data_dir.mkdir()
    with closing(sqlite3.connect(data_dir / "app.db")) as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(Unhealthy, match="'invoices'"):
        open_store(data_dir, clock)
    with closing(sqlite3.connect(data_dir / "app.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_schema_is_unhealthy(data_dir: Path, clock: FakeClock, *, read_only: bool) -> None:
    """A store that a newer version wrote is not touched by an older one."""
    asyncio.run(open_store(data_dir, clock).close())
    with closing(sqlite3.connect(data_dir / "app.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(Unhealthy, match=r"'9999'.*newer"):
        open_store(data_dir, clock, read_only=read_only)


def test_an_empty_file_is_not_migrated_by_a_reader(data_dir: Path, clock: FakeClock) -> None:
    """A read-only open of a store without its tables says what to do."""
    data_dir.mkdir()
    (data_dir / "app.db").touch()
    with pytest.raises(Unhealthy, match="start Firstresponder once"):
        open_store(data_dir, clock, read_only=True)


def test_several_may_open_a_new_folder_at_once(data_dir: Path, clock: FakeClock) -> None:
    """First openers take turns: one migrates, the others find it done, none fails."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(data_dir, clock), range(4)))
    for store in stores:
        asyncio.run(store.close())


def test_a_first_open_that_is_interrupted_leaves_nothing_half_made(
    data_dir: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The migrations are one transaction: when they fail, the next open begins from an empty database."""
    with monkeypatch.context() as broken:
        broken.setattr("firstresponder.adapters.store.open.check_head", lambda *_: (_ for _ in ()).throw(Unhealthy("power cut")))
        with pytest.raises(Unhealthy, match="power cut"):
            open_store(data_dir, clock)
    with closing(sqlite3.connect(data_dir / "app.db")) as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    asyncio.run(open_store(data_dir, clock).close())


async def test_a_lock_that_another_process_never_gives_up_is_unhealthy(
    data_dir: Path, clock: FakeClock, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that cannot get the lock within the busy time fails with Unhealthy; the next one works."""
    monkeypatch.setattr("firstresponder.adapters.store.sqlite_engine.BUSY_SECONDS", 0.1)
    store = open_store(data_dir, clock)
    with closing(sqlite3.connect(data_dir / "app.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(Unhealthy, match="locked"):
            await store.alerts.append([make.alert()])
        assert time.monotonic() - began < 3
        other.execute("ROLLBACK")
    await store.alerts.append([make.alert()])
    await store.close()
