"""`firstresponder alerts export`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DataDir
from firstresponder.cli.stored import stored
from firstresponder.model import Alert

app = new()


@app.callback()
def alerts() -> None:
    """Stored alerts."""


@app.command()
def export(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Write every stored alert as a line of JSON, oldest first: one per fingerprint and start.

    Fields: fingerprint, labels, annotations, status, startsAt, receivedAt. Reads the data folder itself (or the database
    that FIRSTRESPONDER_DATABASE_URL names), also while the server runs.
    """
    asyncio.run(_export(data_dir))


async def _export(data_dir: Path) -> None:
    store = stored(data_dir)
    try:
        async for alert in store.alerts.export():
            sys.stdout.write(json.dumps(_line(alert), separators=(",", ":")) + "\n")  # ASCII: safe for a terminal
    finally:
        await store.close()


def _line(alert: Alert) -> dict[str, Any]:
    return {
        "fingerprint": alert.fingerprint,
        "labels": alert.labels,
        "annotations": alert.annotations,
        "status": alert.status,
        "startsAt": alert.starts_at.isoformat().replace("+00:00", "Z"),
        "receivedAt": alert.received_at.isoformat().replace("+00:00", "Z"),
    }
