"""From rows to work: fold what happened into the row, let offers expire, and keep alive what the row wants.

Nothing here remembers anything that the database does not know: a turn after a crash does what the turn before it
would have done. An incident whose workflow ended without its word (an error that no step expected) is handed over.
"""

from __future__ import annotations

import asyncio

import structlog
from msgspec.structs import replace

from firstresponder.correlation.advance import Counts, Start, advance, moves, wanted
from firstresponder.model import AuditDraft, Choice, Event, EventKind, Incident, Phase
from firstresponder.workflow.board import Board
from firstresponder.workflow.engine import LIVE, Engine
from firstresponder.workflow.relapses import Relapses
from firstresponder.workflow.telling import Telling, tell
from firstresponder.workflow.world import World

PATIENCE = 5.0
"""Seconds after which a workflow that is through, but whose incident still waits for it, counts as lost."""

URGENCY = {"critical": 0, "p0": 0, "page": 0, "error": 1, "p1": 1, "high": 1, "warning": 2, "p2": 2}
"""Which severities are looked into first; all others come last."""
AT_ONCE = 32
"""Incidents that are folded side by side."""

log = structlog.get_logger(__name__)


class Reconciler:
    """One turn at a time, by the one process that holds the lease."""

    def __init__(self, world: World, engine: Engine, board: Board) -> None:
        """Start knowing nothing but the board."""
        self.world = world
        self.engine = engine
        self.board = board
        self.relapses = Relapses(world, board)
        self._known: dict[str, float] = {}  # workflow id → when it was last found alive (monotonic seconds)

    async def turn(self) -> None:
        """Fold, expire, ensure."""
        waiting = await self.world.incidents.with_pending()
        for start in range(0, len(waiting), AT_ONCE):
            # Side by side, so that the store commits them together.
            await asyncio.gather(*(self.fold(incident_id) for incident_id in waiting[start : start + AT_ONCE]))
        rows = list(self.board.live)
        for row in rows:
            await self._expire(row)
        await self._ensure(list(self.board.live))
        await self.relapses.look()

    async def fold(self, incident_id: str) -> Incident:
        """Advance one incident over its new events; the phase that comes out is audited."""
        world = self.world
        while True:
            before = await world.incidents.get(incident_id)
            events = await world.incidents.pending(incident_id)
            if not events:
                return before
            firing, total = await world.alerts.counts(incident_id)
            counts, now, max_asks = Counts(firing=firing, total=total), world.clock.now(), world.settings.approval.max_asks
            after = advance(before, events, counts, now, max_asks)
            moved = moves(before, events, counts, now, max_asks)
            telling = tell(before, after, moved) if world.notifiers else Telling(card=False)
            after = replace(after, told=before.told or telling.card)
            drafts = [] if after.phase is before.phase and after.n == before.n else [_moved(before, after)]
            notices = telling.notices(incident_id, [notifier.name for notifier in world.notifiers])
            if await world.incidents.advance(before, after, events[-1].seq, drafts, notices):
                after = replace(after, version=before.version + 1)
                self.board.put(after)
                if notices:
                    world.news()
                log.info("incident", id=incident_id, phase=after.phase.value, n=after.n, reason=after.reason)
                return after

    async def _expire(self, row: Incident) -> None:
        """Silence is no: close an offer whose time is over, unless somebody was faster."""
        now = self.world.clock.now()
        if row.phase is not Phase.ASKING or row.ask_expires_at is None or now < row.ask_expires_at:
            return
        choice = Choice(incident_id=row.id, plan_digest=row.plan_digest, word="expired", by="firstresponder", via="timer", at=now)
        event = Event(incident_id=row.id, kind=EventKind.EXPIRED, at=now, data={"plan_digest": row.plan_digest})
        draft = AuditDraft(
            what="plan.expired", actor="firstresponder", at=now, incident_id=row.id, data={"plan_digest": row.plan_digest}
        )
        _, first = await self.world.incidents.choose(choice, event, [draft])
        if first:
            await self.fold(row.id)

    async def _ensure(self, rows: list[Incident]) -> None:
        """Start what is wanted and not alive, at most so many investigations at once."""
        # The worst first, then the oldest: in a storm the briefs that matter are not at the end of the queue.
        ordered = sorted(rows, key=lambda row: (URGENCY.get(row.severity, len(URGENCY)), row.opened_at))
        starts = {start.id: start for row in ordered if (start := wanted(row)) is not None}
        self._known = {name: seen for name, seen in self._known.items() if name in starts}
        looking = sum(1 for name in self._known if starts[name].workflow == "investigate")
        now = self.world.clock.monotonic()
        for name, start in starts.items():
            if name in self._known:
                if now - self._known[name] >= PATIENCE:
                    await self._check(start, now)
                continue
            if start.workflow == "investigate":
                if looking >= self.world.settings.limits.max_concurrent:
                    continue
                looking += 1
            status = await self.engine.ensure(start)
            self._known[name] = now
            if status not in LIVE:
                log.warning("workflow had ended before", id=name, status=status)

    async def _check(self, start: Start, now: float) -> None:
        status = await self.engine.ensure(start)
        if status in LIVE:
            self._known[start.id] = now
            return
        if await self.world.incidents.pending(start.incident_id):
            return  # its word is there and not folded yet
        await self._lost(start, status)

    async def _lost(self, start: Start, status: str) -> None:
        """Say for a workflow what it could not say itself, once."""
        now = self.world.clock.now()
        reason = f"our own {start.workflow} ended with {status} and no result; see the log. Nothing more will be done"
        data: dict[str, object] = {"n": start.n, "plan_digest": start.plan_digest, "reason": reason}
        match start.workflow:
            case "investigate":
                kind = EventKind.INVESTIGATED
                data |= {"outcome": "error", "offer": ""}
            case "remediate":
                kind = EventKind.REMEDIATED
                data["word"] = "Error"
            case "close":
                kind = EventKind.CLOSED
        event = Event(incident_id=start.incident_id, kind=kind, at=now, data=data)
        draft = AuditDraft(
            what="workflow.lost", actor="firstresponder", at=now, incident_id=start.incident_id, data={"id": start.id}
        )
        log.error("workflow lost", id=start.id, status=status)
        if await self.world.incidents.add_event_once(f"lost:{start.id}", event, [draft]):
            await self.fold(start.incident_id)


def _moved(before: Incident, after: Incident) -> AuditDraft:
    return AuditDraft(
        what=f"incident.{after.phase.value}",
        actor="firstresponder",
        at=after.updated_at,
        incident_id=after.id,
        data={"from": before.phase.value, "n": after.n, "reason": after.reason, "plan_digest": after.plan_digest},
    )
