"""The write gate: never twice, never unguarded."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.errors import Forbidden, NotFound, OutcomeUnknown, PreconditionFailed, StaleLease, Unhealthy, Unreachable
from firstresponder.model import Plan, Verdict
from firstresponder.remediation.gate import GATE_DEADLINE, LEASE_TTL, MARKS, REQUEST_TIMEOUT, Gate
from firstresponder.remediation.result import Done, Failed, Refused, Result, Retry
from firstresponder.remediation.standing import STAMP

ACTIONS = ("rollback-deployment", "restart-workload")


def template_writes(bench: Any) -> int:
    """How often the pod template was changed, as the generation counts it."""
    return int(bench.cluster.look("Deployment", "shop", "api")["metadata"]["generation"]) - 1


def only(result: Result, form: type) -> Any:
    """Assert the kind of result and return it."""
    assert isinstance(result, form), result
    return result


async def test_a_clean_pass_does_it_once_and_records_it(bench: Any) -> None:
    """One pass changes the template once, stamps the object, journals "done" and audits intent and result."""
    plan = await bench.plan()
    done = only(await bench.gate().pass_through(plan, "do", "ann"), Done)
    found = bench.cluster.look("Deployment", "shop", "api")
    assert (done.adopted, bench.image(), template_writes(bench), bench.cluster.writes) == (False, "shop/api:good", 1, 1)
    assert found["metadata"]["annotations"][STAMP] == done.operation
    assert "annotations" not in found["spec"]["template"]["metadata"]
    assert bench.states() == ["done"]
    assert bench.audit.words() == ["gate.intent", "gate.done"]
    assert {entry.actor for entry in bench.audit.kept} == {"ann"}


async def test_a_clean_pass_passes_every_mark_in_order(bench: Any) -> None:
    """MARKS lists exactly the places that a pass which does its work goes by, so that none is left untried."""
    await bench.gate().pass_through(await bench.plan(), "do", "ann")
    assert tuple(bench.marks) == MARKS


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("mark", MARKS)
async def test_killed_anywhere_then_run_again_is_exactly_once(bench: Any, killed: Any, mark: str, action: str) -> None:
    """Killed at any mark and run again, and again: the effect is there exactly once, the journal says done, one audit each."""
    plan = await bench.plan(action)
    bench.die_at = mark
    assert await killed(bench.gate().pass_through(plan, "do", "ann"))
    bench.die_at = ""
    for _ in range(3):
        only(await bench.gate().pass_through(plan, "do", "ann"), Done)
    assert template_writes(bench) == 1
    assert bench.cluster.effects == 1
    assert bench.states() == ["done"]
    assert bench.audit.words() == ["gate.intent", "gate.done"]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_row_of_deaths_lost_answers_and_faults_is_exactly_once(make_bench: Any, data: st.DataObject) -> None:
    """Whatever row of deaths, lost answers and unreachable servers comes first, the end is one effect and "done"."""
    bench = make_bench(annotations=data.draw(st.booleans()))

    async def story() -> None:
        plan = await bench.plan(data.draw(st.sampled_from(ACTIONS)))
        for _ in range(data.draw(st.integers(0, 5))):
            bench.die_at = data.draw(st.sampled_from(("", *MARKS)))
            fault = data.draw(st.sampled_from(("none", "lost", "down", "unknown", "blind", "store")))
            if fault == "lost":
                bench.cluster.lose_answer_of_next_write()
            elif fault in {"down", "unknown"}:
                bench.cluster.fail_next("write", Unreachable("x") if fault == "down" else OutcomeUnknown("x"))
            elif fault == "blind":
                bench.cluster.fail_next("read", Unreachable("x"))
            bench.on_mark = {"gate.6.before": lambda: setattr(bench.journal, "broken", True)} if fault == "store" else {}
            try:
                result = await bench.gate().pass_through(plan, "do", "ann")
                assert isinstance(result, Done | Retry), result
            except bench.died:
                pass
            bench.journal.broken = False
        bench.die_at, bench.on_mark = "", {}
        for _ in range(20):
            if isinstance(await bench.gate().pass_through(plan, "do", "ann"), Done):
                break
        assert isinstance(await bench.gate().pass_through(plan, "do", "ann"), Done)

    asyncio.run(story())
    assert template_writes(bench) == bench.cluster.effects == 1
    assert bench.states() == ["done"]
    assert bench.audit.words() == ["gate.intent", "gate.done"]


async def test_a_killed_pass_is_adopted_even_where_the_guards_now_say_no(bench: Any, killed: Any) -> None:
    """An effect that is there is recorded as done though a guard would now deny: denying cannot unmake it."""
    plan = await bench.plan()
    bench.die_at = "gate.4.request.after"
    assert await killed(bench.gate().pass_through(plan, "do", "ann"))
    bench.die_at, bench.outcome = "", "deny"
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Done).adopted
    assert (bench.cluster.writes, bench.states()) == (1, ["done"])


async def test_a_kill_switch_between_two_attempts_stops_the_second(bench: Any, killed: Any) -> None:
    """Killed before the request, then denied: nothing is written, and the open intent ends as refused."""
    plan = await bench.plan()
    bench.die_at = "gate.4.request.before"
    assert await killed(bench.gate().pass_through(plan, "do", "ann"))
    bench.die_at, bench.outcome = "", "deny"
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "guards"
    bench.outcome = "allow"
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "guards"
    assert (bench.cluster.writes, bench.states(), bench.image()) == (0, ["refused"], "shop/api:bad")


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_lost_answer_is_looked_for_and_adopted(bench: Any, times: int) -> None:
    """A write whose answer is lost is found by its stamp and not repeated."""
    plan = await bench.plan("restart-workload")
    bench.cluster.lose_answer_of_next_write(times)
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Done).adopted
    assert (bench.cluster.writes, template_writes(bench)) == (1, 1)


async def test_a_lost_request_is_sent_once_more(bench: Any) -> None:
    """A write that never arrived is seen not to be there, and sent once more in the same pass."""
    bench.cluster.fail_next("write", OutcomeUnknown("the line went dead"))
    assert not only(await bench.gate().pass_through(await bench.plan(), "do", "ann"), Done).adopted
    assert template_writes(bench) == 1


async def test_two_lost_requests_are_left_for_another_pass(bench: Any) -> None:
    """After two requests without effect the gate gives up for now; the intent stays open and the next pass does it."""
    plan = await bench.plan()
    bench.cluster.fail_next("write", OutcomeUnknown("dead"), OutcomeUnknown("dead"))
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    assert bench.states() == ["intent"]
    only(await bench.gate().pass_through(plan, "do", "ann"), Done)


async def test_an_unreachable_server_is_a_retry(bench: Any) -> None:
    """When nothing was sent, nothing is decided: retry, with the server's own delay."""
    bench.cluster.fail_next("write", Unreachable("429", retry_after=7))
    assert only(await bench.gate().pass_through(await bench.plan(), "do", "ann"), Retry).after == 7


