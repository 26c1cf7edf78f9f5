"""The steps of `investigate`: each calls one stage and stores what it says. Read-only, safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from firstresponder.diagnosis.rank import diagnose as rank
from firstresponder.evidence.collect import collect as gather_evidence
from firstresponder.guard.decide import decide as judge
from firstresponder.model import (
    Alert,
    AuditDraft,
    Brief,
    Choice,
    Decision,
    Diagnosis,
    Event,
    EventKind,
    EvidenceSet,
    Incident,
    Noun,
    Plan,
    PlannedAction,
    digest,
)
from firstresponder.remediation.digests import plan_digest
from firstresponder.remediation.seal import seal
from firstresponder.workflow.briefing import make_brief
from firstresponder.workflow.facts import gather
from firstresponder.workflow.planning import propose
from firstresponder.workflow.results import Step
from firstresponder.workflow.world import World

ME = "firstresponder"

D = TypeVar("D", bound=Noun)


async def firing(world: World, incident: str) -> list[Alert]:
    """Return the alerts of an incident that fire, oldest first; all of them where none does."""
    alerts = [row.alert for row in await world.alerts.of_incident(incident)]
    return [alert for alert in alerts if alert.status == "firing"] or alerts


async def need(world: World, incident: str, n: int, name: str, form: type[D]) -> D:
    """Return a document that an earlier step of this investigation has stored."""
    found = await world.incidents.find(incident, n, name, form)
    if found is None:
        raise LookupError(f"investigation {incident}/{n} has no {name}: its step did not store it")
    return found


async def collect(world: World, incident: str, n: int) -> Step:
    """All collectors at once; what could not be read is a gap."""
    evidence = await gather_evidence(
        incident, n, await firing(world, incident), world.read, world.logs, world.clock, world.settings.limits
    )
    await world.incidents.put(incident, n, "evidence", evidence)
    return Step(said=f"{len(evidence.items)} items, {len(evidence.gaps)} gaps, {evidence.resolution.how}"[:500])


async def diagnose(world: World, incident: str, n: int) -> Step:
    """Rank what may have broken."""
    evidence = await need(world, incident, n, "evidence", EvidenceSet)
    diagnosis = rank(evidence, await firing(world, incident), world.clock.now())
    await world.incidents.put(incident, n, "diagnosis", diagnosis)
    return Step(said=", ".join(f"{h.cause_class} {h.confidence:.2f}" for h in diagnosis.hypotheses[:5]) or "abstained")


async def plan(world: World, incident: str, n: int) -> Step:
    """Find the runbook's ladder, and make the rung we stand on concrete."""
    row = await world.incidents.get(incident)
    evidence = await need(world, incident, n, "evidence", EvidenceSet)
    diagnosis = await need(world, incident, n, "diagnosis", Diagnosis)
    alerts = await firing(world, incident)
    at = await _plan_time(world, row)  # once: what the action writes as its time is the plan's
    found, action = await propose(
        world.runbooks, alerts, evidence, diagnosis, rung=row.rung, read=world.read, write=world.write, at=at
    )
    proposal = Plan(
        incident_id=incident,
        n=n,
        rung=row.rung,
        runbook=found.runbook.name if found else "",
        ladder=found.ladder if found else (),
        action=seal(action) if isinstance(action, PlannedAction) else None,
        nothing="" if isinstance(action, PlannedAction) else action.reason,
        created_at=at,
        cause_class=found.cause.cause_class if found and found.cause else "",
    )
    await world.incidents.put(incident, n, "plan", proposal)
    return Step(said=proposal.action.summary if proposal.action else proposal.nothing)


async def _plan_time(world: World, row: Incident) -> datetime:
    """Return the plan's time: an offer that stands keeps its own, so that a second look can tell whether it is the same."""
    standing = await world.incidents.plan(row.plan_digest) if row.plan_digest and row.look else None
    return standing.created_at if standing else world.clock.now()


async def decide(world: World, incident: str, n: int) -> Step:
    """Every guard's word on the plan; the digest that an approval binds is fixed here."""
    proposal = await need(world, incident, n, "plan", Plan)
    if proposal.action is None:
        return Step(said="nothing to decide")
    row = await world.incidents.get(incident)
    diagnosis = await need(world, incident, n, "diagnosis", Diagnosis)
    facts = await gather(world, row, proposal, diagnosis)
    decision = judge(facts)
    await world.incidents.put(incident, n, "decision", decision)
    await world.incidents.put(incident, n, "plan", replace(proposal, digest=plan_digest(proposal, decision)))
    return Step(said=decision.outcome)


async def brief(world: World, incident: str, n: int) -> Step:
    """Write the brief, and say to the incident what was found: this event asks, acts or hands over."""
    now = world.clock.now()
    row = await world.incidents.get(incident)
    evidence = await need(world, incident, n, "evidence", EvidenceSet)
    diagnosis = await need(world, incident, n, "diagnosis", Diagnosis)
    proposal = await need(world, incident, n, "plan", Plan)
    decision = await world.incidents.find(incident, n, "decision", Decision) if proposal.action else None
    text = make_brief(
        row,
        n,
        alerts=await firing(world, incident),
        evidence=evidence,
        diagnosis=diagnosis,
        plan=proposal,
        decision=decision,
        now=now,
    )
    if world.recording:
        text = replace(text, unconfirmed=(f"{world.recording}: nothing real is read or changed", *text.unconfirmed))
    outcome = decision.outcome if decision else "nothing"
    if outcome == "ask":
        text = replace(text, expires_at=now + timedelta(seconds=world.settings.approval.ttl))
    await world.incidents.put(incident, n, "brief", text)
    if outcome == "allow":
        await _granted(world, incident, proposal, now)
    event = Event(
        incident_id=incident,
        kind=EventKind.INVESTIGATED,
        at=now,
        data={
            "n": n,
            "outcome": outcome,
            "plan_digest": proposal.digest,
            "offer": _offer(proposal, decision),
            "rungs": len(proposal.ladder),
            "ttl": float(world.settings.approval.ttl),
            "reason": _why(text, outcome),
            "subject": msgspec.to_builtins(evidence.resolution.target),
        },
    )
    draft = AuditDraft(
        what="brief.made",
        actor=ME,
        at=now,
        incident_id=incident,
        data={"n": n, "outcome": outcome, "plan_digest": proposal.digest, "facts": text.facts, "cause": text.cause},
    )
    await world.incidents.add_event_once(f"investigated:{incident}:{n}", event, [draft])
    world.wake()
    return Step(said=outcome)


async def _granted(world: World, incident: str, proposal: Plan, now: datetime) -> None:
    """Write down that nobody was asked, and why that was allowed."""
    choice = Choice(
        incident_id=incident, plan_digest=proposal.digest, word="approved", by="configuration", via="guards.auto", at=now
    )
    draft = AuditDraft(
        what="plan.granted", actor="configuration", at=now, incident_id=incident, data={"plan_digest": proposal.digest}
    )
    await world.incidents.choose(choice, None, [draft])


def _offer(proposal: Plan, decision: Decision | None) -> str:
    """Digest what is offered without the investigation's number: an equal one is no news."""
    if proposal.action is None or decision is None:
        return ""
    words = sorted((verdict.guard, verdict.decision) for verdict in decision.verdicts)
    return digest(proposal.action.content(), proposal.action.do, proposal.action.undo, words)


def _why(text: Brief, outcome: str) -> str:
    if outcome in ("ask", "allow"):
        return text.proposal
    return "; ".join(text.why_not) or "no action can be offered"
