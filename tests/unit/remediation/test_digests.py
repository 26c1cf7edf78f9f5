"""What an approval binds, and what an operation is called."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.model import Decision, PatchObject, Verdict
from firstresponder.remediation.digests import operation_id, plan_digest
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