@pytest.mark.parametrize("error", [Unreachable("down"), Forbidden("no")])
async def test_a_target_that_cannot_be_read_is_not_written(bench: Any, error: Exception) -> None:
    """Without a look there is no write."""
    plan = await bench.plan()
    bench.cluster.fail_next("read", error)
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    assert bench.cluster.writes == 0


@pytest.mark.parametrize(("error", "word"), [(Forbidden("no"), "not permitted"), (PreconditionFailed("webhook"), "webhook")])
async def test_a_final_no_of_the_server_fails_with_its_words(bench: Any, error: Exception, word: str) -> None:
    """A permission or an admission that is lacking ends the operation as failed, in the server's words."""
    plan = await bench.plan()
    bench.cluster.fail_next("write", error, error)
    assert word in only(await bench.gate().pass_through(plan, "do", "ann"), Failed).reason
    assert word in only(await bench.gate().pass_through(plan, "do", "ann"), Failed).reason
    assert (bench.states(), bench.cluster.writes, bench.audit.words()[-1]) == (["failed"], 0, "gate.failed")


async def test_a_changed_template_is_refused_and_named(bench: Any) -> None:
    """A target that changed since the plan is refused, the smallest difference is named, and no secret is shown."""
    plan = await bench.plan()
    changed = bench.cluster.look("Deployment", "shop", "api")
    container = changed["spec"]["template"]["spec"]["containers"][0]
    container["image"], container["env"][0]["value"] = "shop/api:hotfix", "correct-horse"
    bench.cluster.put(changed)
    refused = only(await bench.gate().pass_through(plan, "do", "ann"), Refused)
    assert refused.why == "changed"
    assert [one.path for one in refused.differences] == [
        "/spec/template/spec/containers/0/env/0/value",
        "/spec/template/spec/containers/0/image",
    ]
    assert refused.differences[1].got == '"shop/api:hotfix"'
    assert "correct-horse" not in str(refused) + str(bench.audit.kept)
    assert (bench.cluster.writes, bench.states()) == (0, ["refused"])


