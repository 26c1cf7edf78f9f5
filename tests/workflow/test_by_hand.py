"""What people do by hand: another look, and the close of what nobody will resolve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from firstresponder.config import Approval
from firstresponder.model import AuditEntry, Choice, EventKind, Person, Phase
from firstresponder.testing.shop import GOOD, alert_body

from .conftest import Play

ANN, BOB = Person(name="ann", via="cli"), Person(name="bob", via="api")


async def handed_over(asked: Play) -> str:
    """Reject what is asked: the incident is with a person now."""
    await asked.client.reject((await asked.incident()).id, plan_digest="", who=BOB, reason="not during the sale")
    await asked.settle()
    row = await asked.incident()
    assert row.phase is Phase.ESCALATED
    return row.id


async def entry(play: Play, what: str) -> AuditEntry:
    """The only audit entry of that kind."""
    (found,) = [each async for each in play.world.audit.entries() if each.what == what]
    return found


async def choice(play: Play, digest: str) -> Choice | None:
    """What was decided on a plan."""
    return await play.world.incidents.chosen(digest)


async def test_what_was_handed_over_is_looked_at_again_and_asked(asked: Play) -> None:
    """After a rejection another look asks anew, for another plan, and that can be approved and is done once."""
    before = (await asked.incident()).plan_digest
    incident_id = await handed_over(asked)
    answer = await asked.client.look_again(incident_id, who=ANN)
    await asked.settle()
    row = await asked.incident()
    assert (answer.accepted, row.phase, row.n, row.recurrence) == (True, Phase.ASKING, 2, 0)
    assert row.plan_digest != before
    assert (await entry(asked, "incident.look_again")).actor == "ann"
    assert (await asked.approve()).accepted
    assert ((await asked.incident()).phase, asked.shop.cluster.effects, asked.shop.image()) == (Phase.CLOSED, 1, GOOD)


async def test_another_look_gives_a_taken_incident_back_to_the_tool(asked: Play) -> None:
    """Who took it over and wants another look is asked again: the owner stands in no guard's way any more."""
    incident_id = (await asked.incident()).id
    await asked.client.take_over(incident_id, who=ANN)
    await asked.settle()
    await asked.client.look_again(incident_id, who=ANN)
    await asked.settle()
    row = await asked.incident()
    assert (row.phase, row.owner) == (Phase.ASKING, "")


async def test_two_who_want_another_look_get_one(asked: Play) -> None:
    """Two calls at the same instant begin one investigation."""
    incident_id = await handed_over(asked)
    answers = await asyncio.gather(*(asked.client.look_again(incident_id, who=who) for who in (ANN, BOB)))
    await asked.settle()
    row = await asked.incident()
    assert [answer.accepted for answer in answers] == [True, True]
    assert (row.phase, row.n, row.last_n) == (Phase.ASKING, 2, 2)


async def test_another_look_while_asking_keeps_an_offer_that_is_the_same(asked: Play) -> None:
    """The second look finds what the first did: the plan that was asked can still be approved, until its own time is over."""
    before = await asked.incident()
    asked.clock.advance(60)
    assert (await asked.client.look_again(before.id, who=ANN)).accepted
    await asked.settle()
    after = await asked.incident()
    assert after.last_n == before.n + 1
    kept = (after.phase, after.n, after.plan_digest, after.ask_expires_at, after.look)
    assert kept == (Phase.ASKING, before.n, before.plan_digest, before.ask_expires_at, 0)
    assert (await asked.approve()).accepted
    assert asked.shop.cluster.effects == 1


async def test_another_look_that_finds_something_else_asks_that(asked: Play) -> None:
    """Where the world changed, the offer that is asked afterwards is another, and the old one cannot be approved."""
    before = await asked.incident()
    asked.shop.touch()
    await asked.client.look_again(before.id, who=ANN)
    await asked.settle()
    after = await asked.incident()
    assert after.plan_digest != before.plan_digest
    late = await asked.client.approve(before.id, plan_digest=before.plan_digest, who=BOB)
    await asked.settle()
    assert not late.accepted
    assert asked.shop.cluster.writes == 0


async def test_nobody_looks_again_at_what_is_being_done_or_over(asked: Play) -> None:
    """Right after an approval, while it is done, and after the close, another look is refused and says why."""
    incident_id = (await asked.incident()).id
    await asked.client.approve(incident_id, plan_digest="", who=BOB)
    first = await asked.client.look_again(incident_id, who=ANN)  # the row still says asking
    assert (first.accepted, first.status, first.decided_by) == (False, "already_decided", "bob")
    await asked.reconciler.fold(incident_id)
    second = await asked.client.look_again(incident_id, who=ANN)
    assert (second.accepted, second.status) == (False, "nothing_to_decide")
    assert "it is acting: approved by bob" in second.message
    await asked.settle()
    third = await asked.client.look_again(incident_id, who=ANN)
    assert (third.accepted, third.message.partition(":")[0]) == (False, "it is closed")
    assert [event.kind for event in (await asked.view()).events].count(EventKind.LOOK_AGAIN) == 0


async def test_an_unknown_incident_is_said_to_be_unknown(asked: Play) -> None:
    """Neither call invents an incident."""
    assert (await asked.client.look_again("inc-9", who=ANN)).status == "unknown"
    assert (await asked.client.dismiss("inc-9", who=ANN, reason="")).status == "unknown"


