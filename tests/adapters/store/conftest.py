"""A real store, on SQLite in a fresh folder or on PostgreSQL in a fresh schema, and makers of nouns.

Whatever takes `store` or `database` runs on both. What is about SQLite's files says so: `@sqlite_only`, or a `backend` of
its own in the module.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.store import Store, open_store
from firstresponder.config import Database, Secret
from firstresponder.model import (
    Alert,
    AuditDraft,
    Choice,
    Event,
    EventKind,
    Incident,
    Operation,
    Phase,
    Plan,
    TargetRef,
)
from firstresponder.ports.incident_store import Filed
from firstresponder.testing.clock import FakeClock
from testbed.postgres import Postgres


class Make:
    """Makes nouns that differ only in what a test names."""

    def __init__(self, clock: FakeClock) -> None:
        """Take the clock that dates everything."""
        self.clock = clock

    def alert(self, fingerprint: str = "aa", **fields: Any) -> Alert:
        """A firing alert that starts now."""
        now: datetime = self.clock.now()
        given = {"labels": {"alertname": "Down"}, "annotations": {}, "status": "firing", "starts_at": now, "received_at": now}
        return Alert(fingerprint=fingerprint, **{**given, **fields})

    def incident(self, name: str = "i1", **fields: Any) -> Incident:
        """A fresh incident."""
        now = self.clock.now()
        given = {"title": "t", "severity": "critical", "phase": Phase.RECEIVED, "opened_at": now, "updated_at": now}
        return Incident(id=name, **{**given, **fields})

    def event(self, incident_id: str = "i1", kind: EventKind = EventKind.ALERT_FIRING, **fields: Any) -> Event:
        """An alert that joined."""
        return Event(incident_id=incident_id, kind=kind, at=self.clock.now(), **fields)

    def draft(self, what: str = "something", **fields: Any) -> AuditDraft:
        """An audit draft by ann."""
        return AuditDraft(what=what, actor="ann", at=self.clock.now(), **fields)

    def choice(self, by: str = "ann", plan_digest: str = "d1", **fields: Any) -> Choice:
        """An approval of plan d1."""
        given = {"incident_id": "i1", "word": "approved", "via": "cli", "at": self.clock.now()}
        return Choice(by=by, plan_digest=plan_digest, **{**given, **fields})

    def operation(self, name: str = "op1", **fields: Any) -> Operation:
        """A rollback of Deployment api."""
        given = {"incident_id": "i1", "n": 1, "rung": 0, "direction": "do", "plan_digest": "d1", "action": "rollback-deployment"}
        return Operation(id=name, target=TargetRef(kind="Deployment", name="api"), **{**given, **fields})

    def plan(self, digest: str = "d1", **fields: Any) -> Plan:
        """A plan without an action."""
        given = {"incident_id": "i1", "n": 1, "rung": 0, "runbook": "r", "ladder": (), "action": None}
        return Plan(digest=digest, created_at=self.clock.now(), **{**given, **fields})

    async def opened(self, store: Store, name: str = "i1", **fields: Any) -> Incident:
        """Open an incident in the store."""
        incident = self.incident(name, **fields)
        await store.incidents.file([incident], [], [], [])
        return incident

    async def filed(self, store: Store, alert: Alert, incident_id: str) -> None:
        """Store an alert and file it."""
        await store.alerts.append([alert])
        rows = [row for row in await store.alerts.uncorrelated(1000) if row.alert.fingerprint == alert.fingerprint]
        marks = [Filed(seq=row.seq, incident_id=incident_id, delivered=row.deliveries) for row in rows]
        await store.incidents.file([], [], marks, [])


@pytest.fixture
def clock() -> FakeClock:
    """A clock that moves when told."""
    return FakeClock()


@pytest.fixture
def make(clock: FakeClock) -> Make:
    """Makers on that clock."""
    return Make(clock)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    name: str = request.param
    return name


@pytest.fixture
def database(backend: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Where the store is: nothing for SQLite, a schema of the test's own on PostgreSQL."""
    if backend == "sqlite":
        yield Database()
        return
    server: Postgres = request.getfixturevalue("postgres")
    schema = f"test_{secrets.token_hex(4)}"
    yield Database(url=Secret(server.url), schema=schema)
    server.sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@pytest.fixture
def raw(data_dir: Path, database: Database, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Do what somebody with a database shell can do; `force`: one who takes the triggers away first."""

    def run(*statements: str, force: bool = True) -> None:
        if database.url:
            server: Postgres = request.getfixturevalue("postgres")
            first = [f"SET search_path TO {database.schema}", *(["ALTER TABLE audit DISABLE TRIGGER USER"] if force else [])]
            server.sql("; ".join([*first, *statements]))
            return
        with closing(sqlite3.connect(data_dir / "app.db")) as shell:
            for trigger in ("audit_no_update", "audit_no_delete", "audit_in_order") if force else ():
                shell.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                shell.execute(statement)
            shell.commit()

    return run


@pytest.fixture
def their_clock(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database's clock be the test's."""
    monkeypatch.setattr("firstresponder.adapters.store.leases.database_time", lambda _connection: clock.now())


@pytest.fixture
async def store(data_dir: Path, clock: FakeClock, database: Database) -> AsyncIterator[Store]:
    """An open store."""
    opened = open_store(data_dir, clock, database=database)
    yield opened
    await opened.close()