async def test_a_change_between_look_and_request_is_refused(bench: Any) -> None:
    """The tests in the patch itself stop a change that slips in after the last look."""
    plan = await bench.plan()

    def hotfix() -> None:
        changed = bench.cluster.look("Deployment", "shop", "api")
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = "shop/api:hotfix"
        bench.cluster.put(changed)

    bench.on_mark["gate.4.request.before"] = hotfix
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "changed"
    assert (bench.cluster.effects, bench.image()) == (0, "shop/api:hotfix")


async def test_another_object_of_the_same_name_is_refused(bench: Any) -> None:
    """A target that was deleted and made again has another UID and is left alone."""
    plan = await bench.plan()
    again = bench.cluster.look("Deployment", "shop", "api")
    bench.cluster.remove("Deployment", "shop", "api")
    again["metadata"]["uid"] = "uid-other"
    bench.cluster.put(again)
    refused = only(await bench.gate().pass_through(plan, "do", "ann"), Refused)
    assert [one.path for one in refused.differences] == ["/metadata/uid"]
    assert bench.cluster.writes == 0


async def test_a_target_that_is_gone_is_refused(bench: Any) -> None:
    """No object, no write; the refusal says so."""
    plan = await bench.plan()
    bench.cluster.remove("Deployment", "shop", "api")
    assert "no such object" in only(await bench.gate().pass_through(plan, "do", "ann"), Refused).reason


async def test_the_same_values_by_another_hand_are_not_adopted(bench: Any) -> None:
    """Planned values without our stamp are somebody else's work: refused, not claimed."""
    plan = await bench.plan()
    changed = bench.cluster.look("Deployment", "shop", "api")
    changed["spec"]["template"] = plan.action.do.ops[-1].value
    bench.cluster.put(changed)
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "changed"


async def test_scaling_and_status_do_not_void_a_plan(bench: Any) -> None:
    """An autoscaler that moves the generation and a crash loop that moves the resource version do not stop the gate."""
    plan = await bench.plan()
    moved = bench.cluster.look("Deployment", "shop", "api")
    moved["spec"]["replicas"] = 5
    bench.cluster.put(moved)
    only(await bench.gate().pass_through(plan, "do", "ann"), Done)


verdicts = st.builds(
    Verdict,
    guard=st.text(min_size=1, max_size=10),
    hard=st.booleans(),
    decision=st.sampled_from(["allow", "ask", "deny"]),
    reason=st.text(max_size=20),
)


@settings(max_examples=60, deadline=None)
@given(outcome=st.sampled_from(["ask", "deny"]), words=st.lists(verdicts, max_size=4), undo=st.booleans())
def test_any_word_but_allow_means_zero_writes(make_bench: Any, outcome: str, words: list[Verdict], undo: bool) -> None:  # noqa: FBT001
    """Whatever the verdicts, an outcome other than allow writes nothing, journals nothing and is audited with its verdicts."""
    bench = make_bench()
    bench.outcome, bench.verdicts = outcome, tuple(words)

    async def story() -> Refused:
        plan = await bench.plan()
        refused: Refused = only(await bench.gate().pass_through(plan, "undo" if undo else "do", "ann"), Refused)
        return refused

    refused = asyncio.run(story())
    assert refused.decision is not None
    assert (bench.cluster.writes, bench.journal.kept) == (0, {})
    assert bench.audit.words() == ["gate.refused"]
    assert bench.audit.kept[0].data["verdicts"] == [[v.guard, v.decision, v.reason] for v in words]


