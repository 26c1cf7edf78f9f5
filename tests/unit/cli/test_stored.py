"""Which store an offline command reads."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.store import open_store
from firstresponder.cli.stored import database
from firstresponder.config import Database, Secret
from firstresponder.errors import BadConfig
from firstresponder.model import Alert, AuditDraft
from firstresponder.testing.app import NOON
from firstresponder.testing.clock import FakeClock
from testbed.postgres import Postgres

Run = Any


def test_without_a_url_the_configuration_is_not_read(tmp_path: Path) -> None:
    """The audit of a data folder can be checked whatever is wrong with the configuration."""
    broken = tmp_path / "config.yaml"
    broken.write_text("{")
    assert database({"FIRSTRESPONDER_CONFIG": str(broken)}) == Database()
    with pytest.raises(BadConfig):
        database({"FIRSTRESPONDER_CONFIG": str(broken), "FIRSTRESPONDER_DATABASE_URL": "postgresql://h/d"})


def test_the_schema_is_that_of_the_configuration(tmp_path: Path) -> None:
    """The URL comes from the environment, the schema from the server's configuration."""
    file = tmp_path / "config.yaml"
    file.write_text("database: {schema: night}")
    found = database({"FIRSTRESPONDER_CONFIG": str(file), "FIRSTRESPONDER_DATABASE_URL": "postgresql://h/d"})
    assert (found.schema, found.url.reveal()) == ("night", "postgresql://h/d")


@pytest.fixture
def replica(run: Run, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder of a replica whose two entries and one alert are on PostgreSQL; the environment names it."""
    assert run is not None, "it clears the environment first"
    schema = f"test_{secrets.token_hex(4)}"

    async def fill() -> None:
        store = open_store(tmp_path / "data", FakeClock(), database=Database(url=Secret(postgres.url), schema=schema))
        await store.audit.append([AuditDraft(what=what, actor="ann", at=NOON) for what in ("one", "two")])
        alert = Alert(fingerprint="aa", labels={"a": "b"}, annotations={}, status="firing", starts_at=NOON, received_at=NOON)
        await store.alerts.append([alert])
        await store.close()

    asyncio.run(fill())
    (tmp_path / "config.yaml").write_text(json.dumps({"database": {"schema": schema}}))
    monkeypatch.setenv("FIRSTRESPONDER_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("FIRSTRESPONDER_DATABASE_URL", postgres.url)
    yield tmp_path / "data"
    postgres.sql(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.cluster
def test_doctor_looks_at_the_database(run: Run, postgres: Postgres, tmp_path: Path) -> None:
    """Before the first start nothing is stored there, which is no failure; a database that does not answer is one."""
    words = ("doctor", "--format", "json", "--data-dir", str(tmp_path / "data"))
    away = postgres.url.replace("127.0.0.1", "127.0.0.2")
    for url, state, says in ((postgres.url, "off", "start Firstresponder once"), (away, "fail", "cannot be used")):
        found = json.loads(run(*words, FIRSTRESPONDER_DATABASE_URL=url).stdout)
        (store,) = (each for each in found if each["part"] == "store")
        assert (store["state"], says in store["says"]) == (state, True)


@pytest.mark.cluster
def test_the_audit_of_a_database_is_verified(run: Run, replica: Path, postgres: Postgres) -> None:
    """It says which database it read, never the password; a change that got past the triggers is found."""
    sound = run("audit", "verify", "--data-dir", str(replica))
    assert sound.exit_code == 0, sound.output
    assert "the audit in PostgreSQL at 127.0.0.1:" in sound.stdout
    assert "verified: 2 entries" in sound.stdout
    assert "the kept head (entry 2) is in the chain" in sound.stdout
    assert postgres.url.split(":")[2].split("@")[0] not in sound.output
    assert [json.loads(line)["what"] for line in run("audit", "show", "--format", "json").stdout.splitlines()] == ["one", "two"]
    schema = json.loads((replica.parent / "config.yaml").read_text())["database"]["schema"]
    postgres.sql(f"ALTER TABLE {schema}.audit DISABLE TRIGGER USER; UPDATE {schema}.audit SET actor = 'eve' WHERE seq = 1")  # noqa: S608
    changed = run("audit", "verify", "--data-dir", str(replica), "--format", "json")
    assert changed.exit_code == 1
    assert json.loads(changed.stdout)["seq"] == 1


@pytest.mark.cluster
@pytest.mark.usefixtures("replica")
def test_the_alerts_of_a_database_are_exported(run: Run) -> None:
    """Every alert is a line, from wherever the server keeps it."""
    (line,) = run("alerts", "export").stdout.splitlines()
    assert json.loads(line)["fingerprint"] == "aa"
