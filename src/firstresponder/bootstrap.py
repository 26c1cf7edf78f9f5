"""The composition root: the only place that builds adapters, and what it builds them from.

What starts here, in order: settings (an error names file, line and column), the log, the store, the cluster client,
the runbooks checked against the catalogs, the worker. Nothing is started before everything was understood.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from firstresponder.adapters import own_log
from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.ids import RandomIds
from firstresponder.adapters.kubernetes.cluster import Kubernetes, open_cluster
from firstresponder.adapters.prometheus import Prometheus
from firstresponder.adapters.replay.cluster import Replay, open_replay
from firstresponder.adapters.replay.herald import Herald
from firstresponder.adapters.slack.open import open_slack
from firstresponder.adapters.store import Store, open_store
from firstresponder.adapters.store.folder import DataFolder
from firstresponder.adapters.store.open import DATABASE_FILE
from firstresponder.config import Logging, Settings, load
from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.errors import BadConfig, BadInput, BadRunbook, FirstresponderError
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import Finding
from firstresponder.ports.clock import Clock
from firstresponder.remediation.catalog import CATALOG
from firstresponder.runbooks.load import load as load_runbooks
from firstresponder.runbooks.schema import Runbook
from firstresponder.runbooks.shipped import shipped
from firstresponder.workflow.checkup import Parts, examine, failed
from firstresponder.workflow.client import Client
from firstresponder.workflow.engine import Engine
from firstresponder.workflow.worker import Worker
from firstresponder.workflow.world import World

ENGINE_FILE = "dbos.db"
LOCK_FILE = "worker.lock"
OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where the kubelet tells a pod its namespace."""

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(kw_only=True)
class Application:
    """A built Firstresponder: start it, drive it through `client`, stop it."""

    settings: Settings
    client: Client
    worker: Worker
    store: Store
    clock: Clock
    lock: int | None  # the descriptor that holds the data folder for this process; None: another process has it
    herald: Herald | None = None  # delivers the alerts of recordings; None: the cluster is a real one

    def start(self) -> None:
        """Begin to work."""
        self.worker.start()
        if self.herald is not None:
            self.herald.start()

    def stop(self) -> None:
        """Start nothing new; what is in flight goes on in the next process."""
        if self.herald is not None:
            self.herald.stop()
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
    settings = _placed(load(config, env), env)
    check_actions(settings)
    runbooks = read_runbooks(settings)
    own_log.configure(settings.logging)
    clock = SystemClock()
    recorded = open_replay(replay, clock, speed) if replay else None
    store = open_store(data_dir, clock)
    lock = _hold(data_dir)
    cluster = open_cluster(settings.cluster, env) if recorded is None else _stand_in(recorded)
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
        folder=DataFolder(data_dir, DATABASE_FILE),
        metrics=recorded or _prometheus(settings),
        recording=recorded.name if recorded else "",
        clock=clock,
        ids=RandomIds(clock),
        hang_up=cluster.close,
        settings=settings,
        runbooks=runbooks,
        notifiers=(),
    )
    if mark is not None:
        world.mark = mark
    url = f"sqlite:///{_private(data_dir / ENGINE_FILE)}"
    worker = Worker(world, lambda: Engine(url), alone=lock is not None)
    client = Client(world, worker.state, cluster.name or "none is configured: alerts are kept, nothing can be investigated")
    herald = _herald(recorded, client, clock) if recorded else None
    return Application(settings=settings, client=client, worker=worker, store=store, clock=clock, lock=lock, herald=herald)


def _prometheus(settings: Settings) -> Prometheus | None:
    return Prometheus(settings.prometheus.url, timeout=settings.prometheus.timeout) if settings.prometheus.url else None


def _stand_in(recorded: Replay) -> Kubernetes:
    """A recording in the place of the cluster. No connection is made, so none can be used by mistake."""
    log.warning("the cluster is a recording: nothing real is read or changed", recording=recorded.name)
    return Kubernetes(name=recorded.name, read=recorded, write=recorded, logs=recorded, access=recorded, connection=None)


def _herald(recorded: Replay, client: Client, clock: Clock) -> Herald:
    for player in recorded.players:
        if not parse_webhook(msgspec.json.encode(player.alert()), clock.now()).alerts:
            raise BadInput(f"recording {player.bundle.id or '(no id)'}: alert: expected alerts that can be read")

    async def deliver(body: bytes) -> None:
        await client.receive(parse_webhook(body, clock.now()).alerts)

    return Herald(recorded.players, deliver)