@pytest.mark.parametrize(
    ("error", "form"), [(Unhealthy("switch unknown"), Refused), (NotFound("no plan"), Refused), (Unreachable("down"), Retry)]
)
async def test_guards_that_cannot_be_asked_mean_zero_writes(bench: Any, error: Exception, form: type) -> None:
    """Unknown is no: a recheck that fails never lets a write through."""
    plan = await bench.plan()

    def fail() -> None:
        raise error

    bench.before_recheck = fail
    only(await bench.gate().pass_through(plan, "do", "ann"), form)
    assert bench.cluster.writes == 0


async def test_an_older_owner_writes_nothing(bench: Any) -> None:
    """A stale epoch is refused at the journal: zero writes, and no intent is left."""
    plan = await bench.plan()
    bench.journal.epochs["worker"] = 2
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "lease"
    assert (bench.cluster.writes, bench.journal.kept) == (0, {})


async def test_a_paused_owner_that_wakes_after_a_takeover_writes_nothing(bench: Any, killed: Any) -> None:
    """The new owner finishes the operation; the old one, woken past its deadline before its request, sends nothing."""
    plan = await bench.plan()

    def sleep_through_a_takeover() -> None:
        bench.on_mark.clear()
        bench.clock.advance(LEASE_TTL + 5)
        bench.journal.epochs["worker"] = 2

    bench.on_mark["gate.3.after"] = sleep_through_a_takeover
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    assert bench.cluster.writes == 0
    bench.epoch = 2
    only(await bench.gate().pass_through(plan, "do", "ann"), Done)
    bench.epoch = 1
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Done).adopted
    assert bench.cluster.writes == 1


@pytest.mark.parametrize(("lasts", "held"), [(GATE_DEADLINE - 0.1, True), (0, True), (-5, True), (30, False)])
async def test_a_grant_that_ends_too_soon_writes_nothing(bench: Any, lasts: float, held: bool) -> None:  # noqa: FBT001
    """A lease that is not held, or ends before the deadline would, is refused before the intent."""
    plan = await bench.plan()
    bench.lease_for, bench.held = lasts, held
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "lease"
    assert (bench.cluster.writes, bench.journal.kept, bench.audit.words()) == (0, {}, ["gate.refused"])


async def test_a_lease_lost_after_the_intent_writes_nothing(bench: Any) -> None:
    """The lease is asked for once more before the request, and its loss leaves the intent to the new owner."""
    plan = await bench.plan()
    bench.on_mark["gate.3.after"] = lambda: setattr(bench, "held", False)
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Refused).why == "lease"
    assert (bench.cluster.writes, bench.states()) == (0, ["intent"])


@pytest.mark.parametrize("late", [GATE_DEADLINE - REQUEST_TIMEOUT + 0.1, GATE_DEADLINE, 3600.0])
async def test_past_the_deadline_nothing_is_sent(bench: Any, late: float) -> None:
    """A request that could end after the deadline is not begun."""
    plan = await bench.plan()
    bench.on_mark["gate.4.before"] = lambda: bench.clock.advance(late)
    assert "deadline" in only(await bench.gate().pass_through(plan, "do", "ann"), Retry).reason
    assert bench.cluster.writes == 0


def test_lease_deadline_and_timeout_are_ordered() -> None:
    """A lease outlives the gate's deadline, and that outlives a request."""
    assert LEASE_TTL > GATE_DEADLINE > REQUEST_TIMEOUT > 0


async def test_no_audit_no_write(bench: Any) -> None:
    """When the intent's audit entry cannot be stored, nothing is written, and the refusal says that both failed."""
    plan = await bench.plan()
    bench.audit.broken = True
    refused = only(await bench.gate().pass_through(plan, "do", "ann"), Refused)
    assert refused.why == "unhealthy"
    assert "audit cannot be written" in refused.reason
    assert (bench.cluster.writes, bench.journal.kept) == (0, {})


async def test_a_result_that_cannot_be_stored_is_a_retry_that_adopts(bench: Any) -> None:
    """A store that fails after the write does not repeat the write: the next pass adopts the effect."""
    plan = await bench.plan()
    bench.on_mark["gate.6.before"] = lambda: setattr(bench.journal, "broken", True)
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    bench.on_mark.clear()
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    bench.journal.broken = False
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Done).adopted
    assert bench.cluster.writes == 1


