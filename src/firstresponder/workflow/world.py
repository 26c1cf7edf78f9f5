"""Everything the stories need of the world, in one place; `bootstrap` fills it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from firstresponder.config import Settings
from firstresponder.model import Grant
from firstresponder.ports.access import Access
from firstresponder.ports.alert_store import AlertStore
from firstresponder.ports.audit_log import AuditLog
from firstresponder.ports.clock import Clock
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.cluster_write import ClusterWrite
from firstresponder.ports.folder import Folder
from firstresponder.ports.ids import Ids
from firstresponder.ports.incident_store import IncidentStore
from firstresponder.ports.journal import Journal
from firstresponder.ports.kill_switch import KillSwitch
from firstresponder.ports.lease import Lease
from firstresponder.ports.logs import Logs
from firstresponder.ports.metrics import Metrics
from firstresponder.ports.notifier import Notifier
from firstresponder.ports.outbox import Outbox
from firstresponder.runbooks.schema import Runbook


def _no_mark(_name: str) -> None:
    """Nobody watches the marks in production; the crash tests do."""


async def _nothing() -> None:
    """There is no connection to close."""


@dataclass(kw_only=True)
class World:
    """The ports and settings of one process, and the lease it holds."""

    alerts: AlertStore
    incidents: IncidentStore
    outbox: Outbox
    audit: AuditLog
    journal: Journal
    lease: Lease
    kill_switch: KillSwitch
    read: ClusterRead
    write: ClusterWrite
    logs: Logs
    access: Access
    folder: Folder
    metrics: Metrics | None
    clock: Clock
    ids: Ids
    settings: Settings
    runbooks: tuple[Runbook, ...]
    recording: str = ""  # what stands in for the cluster, where it is none; every brief says so
    mark: Callable[[str], None] = _no_mark
    notifiers: tuple[Notifier, ...] = ()
    wake: Callable[[], None] = lambda: None
    news: Callable[[], None] = lambda: None  # something is to be told; called in the worker's event loop
    hang_up: Callable[[], Awaitable[None]] = _nothing
    grant: Grant | None = field(default=None)

    def held(self) -> Grant | None:
        """Return the worker's lease as last renewed, or None when it is not ours."""
        return self.grant
