"""The steps of `remediate`: decide again, act through the gate, verify, undo, and say how it ended."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from firstresponder.config import Verification
from firstresponder.errors import FirstresponderError, NotFound, Temporary
from firstresponder.guard.decide import decide as judge
from firstresponder.model import (
    AuditDraft,
    Decision,
    Diagnosis,
    Event,
    EventKind,
    Incident,
    Outcome,
    OutcomeWord,
    Phase,
    Plan,
    Verdict,
)
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.digests import fresh_digest, operation_id
from firstresponder.remediation.gate import Gate
from firstresponder.remediation.plan import plan_action
from firstresponder.remediation.result import Done, Failed, Refused, Result, Retry
from firstresponder.remediation.seal import CannotUnseal, seal, unseal
from firstresponder.verification.verify import Baseline, baseline, verify
from firstresponder.workflow.facts import at_the_gate, cause_of, gather, target_lease
from firstresponder.workflow.looking import ME, firing, need
from firstresponder.workflow.proof import figures_of
from firstresponder.workflow.results import Ending, Stage, Step
from firstresponder.workflow.world import World

Direction = Literal["do", "undo"]

TRIES = 30
"""How often the gate is asked again where it could not tell (store busy, no answer, lease just lost)."""
LONGEST_WAIT = 5.0
"""Seconds between two of these at most."""
MARGIN = 120.0
"""Seconds that a target stays leased beyond the longest verification, do and undo."""
KILL_SWITCH = "kill_switch"


async def decide_again(world: World, incident: str, n: int, plan: str) -> Ending:
    """Lease the target, and let every guard speak once more on the world as it is now."""
    row, bound = await world.incidents.get(incident), await _plan(world, plan)
    if not _ours(row, plan):
        return Ending(stage=Stage.TAKEN, reason=f"the incident is {row.phase.value}: {row.reason}")
    if bound.action is None:
        return Ending(stage=Stage.FAILED, reason="the plan holds no action")
    seconds = 2 * float(_proof(world, bound).timeout) + MARGIN
    held = await world.lease.acquire(target_lease(bound.action.target), incident, seconds)
    if held is None:
        return Ending(stage=Stage.CHANGED, reason=f"another remediation works on {bound.action.target}")
    begun = await world.journal.get(operation_id(incident, n, bound.rung, "do", plan))
    if begun is None:
        decision = await recheck(world, bound, "do")
        if decision.outcome != "allow":
            return _refused(decision)
    if begun is None or await world.incidents.find(incident, n, "baseline", Baseline) is None:
        await world.incidents.put(incident, n, "baseline", await baseline(world.read, bound.action.target))
    # What had begun before the engine lost its memory is the gate's to settle: it looks, and adopts what is done.
    return Ending(stage=Stage.GO, reason="every guard allows it" if begun is None else "it had begun before")


async def recheck(world: World, bound: Plan, direction: Direction) -> Decision:
    """Every guard's word on a plan that was approved, from facts gathered now; the gate calls it uncached.

    The plan is made afresh at its own time: where that gives another digest, the world is no longer what was approved.
    """
    row = await world.incidents.get(bound.incident_id)
    if not _ours(row, bound.digest):
        no = Verdict(
            guard="incident",
            hard=True,
            decision="deny",
            reason=f"the incident is {row.phase.value} by now: {row.reason}",
            then="observe",
        )
        return Decision(outcome="deny", verdicts=(no,), at=world.clock.now())
    diagnosis = await world.incidents.find(bound.incident_id, bound.n, "diagnosis", Diagnosis)
    choice = await world.incidents.chosen(bound.digest)
    plan = await _afresh(world, bound, diagnosis) if direction == "do" else bound
    facts = await gather(world, row, plan if plan.action else bound, diagnosis, direction=direction)
    fresh = bound.digest
    if direction == "do":
        approved = await world.incidents.find(bound.incident_id, bound.n, "decision", Decision)
        fresh = fresh_digest(plan, judge(facts), bound, approved) if plan.action else ""
    return judge(at_the_gate(facts, bound, choice, fresh))


async def act(world: World, incident: str, plan: str, direction: Direction) -> Ending:
    """Through the write gate; where it cannot tell, it is asked again, and it looks before it writes."""
    bound = await _plan(world, plan)
    choice = await world.incidents.chosen(plan)
    actor = choice.by if choice else ME
    result: Result | None = None
    for _ in range(TRIES):
        result = await _pass_through(world, bound, direction, actor)
        waits = isinstance(result, Refused) and result.why in ("lease", "unhealthy")
        if not isinstance(result, Retry) and not waits:
            break
        await world.clock.sleep(min(LONGEST_WAIT, result.after if isinstance(result, Retry) else LONGEST_WAIT))
    match result:
        case Done():
            if direction == "do":
                await _acted(world, incident, bound, adopted=result.adopted)
            return Ending(stage=Stage.GO, reason="found done by an earlier attempt" if result.adopted else "done")
        case Refused(why="changed"):
            return Ending(stage=Stage.CHANGED, reason=result.reason)
        case Refused(why="guards") if result.decision is not None:
            return _refused(result.decision)
        case Refused() | Failed() | Retry():
            return Ending(stage=Stage.FAILED, reason=result.reason)
        case _:
            return Ending(stage=Stage.FAILED, reason="the gate was not asked")


async def _pass_through(world: World, bound: Plan, direction: Direction, actor: str) -> Result:
    """One pass: find the plan's values in the cluster, and hand it to the gate."""
    if bound.action is None:
        return Failed(operation="", reason="the plan holds no action")
    try:
        action = await unseal(bound.action, direction, world.read)
    except (CannotUnseal, NotFound):
        # A sealed plan cannot be written: its tests fail. The gate still finds an effect that is there, and says what differs.
        action = bound.action
    except Temporary as error:
        return Retry(operation="", reason=str(error), after=error.retry_after)
    except FirstresponderError as error:
        return Refused(operation="", why="changed", reason=str(error))

    async def guards(_: Plan, which: Direction) -> Decision:
        return await recheck(world, bound, which)

    gate = Gate(
        journal=world.journal,
        audit=world.audit,
        write=world.write,
        read=world.read,
        recheck=guards,
        clock=world.clock,
        grant=world.held,
        mark=world.mark,
    )
    return await gate.pass_through(replace(bound, action=action), direction, actor)


