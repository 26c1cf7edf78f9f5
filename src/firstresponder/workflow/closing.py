"""The steps of `close`: withdraw what is offered, and summarise."""

from __future__ import annotations

from firstresponder.model import AuditDraft, Brief, Choice, Event, EventKind
from firstresponder.workflow.looking import ME
from firstresponder.workflow.results import Step
from firstresponder.workflow.world import World


async def withdraw(world: World, incident: str, n: int) -> Step:
    """Put an end to an offer on which nobody decided: whoever clicks later is told why there is nothing to decide."""
    row, now = await world.incidents.get(incident), world.clock.now()
    if not row.plan_digest:
        return Step(said="nothing was offered")
    choice = Choice(
        incident_id=incident, plan_digest=row.plan_digest, word="withdrawn", by=ME, via="close", at=now, reason=row.reason
    )
    draft = AuditDraft(
        what="plan.withdrawn",
        actor=ME,
        at=now,
        incident_id=incident,
        data={"plan_digest": row.plan_digest, "n": n, "reason": row.reason},
    )
    stands, first = await world.incidents.choose(choice, None, [draft])
    return Step(said="withdrawn" if first else f"{stands.word} by {stands.by} before")


async def summarise(world: World, incident: str, n: int) -> Step:
    """Write what it was, what was done, and how long it took, into the audit."""
    row = await world.incidents.get(incident)
    brief = await world.incidents.find(incident, n, "brief", Brief)
    seconds = ((row.closed_at or row.updated_at) - row.opened_at).total_seconds()
    draft = AuditDraft(
        what="incident.summary",
        actor=ME,
        at=world.clock.now(),
        incident_id=incident,
        data={
            "title": row.title,
            "cause": brief.cause if brief else "not looked into",
            "ending": row.reason,
            "tried": list(row.tried),
            "alerts": row.alerts,
            "recurrence": row.recurrence,
            "seconds": round(seconds, 1),
        },
    )
    await world.incidents.add_event_once(f"summary:{incident}:{n}", _closed(incident, n, world), [draft])
    world.wake()
    return Step(said=row.reason[:500])


def _closed(incident: str, n: int, world: World) -> Event:
    return Event(incident_id=incident, kind=EventKind.CLOSED, at=world.clock.now(), data={"n": n})
