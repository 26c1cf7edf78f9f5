"""The switch that stops all new writes."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firstresponder.adapters.store import Store, open_store
from firstresponder.config import Database
from firstresponder.errors import Unhealthy
from firstresponder.model import Hold
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


def hold(make: Make, by: str = "ann") -> Hold:
    """A hold by that person."""
    return Hold(by=by, why="deploy freeze", at=make.clock.now(), source="database")


async def test_it_is_off_engaged_and_released(store: Store, make: Make) -> None:
    """Engaging shows who and why at once, releasing ends it, and both are in the audit."""
    assert await store.kill_switch.engaged() is None
    await store.kill_switch.engage(hold(make), make.draft("kill_switch.engaged"))
    assert await store.kill_switch.engaged() == hold(make)
    assert await store.kill_switch.release(make.draft("kill_switch.released"))
    assert await store.kill_switch.engaged() is None
    assert [entry.what async for entry in store.audit.entries()] == ["kill_switch.engaged", "kill_switch.released"]


async def test_engaging_twice_keeps_the_first(store: Store, make: Make) -> None:
    """The second person is in the audit, the first one in the hold; one release ends it."""
    await store.kill_switch.engage(hold(make, "ann"), make.draft())
    await store.kill_switch.engage(hold(make, "bob"), make.draft())
    found = await store.kill_switch.engaged()
    assert found is not None
    assert found.by == "ann"
    assert len([entry async for entry in store.audit.entries()]) == 2
    assert await store.kill_switch.release(make.draft())


async def test_another_process_sees_it_at_once(
    data_dir: Path, clock: FakeClock, store: Store, make: Make, database: Database
) -> None:
    """The switch is read anew each time: what one store engages, another one sees."""
    other = open_store(data_dir, clock, database=database)
    assert await other.kill_switch.engaged() is None
    await store.kill_switch.engage(hold(make), make.draft())
    assert await other.kill_switch.engaged() == hold(make)
    await other.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file KILL is there"),
        ("deploy freeze until noon\nmore", "deploy freeze until noon"),
        ("\n", "the file KILL is there"),
    ],
)
async def test_a_file_engages_it(data_dir: Path, store: Store, make: Make, text: str, why: str) -> None:
    """A file named KILL in the data folder engages it, its first line says why, and no release ends it."""
    path = data_dir / "KILL"
    path.write_text(text)
    found = await store.kill_switch.engaged()
    assert found is not None
    assert (found.by, found.why, found.source) == ("file", why, str(path))
    assert found.at == datetime.fromtimestamp(path.stat().st_mtime, UTC)
    assert not await store.kill_switch.release(make.draft())
    path.unlink()
    assert await store.kill_switch.engaged() is None


async def test_whatever_bears_the_name_engages_it(data_dir: Path, store: Store) -> None:
    """A folder, a dead link or bytes that are no text engage it as well: in doubt it is engaged."""
    path = data_dir / "KILL"
    path.mkdir()
    assert await store.kill_switch.engaged()
    path.rmdir()
    path.symlink_to("nowhere")
    assert await store.kill_switch.engaged()
    path.unlink()
    path.write_bytes(b"\xff\xfe\x00")
    assert await store.kill_switch.engaged()


async def test_a_file_engages_it_even_when_the_database_fails(data_dir: Path, clock: FakeClock) -> None:
    """The file needs no database; without it, a database that cannot be asked is Unhealthy, never "off"."""
    store = open_store(data_dir, clock)
    with closing(sqlite3.connect(data_dir / "app.db")) as raw:
        raw.execute("DROP TABLE holds")
    with pytest.raises(Unhealthy, match="holds"):
        await store.kill_switch.engaged()
    (data_dir / "KILL").touch()
    assert await store.kill_switch.engaged()
    await store.close()


async def test_a_hold_that_cannot_be_read_is_not_off(store: Store, make: Make) -> None:
    """A hold in a form that is no longer read raises Unhealthy."""
    await store.kill_switch.engage(hold(make), make.draft())
    await store._database.write(lambda c: c.exec_driver_sql("UPDATE holds SET body = '{}'"))
    with pytest.raises(Unhealthy, match="engaged by an entry that cannot be read"):
        await store.kill_switch.engaged()


async def test_a_data_folder_that_is_gone_is_not_off(data_dir: Path, store: Store) -> None:
    """When the folder vanished, nobody can know whether a KILL file would be there: Unhealthy."""
    await asyncio.to_thread(shutil.move, data_dir, data_dir.with_name("elsewhere"))
    with pytest.raises(Unhealthy, match="is gone"):
        await store.kill_switch.engaged()
    await asyncio.to_thread(shutil.move, data_dir.with_name("elsewhere"), data_dir)
