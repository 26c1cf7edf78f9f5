"""The courier: what arrives, in which order, and how often."""

from __future__ import annotations

import asyncio

import msgspec

from firstresponder.intake.parse import parse_webhook
from firstresponder.model import Phase
from firstresponder.testing.shop import alert_body
from firstresponder.workflow.courier import delivering

from .told import ANN, Told, until


async def test_the_story_of_a_repair_in_a_channel(asking: Told) -> None:
    """One message from the question to the end, each turn as one line below it."""
    one, sink = asking.play, asking.sink
    incident = (await one.incident()).id
    message = sink.of(incident)
    assert [message.card.ask and message.card.ask.label, message.lines] == ["Rollback to revision 4", []]
    await one.client.approve(incident, plan_digest="", who=ANN)
    await asking.settle()
    assert [line.text.split(" (")[0] for line in message.lines] == [
        "Approved by ann",
        "Done: Roll back Deployment api from revision 5 to 4; verifying",
        "Verification PASS: desired 3, updated 3, ready 3, available 3, pods 3, max restarts 0",
        "Closed: repaired and verified",
    ]
    assert message.lines[0].text == "Approved by ann (slack:U1) via slack"
    assert not any(line.loud for line in message.lines)
    assert message.card.phase is Phase.CLOSED
    assert message.card.ask is None
    assert message.card.decided.startswith("approved by ann (slack:U1) via slack at ")
    assert message.card.outcomes == (message.lines[2].text,)
    assert len(sink.messages) == 1


async def test_a_repair_that_made_it_worse_is_told_with_its_undo(asking: Told) -> None:
    """Failed, undone, handed over: each is said, and somebody is called."""
    asking.play.shop.cursed = True
    await asking.play.approve()
    await asking.settle()
    lines = asking.sink.messages[0].lines
    kinds = [line.key.rsplit("-", 1)[0] for line in lines]
    assert kinds == ["approved", "acted", "verified", "verified", "remediated"]
    assert lines[2].text.startswith("Verification FAIL (Failed): ")
    assert lines[3].text.startswith("Undone (puts the template of revision 5 back). Verification of the undo FAIL (Failed): ")
    assert lines[4].text.startswith("Handed over to a person: ")
    assert [line.loud for line in lines] == [False, False, True, True, False]


async def test_what_resolves_before_its_brief_is_not_told(told: Told) -> None:
    """An alert that comes and goes before anything was found out reaches nobody."""
    one, pod = told.play, told.play.shop.crashing()
    for status in ("firing", "resolved"):
        await one.client.receive(parse_webhook(msgspec.json.encode(alert_body(pod, status)), one.clock.now()).alerts)
        await one.clerk.file_all()
    await told.settle()
    assert (await one.incident()).reason == "resolved by itself"
    assert told.sink.calls == []


async def test_resolved_while_asking_is_closed_in_the_same_message(asking: Told) -> None:
    """The question goes, the end is said below the card."""
    await asking.play.send(alert_body(asking.play.shop.crashing(), "resolved"))
    await asking.settle()
    [message] = asking.sink.messages
    assert message.card.ask is None
    assert message.card.status == "closed: resolved by itself"
    assert [line.text for line in message.lines] == ["Closed: resolved by itself"]


async def test_a_second_look_that_changed_the_offer_is_shown(asking: Told) -> None:
    """The phase stays, the offer is another one: the card asks about the new plan, and a line says so."""
    before = asking.sink.messages[0].card.ask
    asking.play.shop.touch()
    await asking.play.client.look_again((await asking.play.incident()).id, who=ANN)
    await asking.settle()
    row = await asking.play.incident()
    [message] = asking.sink.messages
    assert message.card.phase is row.phase
    assert message.card.ask != before
    assert message.lines[0].text == "ann (slack:U1) via slack wants another look; it begins now"
    assert len(message.lines) == 2


async def test_ten_turns_that_gather_are_one_message(told: Told) -> None:
    """What was wished for while nobody could send is sent once, as things stand then."""
    for _ in range(10):
        await told.wish()
    await told.courier.settle()
    assert told.sink.calls == [("show", "x-1", False)]
    assert told.sink.of("x-1").card.status == "handed over: at version 9"


async def test_what_changed_while_a_card_was_on_its_way_is_shown_next(told: Told) -> None:
    """A wish that comes during a slow delivery leads to a second one."""
    told.sink.held.add("x-1")
    await told.wish()
    await told.courier.turn()
    await until(lambda: told.sink.calls)
    await told.wish()
    told.sink.open.set()
    await told.courier.settle()
    assert [call[0] for call in told.sink.calls] == ["show", "show"]
    assert told.sink.of("x-1").card.status == "handed over: at version 1"


async def test_the_same_news_is_not_sent_twice(told: Told) -> None:
    """A card that shows these facts already is not sent, and its lines go on."""
    await told.wish()
    await told.courier.settle()
    await told.wish("x-1", "a", reason="at version 0")
    await told.courier.settle()
    assert [call[0] for call in told.sink.calls] == ["show", "a"]
    assert [state for _, state, _ in await told.states()] == ["sent", "sent"]


async def test_the_audit_knows_what_was_sent_where_and_not_its_text(asking: Told) -> None:
    """Each delivery is an entry with sink, kind, place and digest; no word of the message is in it."""
    await asking.play.approve()
    await asking.settle()
    entries = [entry async for entry in asking.play.world.audit.entries() if entry.what == "notice.delivered"]
    lines = [entry.data for entry in entries if entry.data["what"] == "line"]
    assert [data["key"].rsplit("-", 1)[0] for data in lines] == ["approved", "acted", "verified", "remediated"]
    assert all(entry.data["where"] == {"message": 1} and len(entry.data["digest"]) == 64 for entry in entries)
    assert "Roll back" not in str([entry.data for entry in entries])
    assert {"sink", "what", "digest", "where"} == set(entries[0].data)


async def test_without_the_lease_nobody_is_told(told: Told) -> None:
    """Another process has the work: this one sends nothing."""
    await told.wish()
    told.play.world.grant = None
    await told.courier.settle()
    assert told.sink.calls == []


async def test_couriers_run_beside_the_work_and_wake_at_once(told: Told) -> None:
    """Inside the block news is carried without being asked for; at its end the notifiers are closed."""
    async with delivering(told.play.world):
        await told.wish()
        told.play.world.news()
        await until(lambda: told.sink.messages)
        assert told.sink.closed == 0
    assert told.sink.closed == 1
    await told.wish()
    told.play.world.news()
    await asyncio.sleep(0)
    assert len(told.sink.calls) == 1


async def test_what_is_on_its_way_at_the_end_may_arrive(told: Told) -> None:
    """A stop in order lets a message land, so that nobody has to ask whether it did."""
    told.sink.held.add("x-1")
    await told.wish()
    async with delivering(told.play.world):
        await until(lambda: told.sink.calls)
        asyncio.get_running_loop().call_later(0.05, told.sink.open.set)
    assert await told.states() == [("card", "sent", "")]


async def test_what_waits_is_known_by_sink(told: Told) -> None:
    """Every sink has a number, also where nothing waits; an incident's page says what was told and what waits."""
    assert await told.play.client.backlog() == {"fake": 0}
    await told.wish("x-1", "a")
    assert await told.play.client.backlog() == {"fake": 2}
    assert [each.state for each in (await told.play.client.incident("x-1")).deliveries] == ["waiting", "waiting"]
    await told.courier.settle()
    assert await told.play.client.backlog() == {"fake": 0}
    assert [each.state for each in (await told.play.client.incident("x-1")).deliveries] == ["sent", "sent"]
