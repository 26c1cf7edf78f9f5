"""A peer for `ingest.py`: the least a durable alert receiver can do, one SQLite commit per request.

    python bench/peer_commit_per_request.py PORT FOLDER

A bare ASGI function on uvicorn with the same protocol parser and event loop as ours. It parses the body, inserts a row
per alert, commits with `synchronous=FULL`, and answers 200.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

DECODER = msgspec.json.Decoder(dict[str, Any])
UPSERT = (
    "insert into alerts (fingerprint, starts_at, body) values (?, ?, ?) "
    "on conflict (fingerprint, starts_at) do update set deliveries = deliveries + 1"
)
OK = b'{"status":"success"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(OK)).encode())]


def opened(folder: Path) -> sqlite3.Connection:
    """Make the table in a new file."""
    connection = sqlite3.connect(folder / "peer.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute(
        "create table alerts (id integer primary key, fingerprint text not null, starts_at text not null, "
        "body text not null, deliveries integer not null default 1, unique (fingerprint, starts_at))"
    )
    return connection


def application(connection: sqlite3.Connection) -> Any:
    """Return the ASGI function."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        alerts = DECODER.decode(body)["alerts"]
        connection.execute("begin immediate")
        connection.executemany(UPSERT, [(each["fingerprint"], each["startsAt"], json.dumps(each)) for each in alerts])
        connection.execute("commit")
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": OK})

    return app


if __name__ == "__main__":
    uvicorn.run(
        application(opened(Path(sys.argv[2]))),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
    )
