"""The durable engine: the few calls of DBOS that we use, and the only place where nouns become JSON and back.

What it gives: a step that finished never runs again; a workflow that was cut off goes on in the next process that has
the same executor id. What it does not give: the step in flight at a crash runs again, so every effect is safe to
repeat (the write gate). Its database is disposable: losing it loses no incident.

Choices that matter (each was paid for in a trial):
- the portable JSON serializer, and results are decoded on the first run too, so that a replay sees the same types;
- a fixed application version: the default hashes source text, and work of another hash is never recovered;
- a fixed executor id: the successor of a dead process recovers its work by having the same name (one active worker at
  a time is what the lease is for).

On PostgreSQL its tables are in a schema of their own, in the database that the store uses. While that database is away, the
engine waits: what is in flight goes on when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy
import sqlalchemy.event
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowHandleAsync

from firstresponder.correlation.advance import Start
from firstresponder.errors import Unhealthy

APPLICATION = "firstresponder"
APPLICATION_VERSION = "1"
"""Raise it only when a story changed so that old work cannot go on; work of another version is not recovered."""

LIVE = ("PENDING", "ENQUEUED", "DELAYED")
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
SWEEP = 500
ANSWER = 15.0
"""Seconds that a question of ours may take. The engine itself asks for ever, and the lease would run out meanwhile."""
CONNECTIONS = 8
"""To PostgreSQL: as many as there are threads."""

T = TypeVar("T")
Story = Callable[[str, int, str], Coroutine[Any, Any, None]]


class Calm(logging.Filter):
    """Let a warning of the library pass once a minute, its first line only.

    While its database is away each of its threads says so every second, with a traceback; that it is away, and since
    when, is in our own log.
    """

    QUIET = 60.0

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a warning, and drop it if it was said lately; errors pass as they are."""
        if record.levelno > logging.WARNING:
            return True
        first = (record.getMessage().splitlines() or [""])[0]
        record.msg, record.args, record.exc_info = first, (), None
        key = "".join(letter for letter in first if not letter.isdigit())
        self._said = {each: at for each, at in self._said.items() if record.created - at < self.QUIET}
        return self._said.setdefault(key, record.created) == record.created


_CALM = Calm()


class Engine:
    """Runs stories (workflows) durably. Make it, `tell` it the stories, then `launch` it inside its event loop."""

    def __init__(self, database_url: str, *, schema: str = "", connect: Mapping[str, Any] | None = None) -> None:
        """`database_url` is a SQLAlchemy URL; the file, or on PostgreSQL the schema, is the engine's own.

        `connect` goes to the driver with each connection (PostgreSQL only).
        """
        # Its own logger would set up handlers of its own and advertise a service; ours carries what matters.
        logging.getLogger("dbos").setLevel(logging.WARNING)
        logging.getLogger("dbos").addFilter(_CALM)
        self._database = _postgresql(database_url, connect or {}) if schema else _sqlite(database_url)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": database_url,
            "system_database_engine": self._database,
            "application_version": APPLICATION_VERSION,
            "executor_id": APPLICATION,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": CONNECTIONS,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 1.0,
            "use_listen_notify": False,
        }
        if schema:
            config["dbos_system_schema"] = schema
        self._dbos = DBOS(config=config)
        self._stories: dict[str, Story] = {}

    def tell(self, name: str, story: Story) -> None:
        """Register a story under a name that never changes. Only before `launch`."""
        self._stories[name] = DBOS.workflow(name=name, max_recovery_attempts=20)(story)

    def launch(self) -> None:
        """Open the database, begin to recover what a dead process left, and adopt the running event loop.

        Raises Unhealthy when the database cannot be used.
        """
        try:
            DBOS.launch()
        except sqlalchemy.exc.SQLAlchemyError as error:
            cause = next(iter(str(getattr(error, "orig", error)).strip().splitlines()), type(error).__name__)
            raise Unhealthy(f"the engine's own tables cannot be used: {cause}") from error

    def stop(self) -> None:
        """Stop at once. What is in flight goes on in the next process."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)
        self._database.dispose()

    async def step(self, name: str, form: type[T], do: Callable[[], Awaitable[T]]) -> T:
        """Run one step of a story and keep its result; a repeat of a finished step returns what was kept.

        The result is a noun of at most a few kB: ids and digests, never evidence.
        """

        async def kept() -> Any:
            return msgspec.to_builtins(await do())

        return msgspec.convert(await DBOS.run_step_async({"name": name}, kept), form)

    async def ensure(self, start: Start) -> str:
        """Start the workflow unless it was started before; return its status now.

        "PENDING" means it is on its way; "SUCCESS" that it is through; "ERROR" that it raised what no step expected.
        """
        known = await _answered(DBOS.get_workflow_status_async(start.id))
        if known is not None:
            return known.status
        with SetWorkflowID(start.id):
            handle: WorkflowHandleAsync[None] = await _answered(
                DBOS.start_workflow_async(self._stories[start.workflow], start.incident_id, start.n, start.plan_digest)
            )
        return (await _answered(handle.get_status())).status

    async def sweep(self, ended_before: datetime) -> int:
        """Remove finished workflows that ended before that time, a bounded number; return how many."""
        old = await _answered(
            DBOS.list_workflows_async(
                status=list(ENDED), end_time=ended_before.isoformat(), limit=SWEEP, load_input=False, load_output=False
            )
        )
        for known in old:
            await _answered(DBOS.delete_workflow_async(known.workflow_id))
        return len(old)


async def _answered(question: Awaitable[T]) -> T:
    """Return the answer, within bounds. Raises Unhealthy when none comes: the database is away, and is asked again later."""
    try:
        async with asyncio.timeout(ANSWER):
            return await question
    except TimeoutError as error:
        raise Unhealthy(f"the engine's own tables did not answer within {ANSWER:g} s; is the database there?") from error


def _sqlite(url: str) -> sqlalchemy.Engine:
    """Open the engine's own file, with a write-ahead log that is synced at checkpoints only.

    A killed process loses nothing that way. A power cut may take back the last steps: they run again, which every step
    is made for, and what matters, the journal of writes among it, is in the other database.
    """
    database = sqlalchemy.create_engine(url)

    @sqlalchemy.event.listens_for(database, "connect")
    def _relax(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # writers queue up instead of failing, as the library has it
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA foreign_keys=ON")

    return database


def _postgresql(url: str, connect: Mapping[str, Any]) -> sqlalchemy.Engine:
    """Open the engine's own connections; each is asked whether it lives before it is used.

    A transaction whose process stands still is ended by the database: the successor needs its rows.
    """
    database = sqlalchemy.create_engine(
        url, pool_size=CONNECTIONS, max_overflow=2, pool_pre_ping=True, hide_parameters=True, connect_args=dict(connect)
    )

    @sqlalchemy.event.listens_for(database, "connect")
    def _limit(connection: Any, _record: object) -> None:
        connection.execute("SELECT set_config('idle_in_transaction_session_timeout', '10000', false)")
        connection.commit()

    return database


@contextlib.asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[Engine]:
    """Launch the engine in this event loop, and stop it at the end."""
    try:
        engine.launch()
        yield engine
    finally:
        engine.stop()
