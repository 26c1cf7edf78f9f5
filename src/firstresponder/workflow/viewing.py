"""Reading one incident with what belongs to it: the whole of it for a page, or what a card needs."""

from __future__ import annotations

from firstresponder.model import Brief, Decision, Diagnosis, EvidenceSet, Plan
from firstresponder.workflow.answers import IncidentView
from firstresponder.workflow.world import World


async def view(world: World, incident_id: str) -> IncidentView:
    """Return one incident with everything of its present investigation. Raises NotFound."""
    store = world.incidents
    row = await store.get(incident_id)
    n = row.n
    evidence = await store.find(incident_id, n, "evidence", EvidenceSet)
    plan = await store.find(incident_id, n, "plan", Plan)
    return IncidentView(
        incident=row,
        alerts=await world.alerts.of_incident(incident_id),
        brief=await store.find(incident_id, n, "brief", Brief),
        plan=plan,
        decision=await store.find(incident_id, n, "decision", Decision),
        diagnosis=await store.find(incident_id, n, "diagnosis", Diagnosis),
        gaps=evidence.gaps if evidence else (),
        evidence=evidence,
        choice=await store.chosen(plan.digest) if plan and plan.digest else None,
        outcomes=await store.outcomes(incident_id),
        events=await store.events(incident_id),
        deliveries=await world.outbox.deliveries(incident_id),
    )


async def glance(world: World, incident_id: str) -> IncidentView:
    """Return of an incident what its card shows, and no evidence: it is drawn often. Raises NotFound."""
    store = world.incidents
    row = await store.get(incident_id)
    plan = await store.find(incident_id, row.n, "plan", Plan)
    brief = await store.find(incident_id, row.n, "brief", Brief)
    return IncidentView(
        incident=row,
        alerts=() if brief and row.subject else await world.alerts.of_incident(incident_id),
        brief=brief,
        plan=plan,
        choice=await store.chosen(plan.digest) if plan and plan.digest else None,
        outcomes=await store.outcomes(incident_id),
    )
