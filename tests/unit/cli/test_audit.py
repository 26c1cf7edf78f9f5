"""The audit, verified and shown offline."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.store import open_store
from firstresponder.model import AuditDraft
from firstresponder.testing.app import NOON
from firstresponder.testing.clock import FakeClock

Run = Any


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """Make a store with five entries of two incidents, and close it."""
    store = open_store(tmp_path, FakeClock())
    for i in range(5):
        draft = AuditDraft(
            what="plan.approved", actor=f"ann\x1b[2J{i}", at=NOON, incident_id=f"inc-{i % 2}", data={"n": i, "reason": "[b]\x9b"}
        )
        await store.audit.append([draft])
    await store.close()
    return tmp_path


def tamper(data_dir: Path, statement: str) -> None:
    """Change the database behind the store's back, as somebody with the file could, triggers and all."""
    with sqlite3.connect(data_dir / "app.db") as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute(statement)
    connection.close()


def test_a_sound_chain(run: Run, data_dir: Path) -> None:
    """It ends with 0, and says how many entries hold and that the kept head is among them."""
    result = run("audit", "verify", "--data-dir", str(data_dir))
    assert result.exit_code == 0
    assert result.stdout.startswith("verified: 5 entries, the last is 5 ")
    assert "the kept head (entry 5) is in the chain" in result.stdout


@pytest.mark.parametrize(
    ("statement", "seq", "fault"),
    [
        ("update audit set actor = 'eve' where seq = 3", 3, "edited"),
        ("delete from audit where seq = 2", 2, "removed"),
        ("delete from audit where seq >= 4", 4, "cut"),
        ("delete from audit", 1, "cut"),
    ],
)
def test_a_changed_chain(run: Run, data_dir: Path, statement: str, seq: int, fault: str) -> None:
    """An edited, removed or cut entry ends with 1 and is named, in text and in JSON."""
    tamper(data_dir, statement)
    result = run("audit", "verify", "--data-dir", str(data_dir))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"NOT VERIFIED: entry {seq} ({fault})")
    result = run("audit", "verify", "--data-dir", str(data_dir), "--format", "json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"], report["seq"], report["fault"]) == (1, False, seq, fault)


def test_a_head_that_was_kept_elsewhere(run: Run, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`--head` finds a cut that was hidden by replacing the head in the data folder too."""
    elsewhere = tmp_path_factory.mktemp("kept") / "head"
    elsewhere.write_bytes((data_dir / "audit.head").read_bytes())
    tamper(data_dir, "delete from audit where seq = 5")
    (data_dir / "audit.head").unlink()
    unseen = run("audit", "verify", "--data-dir", str(data_dir))
    assert unseen.exit_code == 0
    assert "a cut end, or a wholly new chain, would not be seen" in unseen.stdout
    assert run("audit", "verify", "--data-dir", str(data_dir), "--head", str(elsewhere)).exit_code == 1


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"seq": 1}'])
def test_a_head_that_is_none(run: Run, data_dir: Path, tmp_path: Path, content: bytes | None) -> None:
    """A head that cannot be read is bad input (2), never a verdict on the chain."""
    given = tmp_path / "given"
    if content is not None:
        given.write_bytes(content)
    result = run("audit", "verify", "--data-dir", str(data_dir), "--head", str(given))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--head" in result.stderr


async def test_while_the_store_is_open(run: Run, data_dir: Path) -> None:
    """It works beside a running server, whose chain may go on beyond the kept head."""
    kept = (data_dir / "audit.head").read_bytes()
    store = open_store(data_dir, FakeClock())
    await store.audit.append([AuditDraft(what="x", actor="ann", at=NOON)])
    (data_dir / "head").write_bytes(kept)
    result = await asyncio.to_thread(run, "audit", "verify", "--data-dir", str(data_dir), "--head", str(data_dir / "head"))
    await store.close()
    assert result.exit_code == 0
    assert "the kept head (entry 5) is in the chain; 1 entries after it" in result.stdout


def test_show(run: Run, data_dir: Path) -> None:
    """Entries are shown in order, of all incidents or one; what they hold is text only, on one line each."""
    rows = run("audit", "show", "--data-dir", str(data_dir)).stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[0] == "1 2026-03-10 12:00:00Z plan.approved ann0 inc-0 reason=[b]"
    result = run("audit", "show", "--incident", "inc-1", "--format", "json", "--data-dir", str(data_dir))
    assert [json.loads(row)["seq"] for row in result.stdout.splitlines()] == [2, 4]
    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout
