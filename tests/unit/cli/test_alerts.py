"""Exporting alerts, offline."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from firstresponder.adapters.store import open_store
from firstresponder.testing.app import NOON, example_alert
from firstresponder.testing.clock import FakeClock

Run = Any


async def test_export_while_the_store_is_open(run: Run, tmp_path: Path) -> None:
    """Each fingerprint and start is one line with exactly the six fields, also while a server has the store open."""
    store = open_store(tmp_path, FakeClock())
    first = example_alert(note="\x1b[2J\x9b日本")
    second = replace(first, starts_at=NOON, received_at=NOON + timedelta(seconds=1))
    resolved = replace(second, status="resolved", ends_at=NOON + timedelta(seconds=2))
    await store.alerts.append([first, second])
    await store.alerts.append([first, resolved])
    result = await asyncio.to_thread(run, "alerts", "export", "--data-dir", str(tmp_path))
    await store.close()
    assert result.exit_code == 0
    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    assert rows == [
        {
            "fingerprint": "0123456789abcdef",
            "labels": first.labels,
            "annotations": {"summary": "api crash-loops"},
            "status": "firing",
            "startsAt": "2026-03-10T11:55:00Z",
            "receivedAt": "2026-03-10T12:00:00Z",
        },
        {
            "fingerprint": "0123456789abcdef",
            "labels": first.labels,
            "annotations": {"summary": "api crash-loops"},
            "status": "resolved",
            "startsAt": "2026-03-10T12:00:00Z",
            "receivedAt": "2026-03-10T12:00:01Z",
        },
    ]


def test_no_store(run: Run, tmp_path: Path) -> None:
    """A folder without a store is bad input, and none is made there."""
    result = run("alerts", "export", "--data-dir", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []
