"""The courier: what arrives, in which order, how often, and what a failing sink costs the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from firstresponder.errors import Forbidden, Temporary, Unhealthy, Unreachable
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import Incident, Line, Notice, Person, Phase
from firstresponder.testing.notifiers import FakeNotifier, permanent
from firstresponder.testing.shop import alert_body
from firstresponder.workflow.card import make_card
from firstresponder.workflow.courier import AT_ONCE, Courier, delivering

from .conftest import Play

ANN = Person(name="ann", via="slack", proven="slack:U1")


async def until(done: Callable[[], object]) -> None:
    """Let the others run until it is so."""
    for _ in range(5000):
        if done():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("waited in vain")


class Told:
    """A play with one sink, and its courier."""

    def __init__(self, one: Play, notifier: FakeNotifier) -> None:
        """Nothing told yet."""
        self.play, self.sink = one, notifier
        self.courier = Courier(one.world, notifier)

    async def settle(self) -> None:
        """Let the stories and the courier come to rest."""
        await self.play.settle()
        await self.courier.settle()

    async def wish(self, incident: str = "x-1", *lines: str, **fields: Any) -> None:
        """Change an incident (made when it is not there) and wish for its card and lines."""
        store, now = self.play.store.incidents, self.play.clock.now()
        try:
            row = await store.get(incident)
        except Exception:  # noqa: BLE001 - it is not there yet
            row = Incident(id=incident, title=incident, severity="none", phase=Phase.ESCALATED, opened_at=now, updated_at=now)
            await store.file([row], [], [], [])
        after = replace(row, updated_at=now, **{"reason": f"at version {row.version}", **fields})
        notices = [Notice(sink=self.sink.name, incident_id=incident)]
        notices += [
            Notice(sink=self.sink.name, incident_id=incident, line=Line(key=each, at=now, text=f"said {each}")) for each in lines
        ]
        assert await store.advance(row, after, 0, [], notices)

    async def states(self, incident: str = "x-1") -> list[tuple[str, str, str]]:
        """What the outbox knows of an incident."""
        return [(each.what, each.state, each.error) for each in await self.play.store.outbox.deliveries(incident)]


@pytest.fixture
async def told(play: Callable[..., Any]) -> Told:
    """A quiet play with a sink."""
    one: Play = await play()
    sink = FakeNotifier()
    one.world.notifiers = (sink,)
    return Told(one, sink)


@pytest.fixture
async def asking(told: Told) -> Told:
    """The bad release, and its card."""
    await told.play.send(alert_body(told.play.shop.crashing()))
    await told.courier.settle()
    return told


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


async def test_a_sink_that_asks_for_patience_gets_it_for_everybody(told: Told) -> None:
    """After a 429 nothing at all is sent to that sink for as long as it asked; then everything is, once."""
    await told.wish("x-1")
    await told.courier.settle()
    told.sink.busy(30)
    await told.wish("x-1")
    await told.courier.settle()
    await told.wish("x-2")
    await told.courier.settle()
    assert len(told.sink.calls) == 2
    told.play.clock.advance(29)
    await told.courier.settle()
    assert len(told.sink.calls) == 2
    told.play.clock.advance(2)
    await told.courier.settle()
    assert sorted(call[1:] for call in told.sink.calls[2:]) == [("x-1", False), ("x-2", False)]


async def test_one_sink_does_not_delay_another(told: Told) -> None:
    """While one asks for patience, the other is told."""
    other = FakeNotifier("other")
    told.play.world.notifiers = (told.sink, other)
    told.sink.busy(3600)
    await told.play.send(alert_body(told.play.shop.crashing()))
    await told.courier.settle()
    await Courier(told.play.world, other).settle()
    assert (told.sink.messages, len(other.messages)) == ([], 1)


async def test_no_answer_is_tried_again_and_not_doubled(told: Told) -> None:
    """What may have arrived is sent again with a word about it; card and line are there once, in order."""
    told.sink.lose_next()
    await told.wish(reason="one")
    await told.courier.settle()
    assert await told.states() == [("card", "waiting", "the request was sent and no answer came")]
    told.play.clock.advance(3)
    await told.courier.settle()
    told.sink.lose_next()
    await told.wish("x-1", "a", "b", reason="one")
    await told.courier.settle()
    told.play.clock.advance(3)
    await told.courier.settle()
    assert [(what, again) for what, _, again in told.sink.calls] == [
        ("show", False),
        ("show", True),
        ("a", False),
        ("a", True),
        ("b", False),
    ]
    assert [line.key for line in told.sink.of("x-1").lines] == ["a", "b"]


async def test_an_update_in_doubt_is_made_even_if_the_card_is_as_before(told: Told) -> None:
    """A lost update and a change back: the sink may show the change, so the old card is sent again."""
    await told.wish(reason="one")
    await told.courier.settle()
    told.sink.lose_next()
    await told.wish(reason="two")
    await told.courier.settle()
    assert told.sink.of("x-1").card.status == "handed over: two"
    await told.wish(reason="one")
    told.play.clock.advance(3)
    await told.courier.settle()
    assert told.sink.of("x-1").card.status == "handed over: one"


async def test_what_cannot_be_helped_is_given_up_and_a_later_card_tries_anew(told: Told) -> None:
    """A permanent error is on record with its reason; the lines behind it say that they had no card; a new wish is new."""
    told.sink.fail_next(permanent())
    await told.wish("x-1", "a")
    await told.courier.settle()
    assert await told.states() == [
        ("card", "given_up", "no such channel: name another one"),
        ("said a", "given_up", "its card was never shown there, so there is nothing to say it below"),
    ]
    entries = [entry async for entry in told.play.world.audit.entries() if entry.what == "notice.given_up"]
    assert [(entry.data["sink"], entry.data["what"], entry.data["tries"]) for entry in entries] == [
        ("fake", "card", 1),
        ("fake", "line", 1),
    ]
    await told.wish()
    await told.courier.settle()
    assert (await told.states())[0] == ("card", "sent", "")


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


async def test_a_poisoned_incident_delays_nobody(told: Told) -> None:
    """A message that hangs, and one whose notifier breaks, hold back neither the others nor themselves for ever."""
    told.sink.held.add("x-0")
    await told.wish("x-0")
    await told.courier.turn()
    await until(lambda: told.sink.calls)
    told.sink.fail_next(KeyError("ts"))
    for number in range(1, 3 * AT_ONCE):
        await told.wish(f"x-{number}")
        await told.courier.turn()
    for _ in range(5000):
        await told.courier.turn()
        if len(told.sink.messages) == 3 * AT_ONCE - 2:
            break
        await asyncio.sleep(0.001)
    broken = {f"x-{number}" for number in range(1, 3 * AT_ONCE)} - {each.card.incident_id for each in told.sink.messages}
    assert len(broken) == 1
    told.sink.open.set()
    told.play.clock.advance(3)
    await told.courier.settle()
    assert len(told.sink.messages) == 3 * AT_ONCE
    assert [call for call in told.sink.calls if call[1] in broken] == [("show", *broken, False), ("show", *broken, True)]


async def test_an_incident_that_cannot_be_drawn_delays_nobody(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in one card is that card's trouble: it is tried again later, and nothing was sent of it."""

    def breaks(view: Any, *rest: Any) -> Any:
        if view.incident.id == "x-1" and told.play.clock.ticks < 1001:
            raise ZeroDivisionError
        return make_card(view, *rest)

    monkeypatch.setattr("firstresponder.workflow.courier.make_card", breaks)
    await told.wish("x-1")
    await told.wish("x-2")
    await told.courier.settle()
    assert [call[1] for call in told.sink.calls] == ["x-2"]
    told.play.clock.advance(3)
    await told.courier.settle()
    assert told.sink.calls[1:] == [("show", "x-1", False)]


async def test_a_store_that_cannot_say_what_was_delivered_is_no_reason_to_double(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent, and the store fails before it is on record: it is sent again as something that may have arrived."""
    outbox = told.play.world.outbox
    delivered = outbox.delivered
    faults = iter([Unhealthy("the disk is full")])

    async def once(*args: Any) -> None:
        for fault in faults:
            raise fault
        await delivered(*args)

    monkeypatch.setattr(outbox, "delivered", once)
    await told.wish()
    await told.courier.settle()
    told.play.clock.advance(3)
    await told.courier.settle()
    assert told.sink.calls == [("show", "x-1", False), ("show", "x-1", True)]
    assert len(told.sink.messages) == 1


async def test_a_sink_out_of_reach_loses_nothing(told: Told) -> None:
    """Out of reach for an hour, it is told in order what happened, once it is back; it was not hammered meanwhile."""
    told.sink.fail_next(*[Unreachable("no route to host")] * 2000)
    await told.wish("x-1", "a", "b")
    for _ in range(3600):
        told.play.clock.advance(1)
        await told.courier.settle()
    tries = len(told.sink.calls)
    assert tries < 30
    told.sink._faults.clear()
    told.play.clock.advance(301)
    await told.courier.settle()
    assert [call[0] for call in told.sink.calls[tries:]] == ["show", "a", "b"]


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


async def test_a_fault_of_the_outbox_does_not_end_a_courier(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails, or breaks in an unknown way, is asked again."""
    monkeypatch.setattr("firstresponder.workflow.courier.IDLE", 0.001)
    due = told.play.world.outbox.due
    faults = iter([Unhealthy("locked"), RuntimeError("ours")])

    async def twice(*args: Any) -> Any:
        for fault in faults:
            raise fault
        return await due(*args)

    monkeypatch.setattr(told.play.world.outbox, "due", twice)
    await told.wish()
    async with delivering(told.play.world):
        await until(lambda: told.sink.messages)


async def test_a_notifier_that_cannot_be_closed_is_no_trouble(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of the work is not held up by a sink's fault."""

    async def breaks() -> None:
        raise RuntimeError("cannot close")

    monkeypatch.setattr(told.sink, "close", breaks)
    async with delivering(told.play.world):
        pass


@pytest.mark.parametrize("error", [Temporary("busy", retry_after=1), Forbidden("no")])
async def test_nothing_of_an_incident_is_told_out_of_order(told: Told, error: Exception) -> None:
    """Whatever fails in the middle, what arrives arrives in order."""
    await told.wish(reason="one")
    await told.courier.settle()
    told.sink.fail_next(error)
    await told.wish("x-1", "a", "b", "c", reason="one")
    for _ in range(5):
        await told.courier.settle()
        told.play.clock.advance(5)
    kept = [line.key for line in told.sink.of("x-1").lines]
    assert kept == (["a", "b", "c"] if isinstance(error, Temporary) else ["b", "c"])
