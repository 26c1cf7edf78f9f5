"""The throw-away PostgreSQL: it serves, survives its own crash, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed import postgres, processes, state
from testbed.layout import Layout
from testbed.problem import BedError, NotReadyError
from testbed.state import State

ROOT = Path(__file__).parents[2]


def test_without_postgresql_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PostgreSQL is not installed, the error names the command."""
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(NotReadyError, match="apt-get install --no-install-recommends postgresql"):
        postgres.programs()


def test_the_newest_version_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several versions the newest one runs, by number and not by letter."""
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    for version in ("9.6", "15", "17", "9"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    assert postgres.programs() == tmp_path / "17" / "bin"


def test_only_its_own_folder_is_removed(tmp_path: Path) -> None:
    """A record that names another folder removes nothing."""
    (tmp_path / "precious").touch()
    postgres.remove(State(postgres=str(tmp_path)))
    assert (tmp_path / "precious").exists()


@pytest.mark.cluster
def test_it_serves_crashes_recovers_and_leaves_nothing(tmp_path: Path) -> None:
    """It takes statements over the network with its password only; a crash loses no commit; at the end all is gone."""
    with postgres.running(tmp_path) as server:
        now = state.load(Layout.of(tmp_path))
        assert now is not None
        home = Path(now.postgres)
        assert home.stat().st_mode & 0o777 == 0o700
        if os.geteuid() == 0:
            process = now.process("postgres")
            assert process is not None
            assert Path(f"/proc/{process.pid}").stat().st_uid != 0
        server.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        server.stop()
        with pytest.raises(BedError, match="psql"):
            server.sql("SELECT 1")
        server.begin()
        assert server.sql("SELECT n FROM kept") == "7"
        stranger = server.url.replace("firstresponder:", "firstresponder:x", 1)
        done = subprocess.run([postgres.programs() / "psql", stranger, "-c", "SELECT 1"], capture_output=True, check=False)
        assert b"password authentication failed" in done.stderr
        (left,) = (each for each in (state.load(Layout.of(tmp_path)) or now).processes if each.name == "postgres")
    assert not home.exists()
    assert not processes.alive(left)


@pytest.mark.cluster
def test_alone_from_the_command_line(tmp_path: Path) -> None:
    """`postgres up` prints the address, again and again the same; `url` too while it is up; `down` removes every trace."""

    def bed(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "testbed", "postgres", *words, "--dir", str(tmp_path / "pg")]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    assert bed("url").returncode == 3
    up = bed("up")
    try:
        assert up.stdout.startswith("postgresql://firstresponder:"), up.stderr
        assert bed("up").stdout == bed("url").stdout == up.stdout
        now = state.load(Layout.of(tmp_path / "pg"))
        assert now is not None
    finally:
        down = bed("down")
    assert (down.returncode, down.stdout) == (0, "down\n")
    assert not Path(now.postgres).exists()
    assert bed("url").returncode == 3
    assert "nothing to take down" in bed("down").stdout