async def check(world: World, incident: str, n: int, plan: str, direction: Direction) -> Ending:
    """Verify over time; the word is verification's, and whether to undo follows from the plan and the word."""
    bound = await _plan(world, plan)
    before = await need(world, incident, n, "baseline", Baseline)
    outcome = await world.incidents.find(incident, n, f"outcome-{direction}", Outcome)  # there: cut off after its end
    if outcome is None:
        outcome = await verify(
            bound,
            direction,
            before,
            read=world.read,
            metrics=world.metrics,
            alerts=await firing(world, incident),
            clock=world.clock,
            settings=_proof(world, bound),
        )
        await world.incidents.put(incident, n, f"outcome-{direction}", outcome)
    await _verified(world, bound, outcome)
    return Ending(stage=Stage.GO, reason=outcome.reason, word=outcome.word.value, undo=_undo_wanted(bound, direction, outcome))


async def tell_undo(world: World, plan: str, proof: Ending, undid: Ending, back: Ending | None) -> Ending:
    """Put the undo's result into the words of the ending; the word stays the repair's own: it did not help."""
    bound = await _plan(world, plan)
    note = bound.action.undo_note if bound.action else ""
    if undid.stage is not Stage.GO:
        stage = undid.stage if undid.stage in (Stage.KILLED, Stage.TAKEN) else Stage.GO
        return replace(proof, stage=stage, undo=False, reason=f"{proof.reason}; it could NOT be undone: {undid.reason}")
    ended = f", and that was verified {back.word}: {back.reason}" if back else ""
    return replace(proof, undo=False, reason=f"{proof.reason}; undone ({note}){ended}")


async def end(world: World, incident: str, n: int, plan: str, ending: Ending) -> Step:
    """Say to the incident how the remediation ended, and give the target free."""
    bound, now = await _plan(world, plan), world.clock.now()
    if bound.action is not None:
        name = target_lease(bound.action.target)
        held, row = await world.lease.current(name), await world.incidents.get(incident)
        # Taken over, looked at again and approved while this one still watched: the lease is the later repair's.
        later = row.phase in (Phase.ACTING, Phase.VERIFYING) and row.plan_digest != plan
        if held is not None and held.holder == incident and not later:
            await world.lease.release(held)
    if ending.stage is Stage.TAKEN:
        return Step(said=f"stopped without a word: {ending.reason}"[:500])  # the incident is somebody else's
    kind, data = _told(bound, ending)
    event = Event(incident_id=incident, kind=kind, at=now, data={"n": n, "plan_digest": plan, **data})
    draft = AuditDraft(
        what="remediation.ended",
        actor=ME,
        at=now,
        incident_id=incident,
        data={"plan_digest": plan, "stage": ending.stage.value, "word": ending.word, "reason": ending.reason},
    )
    await world.incidents.add_event_once(f"ended:{plan}", event, [draft])
    world.wake()
    return Step(said=f"{ending.stage.value} {ending.word} {ending.reason}"[:500])


