"""Real processes that are killed, and processes that share one database."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from pathlib import Path

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import open_store
from firstresponder.adapters.store.chain import read_head
from firstresponder.audit.chain import Report, Verifier
from firstresponder.config import Database

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
import structlog
from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import open_store
from firstresponder.config import Database, Secret
from firstresponder.model import Alert, AuditDraft

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
clock = SystemClock()

async def appends(store, tag, limit):
    number = 0
    while number < limit:
        number += 1
        alerts = [
            Alert(fingerprint=f"{tag}-{number}-{part}", labels={"x": "y" * 300}, annotations={}, status="firing",
                  starts_at=clock.now(), received_at=clock.now())
            for part in range(3)
        ]
        await store.alerts.append(alerts)
        os.write(1, "".join(f"alert {alert.fingerprint}\\n" for alert in alerts).encode())

async def audits(store, tag, limit):
    number = 0
    while number < limit:
        number += 1
        [entry] = await store.audit.append([AuditDraft(what=f"{tag}-{number}", actor="a", at=clock.now())])
        os.write(1, f"audit {entry.seq} {entry.hash}\\n".encode())

async def main(folder, tag, limit):
    store = open_store(Path(folder), clock, database=Database(url=Secret(os.environ["DATABASE"]), schema=os.environ["SCHEMA"]))
    tasks = [appends(store, f"{tag}{n}", limit) for n in range(8)] + [audits(store, f"{tag}{n}", limit) for n in range(2)]
    await asyncio.gather(*tasks)
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def start(folder: Path, tag: str, limit: int, database: Database) -> subprocess.Popen[str]:
    """Start a process that writes and names on its output what was acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, folder, tag, str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "DATABASE": database.url.reveal(), "SCHEMA": database.schema},
    )


async def found(folder: Path, database: Database) -> tuple[set[str], dict[int, str], Report]:
    """Open what is left: fingerprints, audit hashes by number, and the check against the kept head."""
    store = open_store(folder, SystemClock(), database=database)
    verifier, hashes = Verifier(read_head(folder)), {}
    async for entry in store.audit.entries():
        verifier.see(entry)
        hashes[entry.seq] = entry.hash
    fingerprints = {alert.fingerprint async for alert in store.alerts.export()}
    if not database.url:
        assert await store._database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    await store.close()
    return fingerprints, hashes, verifier.report()


def acknowledged(lines: list[str]) -> tuple[set[str], dict[int, str]]:
    """Read what a process said."""
    words = [line.split() for line in lines if line.endswith("\n")]
    return {word[1] for word in words if word[0] == "alert"}, {int(word[1]): word[2] for word in words if word[0] == "audit"}


def test_what_was_acknowledged_survives_kill_nine(tmp_path: Path, database: Database) -> None:
    """After SIGKILL at random moments, five times over, every acknowledged alert and audit entry is there, soundly chained."""
    alerts: set[str] = set()
    hashes: dict[int, str] = {}
    for attempt in range(5):
        process = start(tmp_path / "data", f"r{attempt}", 1_000_000, database)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(1 + secrets.randbelow(400))]
        process.kill()
        lines += process.stdout.readlines()
        assert process.wait() == -9
        process.stdout.close()
        new_alerts, new_hashes = acknowledged(lines)
        assert new_alerts or new_hashes, "the process must have been killed at work"
        alerts |= new_alerts
        hashes |= new_hashes
        stored, chain, report = asyncio.run(found(tmp_path / "data", database))
        assert alerts <= stored
        assert hashes.items() <= chain.items()
        assert report.ok, report.detail
        assert report.beyond is None or report.beyond <= 2, "at most the last commit lies beyond the head"


def test_two_processes_on_one_database_do_not_harm_each_other(tmp_path: Path, database: Database) -> None:
    """Two processes that write at the same time lose nothing and make one chain, which holds the kept head of each folder."""
    paths = [tmp_path / "data", tmp_path / ("other" if database.url else "data")]
    asyncio.run(open_store(paths[0], SystemClock(), database=database).close())
    processes = [start(path, tag, 15, database) for path, tag in zip(paths, "ab", strict=True)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    said = [acknowledged(output.splitlines(keepends=True)) for output in outputs]
    for path in paths:
        stored, chain, report = asyncio.run(found(path, database))
        assert stored == said[0][0] | said[1][0]
        assert len(stored) == 2 * 8 * 15 * 3
        assert chain == said[0][1] | said[1][1]
        assert len(chain) == 2 * 2 * 15
        assert report.ok, report.detail


def test_the_files_of_a_killed_process_stay_private(tmp_path: Path) -> None:
    """A process that was killed leaves no file that others may read."""
    process = start(tmp_path / "data", "r", 1_000_000, Database())
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()} == {0o600}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
