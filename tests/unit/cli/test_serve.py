"""Starting the server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from firstresponder.errors import BadConfig

Run = Any


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for the server, and keep what it is started with."""
    made: list[dict[str, Any]] = []

    def serve(**given: Any) -> int:
        made.append(given | {"env": dict(given["env"])})
        if given["port"] == 1:
            raise BadConfig("cannot listen on 127.0.0.1:1 (Permission denied); give another --host or --port")
        return 5

    stand_in = ModuleType("firstresponder.web.serve")
    stand_in.serve = serve  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "firstresponder.web.serve", stand_in)
    monkeypatch.delitem(sys.modules, "firstresponder.cli.serve", raising=False)
    return made


def test_what_is_passed_on(run: Run, calls: list[dict[str, Any]], tmp_path: Path) -> None:
    """Every option reaches the server with the environment, and its exit code is the command's."""
    words = ("--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path), "--config", "c.yaml")  # noqa: S104
    assert run("serve", *words, MARK="1").exit_code == 5
    (given,) = calls
    env: Mapping[str, str] = given.pop("env")
    assert env["MARK"] == "1"
    cluster = {"replay": (), "speed": 1.0}
    assert given == {"host": "0.0.0.0", "port": 0, "data_dir": tmp_path, "config": Path("c.yaml"), **cluster}  # noqa: S104


def test_recordings_are_passed_on(run: Run, calls: list[dict[str, Any]]) -> None:
    """Several may be given, in their order, with one speed; a speed of nothing is refused."""
    run("serve", "--replay", "a.json", "--replay", "b.json", "--speed", "20")
    assert (calls[0]["replay"], calls[0]["speed"]) == ((Path("a.json"), Path("b.json")), 20.0)
    assert run("serve", "--replay", "a.json", "--speed", "0").exit_code == 2
    assert len(calls) == 1


def test_the_defaults_are_local(run: Run, calls: list[dict[str, Any]]) -> None:
    """With nothing said it listens on this machine only, port 8000, with no configuration file."""
    run("serve")
    assert calls[0]["host"] == "127.0.0.1"
    assert (calls[0]["port"], calls[0]["config"]) == (8000, None)


def test_a_start_that_fails(run: Run, calls: list[dict[str, Any]]) -> None:
    """What keeps it from starting is one line and 2."""
    result = run("serve", "--port", "1")
    assert (result.exit_code, result.stderr.count("\n"), len(calls)) == (2, 1, 1)