async def test_what_another_process_finished_first_stands(bench: Any) -> None:
    """If the journal was finished otherwise meanwhile, that is the answer."""
    plan = await bench.plan()

    def finish_otherwise() -> None:
        name, entry = next(iter(bench.journal.kept.items()))
        bench.journal.kept[name] = msgspec.structs.replace(entry, state="failed", detail="by the other")

    bench.on_mark["gate.6.before"] = finish_otherwise
    assert only(await bench.gate().pass_through(plan, "do", "ann"), Failed).reason == "by the other"


async def test_annotations_that_are_absent_are_added_and_never_overwritten(bare_bench: Any) -> None:
    """A stamp on an object without annotations makes the map; annotations that appear meanwhile survive."""
    bench = bare_bench

    def annotate() -> None:
        bench.on_mark.clear()
        found = bench.cluster.look("Deployment", "shop", "api")
        found["metadata"]["annotations"] = {"team": "shop"}
        bench.cluster.put(found)

    bench.on_mark["gate.4.request.before"] = annotate
    done = only(await bench.gate().pass_through(await bench.plan(), "do", "ann"), Done)
    annotations = bench.cluster.look("Deployment", "shop", "api")["metadata"]["annotations"]
    assert annotations == {"team": "shop", STAMP: done.operation}


async def test_undo_puts_the_old_template_back_through_the_same_gate(bench: Any) -> None:
    """Undo restores the template exactly, is an operation of its own, and the done "do" is not repeated by it."""
    plan = await bench.plan()
    before = bench.cluster.look("Deployment", "shop", "api")["spec"]
    did = only(await bench.gate().pass_through(plan, "do", "ann"), Done)
    undid = only(await bench.gate().pass_through(plan, "undo", "ann"), Done)
    assert did.operation != undid.operation
    assert bench.cluster.look("Deployment", "shop", "api")["spec"] == before
    only(await bench.gate().pass_through(plan, "do", "ann"), Done)
    assert (bench.cluster.effects, bench.rechecks, bench.image()) == (2, 2, "shop/api:bad")


@pytest.mark.parametrize("mark", MARKS)
async def test_undo_killed_anywhere_is_exactly_once(bench: Any, killed: Any, mark: str) -> None:
    """Undo is as safe to repeat as do."""
    plan = await bench.plan()
    await bench.gate().pass_through(plan, "do", "ann")
    bench.die_at = mark
    assert await killed(bench.gate().pass_through(plan, "undo", "ann"))
    bench.die_at = ""
    only(await bench.gate().pass_through(plan, "undo", "ann"), Done)
    assert (bench.cluster.effects, template_writes(bench), bench.states()) == (2, 2, ["done", "done"])


async def test_undo_after_somebody_went_on_is_refused(bench: Any) -> None:
    """Undo tests the new values: a person's later fix is not taken back."""
    plan = await bench.plan()
    await bench.gate().pass_through(plan, "do", "ann")
    found = bench.cluster.look("Deployment", "shop", "api")
    found["spec"]["template"]["spec"]["containers"][0]["image"] = "shop/api:v3"
    bench.cluster.put(found)
    assert only(await bench.gate().pass_through(plan, "undo", "ann"), Refused).why == "changed"
    assert bench.image() == "shop/api:v3"


async def test_the_kill_switch_stops_undo_too(bench: Any) -> None:
    """A deny at the recheck stops an undo like any write."""
    plan = await bench.plan()
    await bench.gate().pass_through(plan, "do", "ann")
    bench.outcome = "deny"
    assert only(await bench.gate().pass_through(plan, "undo", "ann"), Refused).why == "guards"
    assert bench.cluster.writes == 1


async def test_without_an_inverse_undo_is_nothing(bench: Any) -> None:
    """A restart has no undo, and asking for one writes nothing."""
    plan = await bench.plan("restart-workload")
    assert only(await bench.gate().pass_through(plan, "undo", "ann"), Refused).why == "nothing"
    assert (bench.cluster.writes, bench.rechecks) == (0, 0)


async def test_a_plan_without_action_or_digest_is_nothing(bench: Any) -> None:
    """What nobody could have approved is not done."""
    plan: Plan = await bench.plan()
    gate: Gate = bench.gate()
    for lacking in (msgspec.structs.replace(plan, action=None), msgspec.structs.replace(plan, digest="")):
        assert only(await gate.pass_through(lacking, "do", "ann"), Refused).why == "nothing"
    assert bench.cluster.writes == 0


