"""Clicks over Socket Mode: the same inbox, over a connection that comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from structlog.testing import capture_logs

from firstresponder.adapters.slack.clicks import SlackInbox
from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.config import Seconds, Secret
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.slack import SlackStandIn
from tests.adapters.slack.conftest import card
from tests.adapters.slack.deciders import Decider

ANN = "ann (slack:U0ANN)"


async def until(met: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - what is waited for is in another program's hands
            await asyncio.sleep(0.005)


class Wire:
    """The stand-in with a card, an inbox over Socket Mode, and its task."""

    def __init__(self, slack: SlackStandIn, clock: FakeClock) -> None:
        """Not connected."""
        self.slack, self.decider = slack, Decider()
        self.inbox = SlackInbox(slack.settings(http=False, socket=True, timeout=Seconds(0.5)), self.decider, clock, patience=0.2)
        self.task = asyncio.ensure_future(self.inbox.run())

    async def connected(self, times: int = 1) -> None:
        """Wait until it has connected that often."""
        await until(lambda: self.slack.connections >= times)


@pytest.fixture
async def wire(slack: SlackStandIn, clock: FakeClock) -> AsyncIterator[Wire]:
    """Connect."""
    notifier = SlackNotifier(slack.settings(http=False, socket=True), clock)
    await notifier.show(card(), None, again=False)
    await notifier.close()
    one = Wire(slack, clock)
    await one.connected()
    yield one
    one.task.cancel()
    await asyncio.gather(one.task, return_exceptions=True)


async def test_a_click_is_decided_and_acknowledged(wire: Wire) -> None:
    """The envelope is acknowledged by its name, and the click counts."""
    ack = await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve"), "e-1")
    assert ack == {"envelope_id": "e-1"}
    assert wire.decider.effects == [f"approved by {ANN}"]


async def test_the_same_envelope_again_has_no_second_effect(wire: Wire) -> None:
    """Slack sends what it thinks was lost again: the earlier answer comes back, and nothing is asked."""
    payload = wire.slack.click(wire.slack.card("inc-0001"), "take_over")
    first = await wire.slack.push(payload, "e-1")
    assert await wire.slack.push(payload, "e-1") == first
    assert len(wire.decider.asked) == 1


async def test_a_modal_gets_its_answer_with_the_acknowledgement(wire: Wire) -> None:
    """A rejection that comes second is answered in the modal itself."""
    await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "reject", "U0BOB", "bob"))
    await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve"))
    ack = await wire.slack.push(wire.slack.submit(wire.slack.views[0], "no", "U0BOB", "bob"))
    assert ack["payload"]["response_action"] == "update"
    assert wire.decider.effects == [f"approved by {ANN}"]


async def test_a_connection_that_is_idle_for_long_stays(wire: Wire) -> None:
    """The time limit of one request does not end the connection."""
    await asyncio.sleep(0.8)  # time itself is what is tried here: longer than the limit of 0.5 s
    await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve"))
    assert wire.slack.connections == 1


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_it_connects_again_when_slack_asks(wire: Wire, reason: str) -> None:
    """After each disconnect a new address is asked for, since each is good for one connection."""
    await wire.slack.say_over_socket(msgspec.json.encode({"type": "disconnect", "reason": reason}).decode())
    await wire.connected(2)
    await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve"))
    assert wire.decider.effects == [f"approved by {ANN}"]


async def test_it_comes_back_after_slack_was_down(wire: Wire) -> None:
    """While nobody answers it tries on, says why, and works again as soon as somebody does."""
    with capture_logs() as logs:
        await wire.slack.down()
        await until(lambda: sum(each["event"] == "slack_socket_lost" for each in logs) >= 3)
        await wire.slack.up()
        await wire.connected(2)
    await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve"))
    assert wire.decider.effects == [f"approved by {ANN}"]


async def test_waits_grow_and_heed_slacks_own(slack: SlackStandIn, clock: FakeClock) -> None:
    """Without a connection the waits double, within bounds; a 429 is waited out."""
    slack.busy("apps.connections.open", 77)
    for _ in range(9):
        slack.broken("apps.connections.open", 500)
    with capture_logs() as logs:
        one = Wire(slack, clock)
        await one.connected()
    one.task.cancel()
    await asyncio.gather(one.task, return_exceptions=True)
    waits = [each["again_in"] for each in logs if each["event"] == "slack_socket_lost"]
    assert waits[0] == 77.0
    assert waits == sorted(waits)
    assert waits[-1] == 120.0


async def test_a_token_that_does_not_count_is_said_and_not_hammered(slack: SlackStandIn, clock: FakeClock) -> None:
    """It waits as long as it ever does, and the log names what to do, without the token."""
    with capture_logs() as logs:
        inbox = SlackInbox(slack.settings(socket=True, app_token=Secret("xapp-wrong-secret")), Decider(), clock)
        task = asyncio.ensure_future(inbox.run())
        await until(lambda: bool(logs))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert logs[0]["again_in"] == 120.0
    assert "invalid_auth" in logs[0]["why"]
    assert "wrong-secret" not in str(logs)


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"type": 7}', '{"envelope_id": "x", "type": "interactive", "payload": []}'])
async def test_what_cannot_be_read_does_not_end_the_connection(wire: Wire, text: str) -> None:
    """Nonsense is a line in the log, and the next click counts."""
    with capture_logs() as logs:
        await wire.slack.say_over_socket(text)
        await wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve"))
    assert wire.slack.connections == 1
    assert wire.decider.effects == [f"approved by {ANN}"]
    assert "slack_bad_payload" in [each["event"] for each in logs]


async def test_a_payload_of_another_shape_is_acknowledged_and_refused(wire: Wire) -> None:
    """It is not sent again and again: acknowledged, logged, nothing decided."""
    assert await wire.slack.push({"type": "block_actions"}, "e-1") == {"envelope_id": "e-1"}
    assert wire.decider.asked == []


async def test_one_slow_click_holds_up_no_other(wire: Wire) -> None:
    """While the store is slow with one click, a link's click is acknowledged."""
    wire.decider.gate.clear()
    message = wire.slack.card("inc-0001")
    slow = asyncio.ensure_future(wire.slack.push(wire.slack.click(message, "approve")))
    await until(lambda: bool(wire.decider.asked))
    await wire.slack.push(wire.slack.click(message, "open"))
    assert not slow.done()
    wire.decider.gate.set()
    await slow


