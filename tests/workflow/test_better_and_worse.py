"""What a guard says better or worse than when it was asked, by the time that somebody said yes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from firstresponder.model import Operation, Person, Phase
from firstresponder.testing.shop import GOOD, alert_body
from firstresponder.workflow import repairing
from firstresponder.workflow.facts import target_lease
from firstresponder.workflow.results import Ending, Stage

from .conftest import Play


async def done_before(one: Play, minutes: float) -> None:
    """Write into the journal that the same was done here, by an incident of before, so many minutes ago."""
    operation = Operation(
        id=f"before-{minutes:g}",
        incident_id="inc-before",
        n=1,
        rung=0,
        direction="do",
        plan_digest="d0",
        action="rollback-deployment",
        target=one.shop.target,
    )
    at = one.clock.now() - timedelta(minutes=minutes)
    assert one.world.grant is not None
    await one.world.journal.begin(operation, one.world.grant, at, ())
    await one.world.journal.finish(operation.id, "done", at, "", ())


async def word(one: Play, guard: str) -> str:
    """What a guard says in the decision that is shown."""
    (said,) = [verdict.decision for verdict in (await one.view()).decision.verdicts if verdict.guard == guard]
    return said


async def test_what_got_better_is_covered(play: Callable[..., Any]) -> None:
    """The cool-down asked when it was shown and has passed by the click: the approval holds, and it is done once."""
    one: Play = await play()
    await done_before(one, minutes=10)
    await one.send(alert_body(one.shop.crashing()))
    assert await word(one, "repeat_limits") == "ask"
    one.clock.advance(6 * 60)
    assert (await one.approve()).accepted
    row = await one.incident()
    assert (row.phase, row.n, one.shop.cluster.effects, one.shop.image()) == (Phase.CLOSED, 1, 1, GOOD)


async def test_what_got_worse_voids_it(asked: Play) -> None:
    """Nothing was done here when it was shown, and it was by the click: nothing is written, and it is asked anew."""
    assert await word(asked, "repeat_limits") == "allow"
    await done_before(asked, minutes=1)
    assert (await asked.approve()).accepted
    row = await asked.incident()
    assert (row.phase, row.n, asked.shop.cluster.writes) == (Phase.ASKING, 2, 0)
    assert await word(asked, "repeat_limits") == "ask"


async def test_an_old_watch_does_not_give_a_later_repair_free(asked: Play) -> None:
    """Taken over while it was watched, looked at again, approved: the end of the first leaves the second its lease."""
    row = await asked.incident()
    await asked.client.take_over(row.id, who=Person(name="bob", via="api"))
    await asked.settle()
    await asked.client.look_again(row.id, who=Person(name="bob", via="api"))
    await asked.settle()
    later = await asked.incident()
    await asked.client.approve(row.id, plan_digest="", who=Person(name="bob", via="api"))
    held = await asked.world.lease.acquire(target_lease(asked.shop.target), row.id, 600)
    assert held is not None
    await asked.world.incidents.advance(later, replace(later, phase=Phase.ACTING), 0)
    await repairing.end(asked.world, row.id, row.n, row.plan_digest, Ending(stage=Stage.TAKEN, reason="taken over"))
    assert await asked.world.lease.current(target_lease(asked.shop.target)) is not None
    await repairing.end(asked.world, row.id, later.n, later.plan_digest, Ending(stage=Stage.TAKEN, reason="taken over"))
    assert await asked.world.lease.current(target_lease(asked.shop.target)) is None