def _told(bound: Plan, ending: Ending) -> tuple[EventKind, dict[str, str]]:
    summary = bound.action.summary if bound.action else "the plan"
    match ending.stage:
        case Stage.CHANGED:
            return EventKind.TARGET_CHANGED, {"reason": ending.reason}
        case Stage.KILLED:
            half = f" What is half done: {summary}, verified {ending.word}." if ending.word else " Nothing was written."
            return EventKind.KILLED, {"reason": f"the kill switch is engaged ({ending.reason}).{half}"}
        case Stage.GO if ending.word == OutcomeWord.SUCCESSFUL.value:
            return EventKind.REMEDIATED, {"word": ending.word, "reason": f"{summary}: verified, {ending.reason}"}
        case Stage.GO:
            return EventKind.REMEDIATED, {"word": ending.word, "reason": f"{summary}: {ending.word}, {ending.reason}"}
        case _:
            return EventKind.REMEDIATED, {"word": "Error", "reason": f"{summary}: not done, {ending.reason}"}


def _proof(world: World, bound: Plan) -> Verification:
    """How this repair is proven: as configured, with what its runbook wants otherwise."""
    base = world.settings.verification
    return next((book.verification.over(base) for book in world.runbooks if book.name == bound.runbook), base)


def _undo_wanted(bound: Plan, direction: Direction, outcome: Outcome) -> bool:
    action = bound.action
    if direction == "undo" or outcome.passed or action is None or action.undo is None:
        return False
    return action.undo_on == "failed" or (action.undo_on == "worse" and outcome.worse)


def _refused(decision: Decision) -> Ending:
    """A guard's no at the gate: the kill switch stops, everything else asks anew (and the new brief says why not)."""
    against = [verdict for verdict in decision.verdicts if verdict.decision == "deny"]
    words = "; ".join(f"{verdict.guard}: {verdict.reason}" for verdict in against) or "the guards want to be asked again"
    if any(verdict.guard == "incident" for verdict in against):
        return Ending(stage=Stage.TAKEN, reason=words)
    if any(verdict.guard == KILL_SWITCH for verdict in against):
        return Ending(stage=Stage.KILLED, reason=words)
    return Ending(stage=Stage.CHANGED, reason=words)


def _ours(row: Incident, plan: str) -> bool:
    return row.phase in (Phase.ACTING, Phase.VERIFYING) and row.plan_digest == plan


async def _plan(world: World, plan: str) -> Plan:
    found = await world.incidents.plan(plan)
    if found is None:
        raise LookupError(f"there is no plan {plan}: it was not stored, or its retention is over")
    return found


async def _afresh(world: World, bound: Plan, diagnosis: Diagnosis | None) -> Plan:
    """Make the same plan on today's cluster, at its own time; without an action where that is no longer possible."""
    action = bound.action
    if action is None:
        return bound
    cause = cause_of(bound, diagnosis)
    facts = cause.facts if cause else {}
    rung = bound.ladder[bound.rung]
    again = await plan_action(rung, action.target, facts, world.read, world.write, bound.created_at)
    return replace(bound, action=None if isinstance(again, CannotPlan) else seal(again))


async def _acted(world: World, incident: str, bound: Plan, *, adopted: bool) -> None:
    """Tell the incident that the effect is there."""
    reason = f"{bound.action.summary if bound.action else 'done'}; verifying"
    event = Event(
        incident_id=incident,
        kind=EventKind.ACTED,
        at=world.clock.now(),
        data={"plan_digest": bound.digest, "reason": reason, "adopted": adopted},
    )
    await world.incidents.add_event_once(f"acted:{bound.digest}", event)
    world.wake()


async def _verified(world: World, bound: Plan, outcome: Outcome) -> None:
    """Put what was found into the story and the audit, with its figures, once."""
    data = {
        "plan_digest": bound.digest,
        "direction": outcome.direction,
        "word": outcome.word.value,
        "reason": outcome.reason,
        "worse": outcome.worse,
        "figures": figures_of(outcome),
    }
    more = {"pass": outcome.passed, "samples": len(outcome.samples)}
    draft = AuditDraft(
        what="verification.ended", actor=ME, at=outcome.ended_at, incident_id=bound.incident_id, data={**data, **more}
    )
    note = bound.action.undo_note if bound.action and outcome.direction == "undo" else ""
    event = Event(
        incident_id=bound.incident_id, kind=EventKind.VERIFIED, at=outcome.ended_at, data={**data, "n": bound.n, "note": note}
    )
    await world.incidents.add_event_once(f"verified:{outcome.direction}:{bound.digest}", event, [draft])
    world.wake()
