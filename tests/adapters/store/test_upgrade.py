"""A data folder that an older version wrote, with data in it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command

from firstresponder.adapters.store import open_store
from firstresponder.adapters.store.migrate import config
from firstresponder.adapters.store.sqlite_engine import writer_engine
from firstresponder.model import Incident, Line, Notice
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


def at_revision(data_dir: Path, revision: str) -> None:
    """Make a database as the version of that revision did."""
    data_dir.mkdir(mode=0o700)
    (data_dir / "app.db").touch(mode=0o600)
    engine = writer_engine(data_dir / "app.db")
    settings = config()
    with engine.connect() as connection, connection.begin():
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    engine.dispose()


ROW = "INSERT INTO incidents (id, phase, opened_at, updated_at, live, version, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
NOON = "2026-03-10T12:00:00.000000Z"
BODY = (
    '{"id": "i1", "title": "api is down", "severity": "critical", "phase": "asking", "opened_at": "2026-03-10T12:00:00Z",'
    ' "updated_at": "2026-03-10T12:00:00Z", "version": 3, "n": 1}'
)


async def _tell(data_dir: Path, clock: FakeClock) -> tuple[Incident, int, dict[str, int]]:
    store = open_store(data_dir, clock)
    row = await store.incidents.get("i1")
    events = await store.incidents.events("i1")
    line = Line(key="1", at=clock.now(), text="approved")
    notices = [Notice(sink="slack", incident_id="i1"), Notice(sink="slack", incident_id="i1", line=line)]
    assert await store.incidents.advance(row, row, events[-1].seq, [], notices)
    backlog = await store.outbox.backlog()
    await store.close()
    return row, len(events), backlog


def test_the_first_schema_becomes_the_present_one_with_all_that_is_in_it(data_dir: Path, make: Make) -> None:
    """A database of the first version opens with its incident and event whole, and can be told about from then on."""
    at_revision(data_dir, "0001")
    with closing(sqlite3.connect(data_dir / "app.db")) as old:
        assert old.execute("SELECT count(*) FROM sqlite_master WHERE name = 'outbox'").fetchone() == (0,)
        old.execute(ROW, ("i1", "asking", NOON, NOON, 1, 3, BODY))
        old.execute(
            "INSERT INTO events (incident_id, kind, at, actor, data, seen) VALUES ('i1', 'alert_firing', ?, 'am', '{}', 0)",
            (NOON,),
        )
        old.commit()
    row, events, backlog = asyncio.run(_tell(data_dir, make.clock))
    assert (row.title, row.version, row.n) == ("api is down", 3, 1)
    assert events == 1
    assert backlog == {"slack": 2}
