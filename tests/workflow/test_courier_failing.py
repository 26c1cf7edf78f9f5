"""A sink that fails: what is tried again, what is given up, and what it costs the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from firstresponder.errors import Forbidden, Temporary, Unhealthy, Unreachable
from firstresponder.testing.notifiers import FakeNotifier, permanent
from firstresponder.testing.shop import alert_body
from firstresponder.workflow.card import make_card
from firstresponder.workflow.courier import AT_ONCE, Courier, delivering

from .told import Told, until


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
    for _ in range(720):
        told.play.clock.advance(5)
        await told.courier.settle()
    tries = len(told.sink.calls)
    assert tries < 30
    told.sink._faults.clear()
    told.play.clock.advance(301)
    await told.courier.settle()
    assert [call[0] for call in told.sink.calls[tries:]] == ["show", "a", "b"]


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
