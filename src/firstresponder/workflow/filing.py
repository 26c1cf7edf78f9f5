"""From stored alerts to incidents: ask what each alert is about, let correlation decide, write it all at once.

The alert was on disk before its sender got a 2xx; this runs afterwards and again after a crash, over whatever is
still marked as waiting. Asking the cluster is bounded in time and number: an alert whose object is unknown is filed by
its labels.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import structlog

from firstresponder.correlation.correlate import Filing, correlate
from firstresponder.correlation.title import severity_of, title_of
from firstresponder.errors import FirstresponderError
from firstresponder.evidence.reads import ApiBudget
from firstresponder.evidence.resolve import resolve
from firstresponder.model import Alert, AuditDraft, Event, EventKind, Incident, Phase, StoredAlert, TargetRef
from firstresponder.ports.incident_store import Filed
from firstresponder.workflow.board import Board
from firstresponder.workflow.world import World

BATCH = 50
"""Alerts filed in one transaction: a webhook that waits for the store waits for one such at most."""
ASK_AT_MOST = 25
"""Cluster look-ups in one batch: a storm is filed by labels rather than asked about one by one."""
LOOKS = 8
"""API calls for one such look-up: a pod, its owners, or a Service and its pods."""
REMEMBER = 60.0
"""Seconds that an answer (also "not known") stands for alerts with the same labels of identity."""
REMEMBER_AT_MOST = 2000

log = structlog.get_logger(__name__)


class Clerk:
    """Files alerts under incidents, oldest first."""

    def __init__(self, world: World, board: Board) -> None:
        """Start with nothing remembered but the board."""
        self.world = world
        self.board = board
        self._about: OrderedDict[str, tuple[float, TargetRef | None]] = OrderedDict()

    async def file_all(self) -> int:
        """File everything that waits; return how many alerts that were."""
        done = 0
        while rows := await self.world.alerts.uncorrelated(BATCH):
            await self._file(rows)
            done += len(rows)
            if len(rows) < BATCH:
                break
        return done

    async def _file(self, rows: list[StoredAlert]) -> None:
        world, now = self.world, self.world.clock.now()
        self.board.forget_old()
        live, recent = self.board.live, self.board.recent
        memory = dict(await world.alerts.incidents_of([row.alert.fingerprint for row in rows]))
        opened: list[Incident] = []
        events: list[Event] = []
        filed: list[Filed] = []
        audit: list[AuditDraft] = []
        asked = 0
        for row in rows:
            subject = None
            remembered = memory.get(row.alert.fingerprint)
            if row.alert.status == "firing" and remembered not in live and remembered not in recent:
                subject, used = await self._subject(row.alert, may_ask=asked < ASK_AT_MOST)
                asked += used
            filing = correlate(row, subject, live, recent, memory, now, world.settings.correlation)
            incident_id = filing.incident_id
            if filing.kind == "open":
                incident = self._open(row.alert, subject, filing)
                opened.append(incident)
                live.put(incident)
                incident_id = incident.id
            # What is ignored stays where it was: the late end of an alert belongs to the incident that had it.
            filed.append(Filed(seq=row.seq, incident_id=incident_id or row.incident_id or "", delivered=row.deliveries))
            if filing.kind != "ignore":
                memory[row.alert.fingerprint] = incident_id
                events.append(_event(row.alert, incident_id, filing, self.world))
            if filing.kind != "join" or row.incident_id is None:
                audit.append(_draft(row.alert, incident_id, filing, self.world))
        try:
            await world.incidents.file(opened, events, filed, audit)
        except FirstresponderError:
            for incident in opened:  # none of it is there
                live.drop(incident.id)
            raise
        log.info("filed", alerts=len(rows), opened=len(opened), asked=asked)

    def _open(self, alert: Alert, subject: TargetRef | None, filing: Filing) -> Incident:
        now = self.world.clock.now()
        return Incident(
            id=self.world.ids.incident(),
            title=title_of(alert, subject),
            severity=severity_of(alert),
            phase=Phase.RECEIVED,
            opened_at=now,
            updated_at=now,
            subject=subject,
            key=filing.key,
            firing=1,
            alerts=1,
            reason=filing.reason,
        )

    async def _subject(self, alert: Alert, *, may_ask: bool) -> tuple[TargetRef | None, int]:
        """Return the object that the alert is about, and how many look-ups that took (0 or 1)."""
        key, now = alert.fingerprint, self.world.clock.monotonic()
        if key in self._about and now - self._about[key][0] < REMEMBER:
            return self._about[key][1], 0
        if not may_ask:
            return None, 0
        target: TargetRef | None = None
        try:
            async with asyncio.timeout(self.world.settings.correlation.resolve_timeout):
                target = (await resolve([alert], self.world.read, budget=ApiBudget(LOOKS))).target
        except (TimeoutError, FirstresponderError) as error:
            log.warning("could not ask what an alert is about", alert=alert.name, why=str(error) or "time is over")
        self._about[key] = (now, target)
        while len(self._about) > REMEMBER_AT_MOST:
            self._about.popitem(last=False)
        return target, 1


def _event(alert: Alert, incident_id: str, filing: Filing, world: World) -> Event:
    return Event(
        incident_id=incident_id,
        kind=EventKind.ALERT_FIRING if alert.status == "firing" else EventKind.ALERT_RESOLVED,
        at=world.clock.now(),
        actor=alert.source,
        data={"fingerprint": alert.fingerprint, "alertname": alert.name, "how": filing.kind, "reason": filing.reason},
    )


def _draft(alert: Alert, incident_id: str, filing: Filing, world: World) -> AuditDraft:
    return AuditDraft(
        what=f"alert.{filing.kind}",
        actor=alert.source,
        at=world.clock.now(),
        incident_id=incident_id,
        data={"fingerprint": alert.fingerprint, "alertname": alert.name, "status": alert.status, "reason": filing.reason},
    )