async def look_over(data_dir: Path, config: Path | None, env: Mapping[str, str]) -> list[Finding]:
    """Build every part as `build` does and see whether it is well; a part that cannot be built is a finding too.

    Nothing is started or written, and neither the lock nor the lease is taken: a server may run on the same data folder.
    """
    own_log.configure(Logging(level="error"))
    found: list[Finding] = []
    settings = _tried(found, "settings", lambda: _understood(config, env))
    if settings is None:
        return found
    clock = SystemClock()
    _tried(found, "runbooks", lambda: read_runbooks(settings))
    cluster = _tried(found, "cluster", lambda: open_cluster(settings.cluster, env))
    chat = _tried(found, "Slack", lambda: (open_slack(settings.slack, clock),))
    sinks = None if chat is None else tuple(side.notifier for side in chat if side is not None)
    metrics = _prometheus(settings)
    store = await asyncio.to_thread(_stored, found, data_dir, clock)
    parts = Parts(
        settings=settings,
        clock=clock,
        access=cluster.access if cluster else None,
        alerts=store.alerts if store else None,
        audit=store.audit if store else None,
        kill_switch=store.kill_switch if store else None,
        folder=DataFolder(data_dir, DATABASE_FILE),
        metrics=metrics,
        notifiers=sinks,
        serving=False,
    )
    try:
        return [*found, *await examine(parts)]
    finally:
        await asyncio.gather(*(each.close() for each in (store, cluster, metrics, *(sinks or ())) if each is not None))


def _understood(config: Path | None, env: Mapping[str, str]) -> Settings:
    settings = _placed(load(config, env), env)
    check_actions(settings)
    return settings


def _stored(found: list[Finding], data_dir: Path, clock: Clock) -> Store | None:
    """Open the store to read, if there is one yet."""
    try:
        (data_dir / DATABASE_FILE).stat()
    except FileNotFoundError:
        found.append(
            Finding(part="store", state="off", says=f"nothing is stored in {data_dir} yet: it is made at the first start")
        )
        return None
    except OSError as error:
        found.append(failed("store", f"{data_dir}: cannot be looked into ({error.strerror})", "run as the owner of the folder"))
        return None
    return _tried(found, "store", lambda: open_store(data_dir, clock, read_only=True))


def _tried(found: list[Finding], part: str, make: Callable[[], T]) -> T | None:
    try:
        return make()
    except FirstresponderError as error:
        found.append(failed(part, str(error)))
        return None


def read_runbooks(settings: Settings) -> tuple[Runbook, ...]:
    """Read the shipped runbooks and those of the configured folders, checked against the catalogs. Raises BadRunbook."""
    texts = shipped()
    for folder in settings.runbooks:
        found = sorted(Path(folder).glob("*.yaml")) if Path(folder).is_dir() else None
        if found is None:
            raise BadRunbook(f"{folder}: expected a folder with runbooks (*.yaml), as named under `runbooks`")
        texts += [(str(path), path.read_text(encoding="utf-8")) for path in found]
    return load_runbooks(texts, actions={action.id for action in CATALOG}, causes=set(DETECTORS))


def check_actions(settings: Settings) -> None:
    """Refuse to start with the name of an action that does not exist: it would allow nothing, silently."""
    known = {action.id for action in CATALOG}
    guards = settings.guards
    named = [("guards.allow or ALLOWED_ACTIONS", rule.action) for rule in guards.allow]
    named += [("guards.auto", rule.action) for rule in guards.auto]
    named += [("guards.modes", rule.action) for rule in guards.modes if rule.action]
    for where, action in named:
        if action not in known:
            raise BadConfig(f"{where}: there is no action {action!r}; expected one of {', '.join(sorted(known))}")


def _placed(settings: Settings, env: Mapping[str, str]) -> Settings:
    """Inside a cluster, find out where we run, so that our own pods are never touched."""
    if settings.cluster.own_namespace or not env.get("KUBERNETES_SERVICE_HOST"):
        return settings
    try:
        namespace = OWN_NAMESPACE.read_text(encoding="utf-8").strip()
    except OSError:
        return settings
    return replace(settings, cluster=replace(settings.cluster, own_namespace=namespace))


def _private(path: Path) -> Path:
    """Make a file that only we may read before a library makes it for all."""
    os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, 0o600))
    return path


def _hold(data_dir: Path) -> int | None:
    """Take the data folder for this process, if no living process has it.

    The kernel gives the lock up when its holder dies, however it dies: who gets it knows that a lease which is left in
    the database belongs to a dead process, and need not wait for it to run out.
    """
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
