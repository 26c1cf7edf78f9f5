"""What people and machines may ask of Firstresponder, whatever way they come: web, command line, later a chat.

One plan is decided once. The store is the arbiter: of forty clicks at the same instant one is first, and the others
are told who that was. A choice is on record, with its audit entry, before anybody is told that it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from firstresponder.errors import FirstresponderError, NotFound
from firstresponder.model import (
    Alert,
    AuditDraft,
    AuditEntry,
    Brief,
    Choice,
    Decision,
    Diagnosis,
    Event,
    EventKind,
    EvidenceSet,
    Hold,
    Incident,
    Outcome,
    Phase,
    Plan,
)
from firstresponder.workflow.answers import Answer, Health, IncidentView
from firstresponder.workflow.world import World

SHORTEST = 8
"""Characters of a plan digest that are enough to name the plan that is being asked."""

OPEN = (Phase.RECEIVED, Phase.INVESTIGATING, Phase.ASKING, Phase.ACTING, Phase.VERIFYING, Phase.ESCALATED)


class Client:
    """The application as others see it. Usable from any event loop."""

    def __init__(self, world: World, worker: Callable[[], str], cluster: str) -> None:
        """`worker` says in a word or a sentence how the worker is, `cluster` which cluster is connected, or why none."""
        self.world = world
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
        store = self.world.incidents
        row = await store.get(incident_id)
        n = row.n
        evidence = await store.find(incident_id, n, "evidence", EvidenceSet)
        plan = await store.find(incident_id, n, "plan", Plan)
        outcomes = [
            outcome
            for number in range(1, row.last_n + 1)
            for name in ("outcome-do", "outcome-undo")
            if (outcome := await store.find(incident_id, number, name, Outcome)) is not None
        ]
        return IncidentView(
            incident=row,
            alerts=await self.world.alerts.of_incident(incident_id),
            brief=await store.find(incident_id, n, "brief", Brief),
            plan=plan,
            decision=await store.find(incident_id, n, "decision", Decision),
            diagnosis=await store.find(incident_id, n, "diagnosis", Diagnosis),
            gaps=evidence.gaps if evidence else (),
            choice=await store.chosen(plan.digest) if plan and plan.digest else None,
            outcomes=outcomes,
            events=await store.events(incident_id),
        )

    async def approve(self, incident_id: str, *, plan_digest: str, by: str, via: str) -> Answer:
        """Approve exactly the plan with that digest (or its first eight characters; empty: the one that is asked now)."""
        return await self._choose(incident_id, "approved", plan_digest, by=by, via=via, reason="")

    async def reject(self, incident_id: str, *, plan_digest: str, by: str, via: str, reason: str) -> Answer:
        """Reject exactly the plan with that digest."""
        return await self._choose(incident_id, "rejected", plan_digest, by=by, via=via, reason=reason)

    async def _choose(
        self, incident_id: str, word: Literal["approved", "rejected"], plan_digest: str, *, by: str, via: str, reason: str
    ) -> Answer:
        world, now = self.world, self.world.clock.now()
        try:
            row = await world.incidents.get(incident_id)
        except NotFound:
            return Answer(accepted=False, status="unknown", message=f"there is no incident {incident_id!r}")
        wanted = _named(row, plan_digest)
        stands = await world.incidents.chosen(wanted) if wanted else None
        if stands is not None:
            return _already(stands, word, by)
        refusal = _refusal(row, wanted, world)
        approvers = world.settings.approval.approvers
        if refusal is None and approvers and by not in approvers:
            await world.audit.append([_said("plan.refused_person", by, row, wanted, world, via=via, word=word)])
            refusal = Answer(
                accepted=False, status="not_allowed", message=f"{by} is not in approval.approvers; nothing was decided"
            )
        if refusal is not None:
            return refusal
        choice = Choice(incident_id=row.id, plan_digest=wanted, word=word, by=by, via=via, at=now, reason=reason)
        data = {"plan_digest": wanted, "via": via, "reason": reason, "identity": identity(by)}
        kind = EventKind.APPROVED if word == "approved" else EventKind.REJECTED
        event = Event(incident_id=row.id, kind=kind, at=now, actor=by, data=data)
        stands, first = await world.incidents.choose(
            choice, event, [_said(f"plan.{word}", by, row, wanted, world, via=via, reason=reason)]
        )
        if not first:
            return _already(stands, word, by)
        world.wake()
        done = "the repair starts now; guards are checked once more" if word == "approved" else "nothing will be done"
        return Answer(accepted=True, status="accepted", message=f"{word} by {by}: {done}", decided_by=by, decided_at=now)

    async def take_over(self, incident_id: str, *, by: str, via: str) -> Answer:
        """Hand the incident to a person: the tool stops working on it."""
        world, now = self.world, self.world.clock.now()
        try:
            row = await world.incidents.get(incident_id)
        except NotFound:
            return Answer(accepted=False, status="unknown", message=f"there is no incident {incident_id!r}")
        if row.owner:
            return Answer(
                accepted=row.owner == by, status="already_decided", message=f"{row.owner} has it already", decided_by=row.owner
            )
        if row.phase in (Phase.CLOSED, Phase.ESCALATED):
            return Answer(accepted=False, status="nothing_to_decide", message=f"it is {row.phase.value}: {row.reason}")
        event = Event(incident_id=row.id, kind=EventKind.TAKEN_OVER, at=now, actor=by, data={"via": via})
        await world.incidents.add_event(event, [_said("incident.taken_over", by, row, row.plan_digest, world, via=via)])
        world.wake()
        half = " What was already written to the cluster stays." if row.phase in (Phase.ACTING, Phase.VERIFYING) else ""
        return Answer(
            accepted=True, status="accepted", message=f"{by} has it; Firstresponder stops.{half}", decided_by=by, decided_at=now
        )

    async def kill(self, *, by: str, why: str) -> Hold:
        """Engage the kill switch: from now on nothing new is written to a cluster."""
        now = self.world.clock.now()
        draft = AuditDraft(what="kill_switch.engaged", actor=by, at=now, data={"why": why, "identity": identity(by)})
        await self.world.kill_switch.engage(Hold(by=by, why=why, at=now, source="database"), draft)
        held = await self.world.kill_switch.engaged()
        return held or Hold(by=by, why=why, at=now, source="database")

    async def unkill(self, *, by: str) -> bool:
        """Release the kill switch; False if a file still holds it."""
        now, who = self.world.clock.now(), {"identity": identity(by)}
        draft = AuditDraft(what="kill_switch.released", actor=by, at=now, data=who)
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


def _named(row: Incident, plan_digest: str) -> str:
    """Return the full digest that is meant: a short one must be the beginning of the plan that is asked now."""
    if not plan_digest:
        return row.plan_digest
    if len(plan_digest) >= SHORTEST and row.plan_digest.startswith(plan_digest):
        return row.plan_digest
    return plan_digest


def _refusal(row: Incident, wanted: str, world: World) -> Answer | None:
    """Why nothing can be decided now, or None."""
    if row.phase is not Phase.ASKING:
        why = f"nothing is being asked: the incident is {row.phase.value}" + (f" ({row.reason})" if row.reason else "")
        return Answer(accepted=False, status="nothing_to_decide", message=why)
    if wanted != row.plan_digest:
        why = f"the plan that is asked now is {row.plan_digest[:12]}, not {wanted[:12]}: look at it and decide on that one"
        return Answer(accepted=False, status="changed", message=why)
    if row.ask_expires_at is not None and world.clock.now() >= row.ask_expires_at:
        why = f"the offer expired at {row.ask_expires_at:%H:%M:%S} UTC; nothing was done"
        return Answer(accepted=False, status="expired", message=why)
    return None


def _already(stands: Choice, word: str, by: str) -> Answer:
    """Say what was decided before; for the same person and word that is as good as now."""
    message = f"{stands.word} by {stands.by} via {stands.via} at {stands.at:%Y-%m-%d %H:%M:%S} UTC"
    if stands.word == "expired":
        return Answer(
            accepted=False, status="expired", message=f"the offer expired; {message}", decided_by=stands.by, decided_at=stands.at
        )
    same = stands.word == word and stands.by == by
    return Answer(
        accepted=same,
        status="accepted" if same else "already_decided",
        message=f"already decided: {message}; this call changed nothing",
        decided_by=stands.by,
        decided_at=stands.at,
    )


def identity(by: str) -> str:
    """Say how far the name can be trusted: whoever holds the token may claim any."""
    return f"token holder, claims {by}"


def _said(what: str, by: str, row: Incident, plan_digest: str, world: World, **data: str) -> AuditDraft:
    return AuditDraft(
        what=what,
        actor=by,
        at=world.clock.now(),
        incident_id=row.id,
        data={"plan_digest": plan_digest, "n": row.n, "identity": identity(by), **data},
    )
