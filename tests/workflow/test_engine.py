"""The durable engine under kill -9: finished steps stay finished, the one in flight runs again, types stay the same."""

from __future__ import annotations

import logging
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firstresponder.workflow.engine import Calm
from testbed.postgres import Postgres
from tests.docs.pages import blocks, page

PROCESS = Path(__file__).with_name("engine_process.py")


Run = Callable[[str], int]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    """Run one process up to a mark, on the same database each time; the exit status."""
    url, schema = f"sqlite:///{tmp_path / 'dbos.db'}", ""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url, schema = server.url.replace("postgresql:", "postgresql+psycopg:"), f"test_{secrets.token_hex(4)}_engine"

    def process(mark: str) -> int:
        words = [sys.executable, str(PROCESS), url, schema, str(tmp_path / "log"), mark]
        return subprocess.run(words, check=False, timeout=60).returncode

    yield process
    if schema:
        tables = server.sql("SELECT schemaname FROM pg_tables").splitlines()
        assert tables.count(schema) > 5, "its tables are in the schema that was named"
        server.sql(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.cluster
def test_a_user_without_ddl_is_enough_once_the_tables_are_there(postgres: Postgres, tmp_path: Path) -> None:
    """An owner makes the engine's tables; from then on the rights of docs/postgresql.md suffice, also to recover."""
    user, schema = f"user_{secrets.token_hex(3)}", f"test_{secrets.token_hex(3)}"
    owner = postgres.url.replace("postgresql:", "postgresql+psycopg:")
    run = f"postgresql+psycopg://{user}:pw@{owner.split('@')[1]}"
    postgres.sql(f"CREATE ROLE {user} LOGIN PASSWORD 'pw'; CREATE SCHEMA {schema}; CREATE TABLE {schema}.audit (seq int)")
    (grants,) = (block.text for block in blocks(page("docs/postgresql.md"), "text") if block.text.startswith("GRANT"))
    ends = []
    for url, mark in ((owner, "in 0"), (run, "in 2"), (run, "")):
        words = [sys.executable, str(PROCESS), url, f"{schema}_engine", str(tmp_path / "log"), mark]
        ends.append(subprocess.run(words, check=False, timeout=60).returncode)
        if url == owner:
            postgres.sql(grants.replace("firstresponder_run", user).replace("firstresponder", schema))
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert (tmp_path / "log").read_text().splitlines()[-2:] == ["total 14", "through"]
    postgres.sql(f"DROP OWNED BY {user}; DROP ROLE {user}; DROP SCHEMA {schema} CASCADE; DROP SCHEMA {schema}_engine CASCADE")


def test_what_the_library_repeats_is_said_once_a_minute() -> None:
    """A warning passes with its first line, its repeats do not for a minute; another warning and every error pass."""

    def said(at: float, text: str, level: int = logging.WARNING) -> str:
        record = logging.LogRecord("dbos", level, "x.py", 1, text, (), None)
        record.created = at
        return str(record.msg) if calm.filter(record) else ""

    calm = Calm()
    away = "no connection to port {}\nTraceback …\n  1000 lines"
    assert said(0.0, away.format(5432)) == "no connection to port 5432"
    assert [said(at, away.format(int(at) + 5433)) for at in (0.5, 30.0, 59.9)] == ["", "", ""]
    assert said(59.9, "another") == "another"
    assert said(60.0, away.format(1)) == "no connection to port 1"
    assert said(60.1, away, logging.ERROR) == away


@pytest.mark.parametrize("mark", ["in 0", "after 0", "in 2", "after 3", "stop 1"])
def test_a_killed_or_stopped_workflow_goes_on_where_it_was(mark: str, run: Run, tmp_path: Path) -> None:
    """Cut off in a step, that step runs twice and no other; between two, none does; the result is the same."""
    assert run(mark) == (0 if mark.startswith("stop") else -signal.SIGKILL)
    assert run("") == 0
    lines = (tmp_path / "log").read_text().splitlines()
    where, number = mark.split()
    runs = [line for line in lines if line.startswith("run ")]
    expected = [f"run {step}" for step in range(4)]
    if where in ("in", "stop"):
        expected.insert(int(number), f"run {number}")
    assert runs == expected
    assert lines[-2:] == ["total 14", "through"]
    types = {line.split(" ", 2)[2] for line in lines if line.startswith("got ")}
    assert types == {"tuple 2026-03-10T00:00:00+00:00"}, "a replayed result has the types of the first run"
