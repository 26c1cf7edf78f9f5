"""What people and machines may ask of Firstresponder, whatever way they come: web, command line, chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from firstresponder.errors import FirstresponderError
from firstresponder.model import (
    Alert,
    AuditDraft,
    AuditEntry,
    Finding,
    Hold,
    Incident,
    Person,
    Phase,
)
from firstresponder.model.bundle import Bundle
from firstresponder.workflow import checkup
from firstresponder.workflow.answers import Health, IncidentView
from firstresponder.workflow.bundling import bundle
from firstresponder.workflow.deciding import Decisions
from firstresponder.workflow.requesting import Requests
from firstresponder.workflow.viewing import view
from firstresponder.workflow.world import World

OPEN = (Phase.RECEIVED, Phase.INVESTIGATING, Phase.ASKING, Phase.ACTING, Phase.VERIFYING, Phase.ESCALATED)


class Client(Requests, Decisions):
    """The application as others see it. Usable from any event loop."""

    def __init__(self, world: World, worker: Callable[[], str], cluster: str) -> None:
        """`worker` says in a word or a sentence how the worker is, `cluster` which cluster is connected, or why none."""
        super().__init__(world)
        self._worker = worker
        self._cluster = cluster

    async def receive(self, alerts: Sequence[Alert]) -> None:
        """Store the alerts durably, then wake the worker. Raises Unhealthy when they are not stored."""
        await self.world.alerts.append(alerts)
        self.world.wake()

    async def incidents(self, *, phases: Sequence[Phase], limit: int, before: str) -> tuple[list[Incident], str]:
        """Newest first, and the cursor of the next page."""
        return await self.world.incidents.page(phases=phases, limit=limit, before=before)

    async def incident(self, incident_id: str) -> IncidentView:
        """Return one incident with everything of its present investigation. Raises NotFound."""
        return await view(self.world, incident_id)

    async def bundle(self, incident_id: str, *, frames: bool) -> Bundle:
        """Return what was seen of an incident, to be diagnosed again elsewhere. Raises NotFound."""
        return await bundle(self.world, incident_id, frames=frames)

    async def backlog(self) -> dict[str, int]:
        """Return how many messages wait to be delivered, for every sink that there is or was."""
        return {notifier.name: 0 for notifier in self.world.notifiers} | await self.world.outbox.backlog()

    async def kill(self, *, who: Person, why: str) -> Hold:
        """Engage the kill switch: from now on nothing new is written to a cluster."""
        now = self.world.clock.now()
        draft = AuditDraft(what="kill_switch.engaged", actor=who.label, at=now, data={"why": why, "identity": who.identity})
        await self.world.kill_switch.engage(Hold(by=who.label, why=why, at=now, source="database"), draft)
        held = await self.world.kill_switch.engaged()
        return held or Hold(by=who.label, why=why, at=now, source="database")

    async def unkill(self, *, who: Person) -> bool:
        """Release the kill switch; False if a file still holds it."""
        now, data = self.world.clock.now(), {"identity": who.identity}
        draft = AuditDraft(what="kill_switch.released", actor=who.label, at=now, data=data)
        return await self.world.kill_switch.release(draft)

    async def killed(self) -> Hold | None:
        """Return who engaged the kill switch and why, or None."""
        return await self.world.kill_switch.engaged()

    async def audit(self, incident_id: str, after: int, limit: int) -> list[AuditEntry]:
        """Return at most `limit` entries after `after`, in order."""
        found: list[AuditEntry] = []
        async for entry in self.world.audit.entries(incident_id=incident_id, after=after):
            found.append(entry)
            if len(found) >= limit:
                break
        return found

    async def checkup(self) -> list[Finding]:
        """Look at every part that the work needs, the worker first; nothing is changed. Takes seconds."""
        return [checkup.worker(self._worker()), *await checkup.examine(checkup.parts_of(self.world))]

    async def health(self) -> Health:
        """Say whether alerts can be taken: that needs the store and nothing else."""
        parts: dict[str, str] = {"worker": self._worker(), "cluster": self._cluster}
        ready = True
        try:
            await self.world.alerts.ping()
            parts["store"] = "ok"
        except FirstresponderError as error:
            ready = False
            parts["store"] = str(error)
        try:
            hold = await self.world.kill_switch.engaged()
            parts["kill_switch"] = f"engaged by {hold.by}: {hold.why}" if hold else "off"
        except FirstresponderError as error:
            parts["kill_switch"] = f"unknown, nothing is written: {error}"
        return Health(ready=ready, parts=parts)