async def test_the_end_waits_for_what_was_clicked(wire: Wire) -> None:
    """Cancelled while a decision is under way, it lets that end first."""
    wire.decider.gate.clear()
    push = asyncio.ensure_future(wire.slack.push(wire.slack.click(wire.slack.card("inc-0001"), "approve")))
    await until(lambda: bool(wire.decider.asked))
    wire.task.cancel()
    wire.decider.gate.set()
    await asyncio.gather(wire.task, return_exceptions=True)
    push.cancel()
    assert wire.decider.effects == [f"approved by {ANN}"]


def test_it_runs_on_a_thread_of_its_own(clock: FakeClock) -> None:
    """`start` and `stop` are for a program without an event loop; both may be called twice, in any order."""
    decider = Decider()
    with SlackStandIn(clock).running() as slack:
        inbox = SlackInbox(slack.settings(socket=True), decider, clock)
        inbox.stop()
        inbox.start()
        inbox.start()
        asyncio.run(until(lambda: slack.connections == 1))
        inbox.stop()
        inbox.stop()
        inbox.start()
        asyncio.run(until(lambda: slack.connections == 2))
        inbox.stop()


async def test_a_fault_of_ours_does_not_end_the_clicks(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody expected is in the log, and the connection is made anew."""
    real = wire.inbox._socket._connection
    faults = [KeyError("a fault of ours")]

    async def broken() -> str:
        if faults:
            raise faults.pop()
        return await real()

    monkeypatch.setattr(wire.inbox._socket, "_connection", broken)
    with capture_logs() as logs:
        await wire.slack.say_over_socket('{"type": "disconnect", "reason": "warning"}')
        await wire.connected(2)
    assert "slack_socket_failed" in [each["event"] for each in logs]


def test_without_an_app_token_there_is_nothing_to_start(clock: FakeClock) -> None:
    """HTTP only: start and stop do nothing, `run` returns at once."""
    inbox = SlackInbox(SlackStandIn(clock).settings(), Decider(), clock)
    inbox.start()
    inbox.stop()
    asyncio.run(inbox.run())
