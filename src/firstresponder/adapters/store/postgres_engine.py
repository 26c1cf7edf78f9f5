"""Connections to PostgreSQL: one schema, a time limit on everything, and words that never hold the password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from firstresponder.config import Database as Settings
from firstresponder.errors import BadConfig, Unhealthy

VARIABLE = "FIRSTRESPONDER_DATABASE_URL"
ENGINE_SUFFIX = "_engine"
"""What the durable engine's schema is called after ours."""

CONNECT_SECONDS = 5
"""How long to wait for a connection, for each host that the URL names."""

STATEMENT_SECONDS = 30.0
"""How long a statement may take, waiting for locks included."""

LOCK_SECONDS = 15.0
"""How long a statement may wait for a lock: longer than a frozen replica can hold one."""

SILENT_SECONDS = 10.0
"""How long a transaction may stand still before the database ends it: a replica that froze must not stop the others."""

_FORM = "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters in the password percent-encoded"
_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,55}")  # 63 characters at most, with the suffix

# By SQLSTATE: PostgreSQL's manual, appendix A.
_HINTS = {
    "25006": "it is a standby: the address must lead to the primary",
    "53100": "its disk is full",
    "53300": "it has no connection left: raise its max_connections, or run fewer replicas",
    "55P03": "somebody holds a lock on these tables: see pg_locks",
    "57014": "it is too slow: see what else it does in pg_stat_activity",
    "57P01": "it was shut down; it is tried again by itself",
    "57P03": "it is starting or stopping; it is tried again by itself",
    "57P05": "this process stood still in the middle of a transaction",
}

# A database that vanished behind a dead network is noticed in seconds, not when the kernel gives up after a quarter hour.
_NETWORK = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@dataclass(frozen=True)
class Place:
    """Where the tables are. As text: host, database and schema; never user or password."""

    url: URL
    schema: str

    def __str__(self) -> str:
        """Name it for people."""
        hosts = self.url.host or self.url.query.get("host") or "this machine"
        host = hosts if isinstance(hosts, str) else ",".join(hosts)
        port = f":{self.url.port}" if self.url.port else ""
        return f"PostgreSQL at {host}{port}, database {self.url.database or 'of the user'}, schema {self.schema}"

    @property
    def engine_schema(self) -> str:
        """The schema of the durable engine's own tables."""
        return self.schema + ENGINE_SUFFIX

    @property
    def address(self) -> str:
        """The URL with its password, for the one library that wants it as text."""
        return self.url.render_as_string(hide_password=False)

    def connect(self, *, read_only: bool = False) -> dict[str, Any]:
        """What each connection is made with; the URL goes before it."""
        wanted: dict[str, Any] = {**_NETWORK, "application_name": "firstresponder"}
        if not read_only:
            wanted["target_session_attrs"] = "read-write"  # of several hosts the primary; never a standby
        return {name: value for name, value in wanted.items() if name not in self.url.query}

    def explained(self, error: BaseException, what: str) -> Unhealthy:
        """Say what an error of the database means; `what` it could not do. Values of rows are left out."""
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None)
        away = f"check that it runs and can be reached, and {VARIABLE}"
        return Unhealthy(f"{self} {what}: {_said(cause)}; {_HINTS.get(state, 'see its own log') if state else away}")


def understood(settings: Settings) -> Place:
    """Read the URL and the schema's name. Raises BadConfig, which never shows the URL: it may hold a password."""
    try:
        url = make_url(settings.url.reveal())
    except (ArgumentError, ValueError):
        # Not even as the cause: a port that is no number is often half of a password with an @ or a / in it.
        raise BadConfig(f"{VARIABLE}: this is no database URL; {_FORM}") from None
    if "@" in f"{url.host}{url.database}":  # of a password with an @ in it, the end would be taken for the host, and shown
        raise BadConfig(f"{VARIABLE}: {_FORM}; this one has two @")
    if url.drivername not in _SCHEMES:
        raise BadConfig(f"{VARIABLE}: {_FORM}, got one that begins with {url.drivername!r}")
    if not _SCHEMA.fullmatch(settings.schema) or settings.schema.startswith("pg_"):
        wanted = "at most 56 of a-z, 0-9 and _, beginning with a letter or _, not with pg_"
        raise BadConfig(f"database.schema: expected {wanted}, got {settings.schema!r}")
    return Place(url.set(drivername="postgresql+psycopg"), settings.schema)


def engine_for(place: Place, *, size: int, autocommit: bool = False, read_only: bool = False) -> Engine:
    """Return an engine with at most `size` connections, each of them asked whether it lives before it is used.

    Statements see what was committed before they began (READ COMMITTED), whatever the database's default is. `autocommit`
    is for reading: no transaction stays open between statements.
    """
    made = create_engine(
        place.url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
        connect_args=place.connect(read_only=read_only),
    )
    limits = {
        "search_path": f'"{place.schema}"',
        "statement_timeout": f"{STATEMENT_SECONDS * 1000:.0f}",
        "lock_timeout": f"{LOCK_SECONDS * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{SILENT_SECONDS * 1000:.0f}",
        "default_transaction_read_only": "on" if read_only else "off",
        "synchronous_commit": "on",  # a 2xx means that it is on disk
    }

    @event.listens_for(made, "connect")
    def _settle(connection: Any, _record: object) -> None:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(limits))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {calls}", [word for pair in limits.items() for word in pair])
        connection.commit()

    return made


def _said(cause: BaseException) -> str:
    """The server's own first sentence; its details may hold values of rows."""
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    return str(primary or next(iter(str(cause).strip().splitlines()), type(cause).__name__))
