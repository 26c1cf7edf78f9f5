"""The whole, built from the configuration.

What starts here, in order: settings (an error names file, line and column), the log, the store, the cluster client,
the runbooks checked against the catalogs, the worker. Nothing is started before everything was understood.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firstresponder.adapters import own_log
from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.ids import RandomIds
from firstresponder.adapters.kubernetes.cluster import open_cluster
from firstresponder.adapters.prometheus import Prometheus
from firstresponder.adapters.replay.cluster import open_replay
from firstresponder.adapters.replay.herald import Herald
from firstresponder.adapters.slack.open import open_slack
from firstresponder.adapters.store import Store, open_store
from firstresponder.adapters.store.folder import DataFolder
from firstresponder.adapters.store.open import DATABASE_FILE
from firstresponder.adapters.store.postgres_engine import understood
from firstresponder.bootstrap.configured import read_runbooks, understand
from firstresponder.bootstrap.folder import hold, private
from firstresponder.bootstrap.recorded import herald as make_herald
from firstresponder.bootstrap.recorded import stand_in
from firstresponder.config import Database, Settings
from firstresponder.ports.clock import Clock
from firstresponder.workflow.client import Client
from firstresponder.workflow.engine import Engine
from firstresponder.workflow.worker import Worker
from firstresponder.workflow.world import World

if TYPE_CHECKING:
    from firstresponder.adapters.slack.clicks import SlackInbox

ENGINE_FILE = "dbos.db"


@dataclass(kw_only=True)
class Application:
    """A built Firstresponder: start it, drive it through `client`, stop it."""

    settings: Settings
    client: Client
    worker: Worker
    store: Store
    clock: Clock
    lock: int | None  # the descriptor that holds the data folder for this process; None: another process has it
    inbox: SlackInbox | None = None  # takes what is clicked in Slack
    herald: Herald | None = None  # delivers the alerts of recordings; None: the cluster is a real one

    def start(self) -> None:
        """Begin to work."""
        self.worker.start()
        if self.inbox is not None:
            self.inbox.start()
        if self.herald is not None:
            self.herald.start()

    def stop(self) -> None:
        """Start nothing new; what is in flight goes on in the next process."""
        if self.herald is not None:
            self.herald.stop()
        if self.inbox is not None:
            self.inbox.stop()
        self.worker.stop()
        asyncio.run(self.store.close())
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


def make_token() -> str:
    """Return a new token for the API: 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def build(
    data_dir: Path,
    config: Path | None,
    env: Mapping[str, str],
    *,
    mark: Callable[[str], None] | None = None,
    replay: Sequence[Path] = (),
    speed: float = 1.0,
) -> Application:
    """Understand the configuration and wire everything; nothing runs yet.

    `mark` is called at each of the places where the crash tests end the process. `replay`: recordings that stand in for the
    cluster and Prometheus, whatever the configuration names; they begin now, `speed` times as fast as they were recorded.
    Raises BadConfig, BadRunbook, BadInput (a recording) and Unhealthy, each with what to do.
    """
    settings = understand(config, env)
    runbooks = read_runbooks(settings)
    own_log.configure(settings.logging)
    clock = SystemClock()
    slack = open_slack(settings.slack, clock) if not replay else None  # nobody is told of a play
    recorded = open_replay(replay, clock, speed) if replay else None
    database = settings.database if recorded is None else Database()  # a play never gets into the record of real incidents
    store = open_store(data_dir, clock, database=database)
    lock = hold(data_dir)
    cluster = open_cluster(settings.cluster, env) if recorded is None else stand_in(recorded)
    world = World(
        alerts=store.alerts,
        incidents=store.incidents,
        outbox=store.outbox,
        audit=store.audit,
        journal=store.journal,
        lease=store.lease,
        kill_switch=store.kill_switch,
        read=cluster.read,
        write=cluster.write,
        logs=cluster.logs,
        access=cluster.access,
        folder=data_folder(data_dir, database),
        metrics=recorded or prometheus(settings),
        recording=recorded.name if recorded else "",
        clock=clock,
        ids=RandomIds(clock),
        hang_up=cluster.close,
        settings=settings,
        runbooks=runbooks,
        notifiers=(slack.notifier,) if slack else (),
    )
    if mark is not None:
        world.mark = mark
    # The folder's lock says nothing about other machines: with a shared database a dead process's lease has to run out.
    worker = Worker(world, _engine(data_dir, database), alone=lock is not None and not database.url)
    client = Client(world, worker.state, cluster.name or "none is configured: alerts are kept, nothing can be investigated")
    herald = make_herald(recorded, client, clock) if recorded else None
    return Application(
        settings=settings,
        client=client,
        worker=worker,
        store=store,
        clock=clock,
        lock=lock,
        herald=herald,
        inbox=slack.inbox(client) if slack else None,
    )


def _engine(data_dir: Path, database: Database) -> Callable[[], Engine]:
    if database.url:
        place = understood(database)
        return lambda: Engine(place.address, schema=place.engine_schema, connect=place.connect())
    url = f"sqlite:///{private(data_dir / ENGINE_FILE)}"
    return lambda: Engine(url)


def data_folder(data_dir: Path, database: Database) -> DataFolder:
    """Return what lies on this machine's disk."""
    return DataFolder(data_dir, "" if database.url else DATABASE_FILE)


def prometheus(settings: Settings) -> Prometheus | None:
    """Return Prometheus where one is configured."""
    return Prometheus(settings.prometheus.url, timeout=settings.prometheus.timeout) if settings.prometheus.url else None
