"""What people decide about an incident, whatever way they come: web, command line, chat.

One plan is decided once. The store is the arbiter: of forty clicks at the same instant one is first, and the others
are told who that was. A choice is on record, with its audit entry, before anybody is told that it counts.
"""

from __future__ import annotations

from typing import Literal

from firstresponder.errors import NotFound
from firstresponder.model import AuditDraft, Choice, Event, EventKind, Incident, Person, Phase
from firstresponder.workflow.answers import Answer
from firstresponder.workflow.world import World

SHORTEST = 8
"""Characters of a plan digest that are enough to name the plan that is being asked."""


class Decisions:
    """Approve, reject, take over, look again, dismiss. Usable from any event loop."""

    def __init__(self, world: World) -> None:
        """Decide in this world."""
        self.world = world

    async def approve(self, incident_id: str, *, plan_digest: str, who: Person) -> Answer:
        """Approve exactly the plan with that digest (or its first eight characters; empty: the one that is asked now)."""
        return await self._choose(incident_id, "approved", plan_digest, who, reason="")

    async def reject(self, incident_id: str, *, plan_digest: str, who: Person, reason: str) -> Answer:
        """Reject exactly the plan with that digest."""
        return await self._choose(incident_id, "rejected", plan_digest, who, reason=reason)

    async def _choose(
        self, incident_id: str, word: Literal["approved", "rejected"], plan_digest: str, who: Person, *, reason: str
    ) -> Answer:
        world, now = self.world, self.world.clock.now()
        row = await self._row(incident_id)
        if isinstance(row, Answer):
            return row
        wanted = _named(row, plan_digest)
        stands = await world.incidents.chosen(wanted) if wanted else None
        if stands is not None:
            return _already(stands, word, who)
        refusal = _refusal(row, wanted, world) or await self._stranger(row, who, word, wanted)
        if refusal is not None:
            return refusal
        choice = Choice(
            incident_id=row.id,
            plan_digest=wanted,
            word=word,
            by=who.label,
            via=who.via,
            at=now,
            reason=reason,
            proven=who.proven,
        )
        data = {"plan_digest": wanted, "via": who.via, "reason": reason, "identity": who.identity}
        kind = EventKind.APPROVED if word == "approved" else EventKind.REJECTED
        event = Event(incident_id=row.id, kind=kind, at=now, actor=who.label, data=data)
        draft = self._said(f"plan.{word}", row, who, plan_digest=wanted, reason=reason)
        stands, first = await world.incidents.choose(choice, event, [draft])
        if not first:
            return _already(stands, word, who)
        world.wake()
        done = "the repair starts now; guards are checked once more" if word == "approved" else "nothing will be done"
        return _accepted(f"{word} by {who.label}: {done}", choice.by, choice)

    async def take_over(self, incident_id: str, *, who: Person) -> Answer:
        """Hand the incident to a person: the tool stops working on it."""
        row = await self._row(incident_id)
        if isinstance(row, Answer):
            return row
        if row.owner:
            return Answer(
                accepted=row.owner == who.label,
                status="already_decided",
                message=f"{row.owner} has it already",
                decided_by=row.owner,
            )
        if row.phase in (Phase.CLOSED, Phase.ESCALATED):
            return Answer(accepted=False, status="nothing_to_decide", message=f"it is {row.phase.value}: {row.reason}")
        half = " What was already written to the cluster stays." if row.phase in (Phase.ACTING, Phase.VERIFYING) else ""
        said = f"{who.label} has it; Firstresponder stops.{half}"
        return await self._happened(row, who, EventKind.TAKEN_OVER, "incident.taken_over", said, plan_digest=row.plan_digest)

    async def look_again(self, incident_id: str, *, who: Person) -> Answer:
        """Investigate anew: what was handed over, or what is being asked."""
        row = await self._row(incident_id)
        if isinstance(row, Answer):
            return row
        if row.phase not in (Phase.ESCALATED, Phase.ASKING):
            why = f"it is {row.phase.value}: {row.reason or 'it is being looked at'}"
            return Answer(accepted=False, status="nothing_to_decide", message=why)
        if row.phase is Phase.ASKING and (stands := await self.world.incidents.chosen(row.plan_digest)) is not None:
            return _already(stands, "", who)  # somebody has just decided, and the row does not know it yet
        return await self._happened(
            row, who, EventKind.LOOK_AGAIN, "incident.look_again", f"{who.label} wants another look; it begins now"
        )

    async def dismiss(self, incident_id: str, *, who: Person, reason: str) -> Answer:
        """Close by hand what nobody will resolve: only what a person has, and what is being asked."""
        row = await self._row(incident_id)
        if isinstance(row, Answer):
            return row
        if row.phase not in (Phase.ESCALATED, Phase.ASKING):
            why = f"it is {row.phase.value}: {row.reason or 'it is being looked at'}; take it over first"
            return Answer(accepted=False, status="nothing_to_decide", message=why)
        if (refusal := await self._stranger(row, who, "dismissed", row.plan_digest)) is not None:
            return refusal
        said = f"closed by {who.label}"
        if row.phase is Phase.ESCALATED:
            return await self._happened(row, who, EventKind.DISMISSED, "incident.dismissed", said, reason=reason)
        # What is being asked is withdrawn by the choice itself, so that of a yes and a close at once one is first.
        now = self.world.clock.now()
        choice = Choice(
            incident_id=row.id, plan_digest=row.plan_digest, word="withdrawn", by=who.label, via=who.via, at=now, reason=reason
        )
        event = Event(
            incident_id=row.id, kind=EventKind.DISMISSED, at=now, actor=who.label, data={"via": who.via, "reason": reason}
        )
        draft = self._said("incident.dismissed", row, who, plan_digest=row.plan_digest, reason=reason)
        stands, first = await self.world.incidents.choose(choice, event, [draft])
        if not first:
            return _already(stands, "withdrawn", who)
        self.world.wake()
        return _accepted(said, who.label, choice)

    async def _row(self, incident_id: str) -> Incident | Answer:
        try:
            return await self.world.incidents.get(incident_id)
        except NotFound:
            return Answer(accepted=False, status="unknown", message=f"there is no incident {incident_id!r}")

    async def _stranger(self, row: Incident, who: Person, word: str, plan_digest: str) -> Answer | None:
        """Refuse somebody who is not on the list of approvers, where there is one; the attempt is on record."""
        approvers = self.world.settings.approval.approvers
        if not approvers or who.among(approvers):
            return None
        await self.world.audit.append([self._said("plan.refused_person", row, who, plan_digest=plan_digest, word=word)])
        return Answer(
            accepted=False, status="not_allowed", message=f"{who.label} is not in approval.approvers; nothing was decided"
        )

    async def _happened(self, row: Incident, who: Person, kind: EventKind, what: str, said: str, **data: str) -> Answer:
        """Put an event into the incident's story with its audit entry, and say so."""
        now = self.world.clock.now()
        event = Event(incident_id=row.id, kind=kind, at=now, actor=who.label, data={"via": who.via, **data})
        await self.world.incidents.add_event(event, [self._said(what, row, who, **data)])
        self.world.wake()
        return Answer(accepted=True, status="accepted", message=said, decided_by=who.label, decided_at=now)

    def _said(self, what: str, row: Incident, who: Person, **data: str) -> AuditDraft:
        return AuditDraft(
            what=what,
            actor=who.label,
            at=self.world.clock.now(),
            incident_id=row.id,
            data={"n": row.n, "via": who.via, "identity": who.identity, **data},
        )


def _accepted(message: str, by: str, choice: Choice) -> Answer:
    return Answer(accepted=True, status="accepted", message=message, decided_by=by, decided_at=choice.at)


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


def _already(stands: Choice, word: str, who: Person) -> Answer:
    """Say what was decided before; for the same person and word that is as good as now."""
    message = f"{stands.word} by {stands.by} via {stands.via} at {stands.at:%Y-%m-%d %H:%M:%S} UTC"
    if stands.word == "expired":
        return Answer(
            accepted=False, status="expired", message=f"the offer expired; {message}", decided_by=stands.by, decided_at=stands.at
        )
    same = stands.word == word and stands.by == who.label
    return Answer(
        accepted=same,
        status="accepted" if same else "already_decided",
        message=f"already decided: {message}; this call changed nothing",
        decided_by=stands.by,
        decided_at=stands.at,
    )
