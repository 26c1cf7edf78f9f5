"""An incident that was closed as repaired while its alert goes on firing comes back: the repair did not help.

A repeat of the same alert is no news to filing, and rightly so: Alertmanager repeats what still fires. So once a minute the
incidents that a verified repair closed are looked at: an alert of theirs that was delivered as firing long after the close
says more than the health that was seen. Not for what a person closed: they said that it is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from firstresponder.errors import FirstresponderError
from firstresponder.model import Alert, AuditDraft, Event, EventKind, Incident, Phase
from firstresponder.verification.alerts import identity
from firstresponder.workflow.board import Board
from firstresponder.workflow.world import World

EVERY: Final = 60.0
"""Seconds between two looks."""
WATCH: Final = 86400.0
"""Seconds after the close that are watched: Alertmanager repeats what fires after `repeat_interval`, by default 4 hours."""

log = structlog.get_logger(__name__)


class Relapses:
    """Watches what was repaired; remembers nothing that the database does not know."""

    def __init__(self, world: World, board: Board) -> None:
        """Start knowing nothing but the board."""
        self.world = world
        self.board = board
        self._watched: dict[str, Incident] | None = None  # None: not read from the store yet
        self._looked = -EVERY

    async def look(self) -> None:
        """Look at what is watched, at most once a minute."""
        if self._watched is None:
            self._watched = {row.id: row for row in await self.world.incidents.closed_since(WATCH) if row.ended == "repaired"}
        self._watched |= {row.id: row for row in self.board.recent if row.ended == "repaired"}
        now = self.world.clock.monotonic()
        if now - self._looked < EVERY:
            return
        self._looked = now
        for row in list(self._watched.values()):
            if not await self._goes_on(row):
                del self._watched[row.id]

    async def _goes_on(self, row: Incident) -> bool:
        """Look at one; whether it has to be watched on."""
        world, now = self.world, self.world.clock.now()
        standing = self.board.live.get(row.id)
        if row.closed_at is None or (standing is not None and standing.phase is not Phase.CLOSED):
            return False  # it is open again
        if now > row.closed_at + timedelta(seconds=WATCH):
            return False
        limit = row.closed_at + timedelta(seconds=world.settings.correlation.still_firing_after)
        if now < limit:
            return True
        firing = [stored.alert for stored in await world.alerts.of_incident(row.id) if stored.alert.status == "firing"]
        # A person's request is never delivered again, and never resolves.
        firing = [alert for alert in firing if not alert.by_person]
        late = [alert for alert in firing if alert.received_at >= limit]
        if late and not await self._over(late):
            await self._reopen(row, max(late, key=lambda alert: alert.received_at))
            return False
        return bool(firing)

    async def _over(self, alerts: list[Alert]) -> bool:
        """Whether Prometheus sees the rules of all these alerts and says that none of them fires."""
        if self.world.metrics is None:
            return False
        try:
            answers = [await self.world.metrics.firing(alert.name, identity(alert.labels)) for alert in alerts]
        except FirstresponderError as error:
            log.warning("could not ask whether an alert still fires", why=str(error))
            return False
        return all(answer is False for answer in answers)

    async def _reopen(self, row: Incident, alert: Alert) -> None:
        world = self.world
        minutes = (alert.received_at - (row.closed_at or row.updated_at)).total_seconds() / 60
        reason = f"{alert.name} still fires {minutes:.0f} min after the repair was verified"
        data = {"n": row.n, "reason": reason, "fingerprint": alert.fingerprint}
        event = Event(incident_id=row.id, kind=EventKind.STILL_FIRING, at=world.clock.now(), data=data)
        draft = AuditDraft(
            what="incident.still_firing", actor="firstresponder", at=world.clock.now(), incident_id=row.id, data=data
        )
        if await world.incidents.add_event_once(f"still_firing:{row.id}:{row.n}", event, [draft]):
            log.warning("a repair did not help", id=row.id, why=reason)
            world.wake()