async def test_what_a_person_closes_is_closed_and_its_offer_withdrawn(asked: Play) -> None:
    """The close says who and why; nobody can approve any more, and is told who withdrew it."""
    before = await asked.incident()
    answer = await asked.client.dismiss(before.id, who=ANN, reason="we fix forward")
    await asked.settle()
    row = await asked.incident()
    assert (answer.accepted, row.phase, row.reason) == (True, Phase.CLOSED, "closed by ann: we fix forward")
    stands = await choice(asked, before.plan_digest)
    assert stands is not None
    assert (stands.word, stands.by) == ("withdrawn", "ann")
    late = await asked.approve("bob")
    assert (late.accepted, late.decided_by) == (False, "ann")
    assert asked.shop.cluster.writes == 0
    noted = await entry(asked, "incident.dismissed")
    assert (noted.actor, noted.data["reason"]) == ("ann", "we fix forward")
    assert (await entry(asked, "incident.summary")).data["ending"] == row.reason


async def test_what_was_handed_over_can_be_closed_by_hand(asked: Play) -> None:
    """An incident that a person has, and whose alert nobody will resolve, is closed by one who says so."""
    incident_id = await handed_over(asked)
    assert (await asked.client.dismiss(incident_id, who=ANN, reason="a drill")).accepted
    await asked.settle()
    assert (await asked.incident()).phase is Phase.CLOSED


async def test_repeats_of_the_same_start_do_not_open_it_again(asked: Play) -> None:
    """Alertmanager repeats what still fires: after a close by hand that is no news, and stays with that incident."""
    row = await asked.incident()
    await asked.client.dismiss(row.id, who=ANN, reason="")
    await asked.settle()
    for _ in range(3):
        asked.clock.advance(300)
        await asked.send(alert_body(asked.shop.crashing()))
    after = await asked.incident()
    assert (after.phase, after.recurrence, after.n) == (Phase.CLOSED, 0, row.n)


async def test_a_new_start_soon_after_opens_it_again(asked: Play) -> None:
    """The same alert with a new start within the relapse watch is the same incident once more, and it asks."""
    row = await asked.incident()
    await asked.client.dismiss(row.id, who=ANN, reason="")
    await asked.settle()
    asked.clock.advance(120)
    await asked.send(alert_body(asked.shop.crashing(), started=asked.clock.now() - timedelta(seconds=5)))
    after = await asked.incident()
    assert (after.id, after.phase, after.recurrence, after.n) == (row.id, Phase.ASKING, 1, row.n + 1)


async def test_who_is_no_approver_closes_nothing(play: Callable[..., Any]) -> None:
    """A name that is not on the list is refused, the attempt is on record, and the offer stands."""
    one: Play = await play(approval=Approval(approvers=("ann",)))
    await one.send(alert_body(one.shop.crashing()))
    row = await one.incident()
    answer = await one.client.dismiss(row.id, who=BOB, reason="because")
    await one.settle()
    assert (answer.accepted, answer.status) == (False, "not_allowed")
    refused = await entry(one, "plan.refused_person")
    assert (refused.actor, refused.data["word"], refused.data["plan_digest"]) == ("bob", "dismissed", row.plan_digest)
    assert (await one.incident()).phase is Phase.ASKING
    assert (await one.client.dismiss(row.id, who=ANN, reason="")).accepted


async def test_a_yes_and_a_close_at_once_are_one_of_them(asked: Play) -> None:
    """Of an approval and a close at the same instant one is first; the other is told so, and nothing happens by halves."""
    incident_id = (await asked.incident()).id
    yes, over = await asyncio.gather(
        asked.client.approve(incident_id, plan_digest="", who=BOB), asked.client.dismiss(incident_id, who=ANN, reason="")
    )
    await asked.settle()
    assert yes.accepted is not over.accepted
    assert yes.decided_by == over.decided_by
    row = await asked.incident()
    assert row.phase is Phase.CLOSED
    assert asked.shop.cluster.effects == (1 if yes.accepted else 0)


async def test_a_close_while_a_look_is_in_flight_ends_it(asked: Play) -> None:
    """What the look finds after the close asks nobody: the incident stays closed and nothing is offered."""
    row = await asked.incident()
    await asked.client.look_again(row.id, who=BOB)
    await asked.turn()  # the look has begun
    assert asked.engine.busy()
    assert (await asked.client.dismiss(row.id, who=ANN, reason="")).accepted
    await asked.settle()
    after = await asked.incident()
    assert (after.phase, after.look, after.n) == (Phase.CLOSED, 0, row.n)
    assert EventKind.INVESTIGATED in [event.kind for event in (await asked.view()).events][-3:]


async def test_a_close_that_meets_another_look_closes_it_all(asked: Play) -> None:
    """One wants another look, another closes before that began: it is closed, as the second was told."""
    incident_id = await handed_over(asked)
    await asked.client.look_again(incident_id, who=BOB)
    assert (await asked.client.dismiss(incident_id, who=ANN, reason="")).accepted
    await asked.settle()
    assert (await asked.incident()).reason == "closed by ann"
