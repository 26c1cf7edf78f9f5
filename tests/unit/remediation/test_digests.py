"""What an approval binds, and what an operation is called."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.model import Decision, PatchObject, Verdict
from firstresponder.remediation.digests import fresh_digest, operation_id, plan_digest
from firstresponder.remediation.seal import seal


def decision(bench: Any, measured: str = "", word: Any = "ask", guard: str = "storm") -> Decision:
    """One verdict's decision."""
    verdict = Verdict(guard=guard, hard=True, decision=word, reason=f"because {measured}", measured=measured)
    other = Verdict(guard="pdb", hard=True, decision="allow", reason="")
    return Decision(outcome=word, verdicts=(verdict, other), at=bench.clock.now())


async def test_measurements_and_order_do_not_bind(bench: Any) -> None:
    """What guards measured, when, and in which order they spoke leave the digest as it is."""
    plan = await bench.plan()
    first = plan_digest(plan, decision(bench, "3 s"))
    bench.clock.advance(60)
    later = decision(bench, "63 s")
    assert plan_digest(plan, later) == first
    assert plan_digest(plan, msgspec.structs.replace(later, verdicts=later.verdicts[::-1])) == first
    assert plan_digest(msgspec.structs.replace(plan, digest="anything"), later) == first


async def test_everything_that_binds_moves_the_digest(bench: Any) -> None:
    """Incident, n, rung, target, touched values, template, the operations themselves and each decision: all bind."""
    plan, said = await bench.plan(), decision(bench)
    replace, action = msgspec.structs.replace, plan.action
    touched = (replace(action.touched[0], new={"other": 1}),)
    others = [
        replace(plan, incident_id="inc-2"),
        replace(plan, n=2),
        replace(plan, rung=1),
        replace(plan, action=None),
        replace(plan, action=replace(action, target=replace(action.target, uid="uid-x"))),
        replace(plan, action=replace(action, touched=touched)),
        replace(plan, action=replace(action, template_hash="x")),
        replace(plan, action=replace(action, do=PatchObject(target=action.target, ops=()))),
        replace(plan, action=replace(action, undo=None)),
    ]
    digests = [plan_digest(plan, said), *(plan_digest(other, said) for other in others)]
    digests += [plan_digest(plan, decision(bench, word="allow")), plan_digest(plan, decision(bench, guard="other"))]
    assert len(set(digests)) == len(digests)


WORDS = st.sampled_from(["allow", "ask", "deny"])
SPOKEN = st.dictionaries(st.sampled_from(["storm", "pdb", "quorum", "cooldown"]), st.tuples(WORDS, st.booleans()), max_size=4)
# Mostly two decisions of the same guards: two drawn apart would hardly ever be alike.
PAIRS = st.tuples(SPOKEN, SPOKEN) | SPOKEN.flatmap(
    lambda then: st.tuples(
        st.just(then), st.fixed_dictionaries({guard: st.tuples(WORDS, st.just(hard)) for guard, (_, hard) in then.items()})
    )
)
RANK = {"allow": 0, "ask": 1, "deny": 2}


def spoken(bench: Any, words: dict[str, tuple[Any, bool]]) -> Decision:
    """A decision in which each guard says its word, as a hard or an advisory one."""
    verdicts = tuple(Verdict(guard=guard, hard=hard, decision=word, reason="") for guard, (word, hard) in words.items())
    return Decision(outcome="ask", verdicts=verdicts, at=bench.clock.now())


@settings(max_examples=300, deadline=None)
@given(pair=PAIRS, moved=st.sampled_from([0, 0, 0, 1, 2, 3, 4]))
def test_an_approval_holds_as_long_as_nothing_is_worse(make_bench: Any, pair: Any, moved: int) -> None:
    """It holds exactly where the plan is equal, the same guards spoke, no word is worse, and only an advisory ask got better."""
    then, now = pair
    bench = make_bench()
    plan = asyncio.run(bench.plan())
    shown = spoken(bench, then)
    bound = msgspec.structs.replace(plan, digest=plan_digest(plan, shown))
    action = plan.action
    fresh = [
        plan,
        msgspec.structs.replace(plan, n=9),
        msgspec.structs.replace(plan, action=msgspec.structs.replace(action, template_hash="x")),
        msgspec.structs.replace(plan, action=msgspec.structs.replace(action, undo=None)),
        msgspec.structs.replace(plan, rung=1),
    ][moved]
    holds = fresh_digest(fresh, spoken(bench, now), bound, shown) == bound.digest
    better = all(
        now[guard][0] == word or (word == "ask" and now[guard][0] == "allow" and not hard and not now[guard][1])
        for guard, (word, hard) in then.items()
        if guard in now
    )
    assert holds is (moved == 0 and set(then) == set(now) and better)
    if holds:
        assert all(RANK[now[guard][0]] <= RANK[word] for guard, (word, _) in then.items())


async def test_a_decision_that_the_approval_does_not_prove_covers_nothing(bench: Any) -> None:
    """Another decision than the one that was shown, or none that is left, makes a better word as different as a worse one."""
    plan = await bench.plan()
    asked = spoken(bench, {"cooldown": ("ask", False)})
    allowed = spoken(bench, {"cooldown": ("allow", False)})
    forged = spoken(bench, {"cooldown": ("ask", False), "pdb": ("ask", False)})
    bound = msgspec.structs.replace(plan, digest=plan_digest(plan, asked))
    assert fresh_digest(plan, allowed, bound, asked) == bound.digest
    assert fresh_digest(plan, allowed, bound, forged) != bound.digest
    assert fresh_digest(plan, allowed, bound, None) != bound.digest
    assert fresh_digest(plan, asked, bound, None) == bound.digest


@pytest.mark.parametrize(
    "other",
    [("b", 1, 0, "do", "d"), ("a", 2, 0, "do", "d"), ("a", 1, 1, "do", "d"), ("a", 1, 0, "undo", "d"), ("a", 1, 0, "do", "e")],
)
def test_an_operation_is_named_by_all_that_it_is(other: Any) -> None:
    """The same parts give the same name, and any other part another."""
    name = operation_id("a", 1, 0, "do", "d")
    assert name == operation_id("a", 1, 0, "do", "d")
    assert name != operation_id(*other)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), action=st.sampled_from(["rollback-deployment", "restart-workload"]))
def test_sealing_does_not_move_the_digest(planting: Any, data: st.DataObject, action: str) -> None:
    """A plan has one digest: as it was made, sealed, and sealed again."""
    bench, _ = planting(data)
    plan, said = asyncio.run(bench.plan(action)), decision(bench)
    once = msgspec.structs.replace(plan, action=seal(plan.action))
    twice = msgspec.structs.replace(plan, action=seal(once.action))
    assert plan_digest(plan, said) == plan_digest(once, said) == plan_digest(twice, said)