async def test_a_relapse_is_a_new_operation(bench: Any) -> None:
    """The same plan of another investigation has another name: an old "done" is never taken for it."""
    first = await bench.plan(n=1)
    only(await bench.gate().pass_through(first, "do", "ann"), Done)
    only(await bench.gate().pass_through(first, "undo", "ann"), Done)
    again = await bench.plan(n=2)
    assert not only(await bench.gate().pass_through(again, "do", "ann"), Done).adopted
    assert bench.image() == "shop/api:good"


async def test_audit_entries_hold_no_large_or_secret_value(bench: Any) -> None:
    """A template in the audit is a digest; the plan's time of a restart is short and stands as it is."""
    await bench.gate().pass_through(await bench.plan(), "do", "ann")
    await bench.gate().pass_through(await bench.plan("restart-workload", n=2), "do", "ann")
    assert "hunter" not in str(bench.audit.kept)
    rolled, restarted = (entry.data["touched"][0] for entry in bench.audit.kept if entry.what == "gate.intent")
    assert set(rolled["old"]) == set(rolled["new"]) == {"sha256"}
    assert restarted["new"] == bench.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_the_lease_is_checked_by_the_stores_own_word(bench: Any) -> None:
    """A journal that says StaleLease on a second attempt leaves the intent to the new owner."""
    plan = await bench.plan()
    bench.cluster.fail_next("write", Unreachable("down"))
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    bench.journal.epochs["worker"] = 9
    bench.clock.advance(timedelta(seconds=1).total_seconds())
    refused = only(await bench.gate().pass_through(plan, "do", "ann"), Refused)
    assert (refused.why, bench.states(), bench.cluster.writes) == ("lease", ["intent"], 0)
    assert StaleLease.__name__ not in refused.reason


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_many_processes_at_once_are_exactly_once(make_bench: Any, data: st.DataObject) -> None:
    """Several gates on one plan, interleaved in any way at their calls to the cluster: one effect, and all say done."""
    bench = make_bench(annotations=data.draw(st.booleans()))
    pauses = iter(data.draw(st.lists(st.integers(0, 4), min_size=40, max_size=40)))
    get, send = bench.cluster.get, bench.cluster.apply

    async def slow_get(*args: Any) -> Any:
        for _ in range(next(pauses, 0)):
            await asyncio.sleep(0)
        return await get(*args)

    async def slow_apply(*args: Any, **more: Any) -> Any:
        for _ in range(next(pauses, 0)):
            await asyncio.sleep(0)
        return await send(*args, **more)

    async def story() -> list[Result]:
        plan = await bench.plan(data.draw(st.sampled_from(ACTIONS)))
        bench.cluster.get, bench.cluster.apply = slow_get, slow_apply
        return list(await asyncio.gather(*(bench.gate().pass_through(plan, "do", "ann") for _ in range(3))))

    results = asyncio.run(story())
    assert all(isinstance(result, Done) for result in results), results
    assert bench.cluster.effects == template_writes(bench) == 1
    assert bench.audit.words() == ["gate.intent", "gate.done"]


async def test_a_plan_whose_values_are_named_by_digests_only_is_never_written(bench: Any) -> None:
    """A stored plan that holds digests for values fails its own tests: it can adopt what is done, and write nothing."""
    plan = await bench.plan()
    ops = tuple(msgspec.structs.replace(op, value={"$sha256": "x"}) for op in plan.action.do.ops)
    action = msgspec.structs.replace(plan.action, do=msgspec.structs.replace(plan.action.do, ops=ops))
    sealed = msgspec.structs.replace(plan, action=action)
    assert only(await bench.gate().pass_through(msgspec.structs.replace(sealed, n=7), "do", "ann"), Refused).why == "changed"
    assert bench.cluster.writes == 0
    bench.cluster.lose_answer_of_next_write()
    bench.on_mark["gate.6.before"] = lambda: setattr(bench.journal, "broken", True)
    only(await bench.gate().pass_through(plan, "do", "ann"), Retry)
    bench.on_mark.clear()
    bench.journal.broken = False
    assert only(await bench.gate().pass_through(sealed, "do", "ann"), Done).adopted
    assert bench.cluster.writes == 1
