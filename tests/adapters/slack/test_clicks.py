"""Clicks over HTTP: only Slack's count, each once, and whoever is refused is told why in private."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from firstresponder.adapters.slack import buttons
from firstresponder.adapters.slack.clicks import LARGEST, SlackInbox
from firstresponder.adapters.slack.earlier import Reply
from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.errors import BadPayload
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.slack import CHANNEL, SlackStandIn
from firstresponder.workflow.answers import Answer
from tests.adapters.slack.conftest import DIGEST, NOON, card
from tests.adapters.slack.deciders import Decider
from tests.adapters.slack.forms import check_message, check_view, shown

ANN = "ann (slack:U0ANN)"


class Desk:
    """The stand-in with a card on it, and the inbox that Slack would call."""

    def __init__(self, slack: SlackStandIn, clock: FakeClock) -> None:
        """Nothing was clicked."""
        self.slack, self.clock, self.decider = slack, clock, Decider()
        self.inbox = SlackInbox(slack.settings(), self.decider, clock, patience=0.2)
        self.message: dict[str, Any] = {}

    def restart(self) -> None:
        """Lose everything that the process remembered."""
        self.inbox = SlackInbox(self.slack.settings(), self.decider, self.clock, patience=0.2)

    async def send(self, payload: dict[str, Any] | bytes, *, age: float = 0.0) -> Reply:
        """Deliver a signed request."""
        headers, body = self.slack.signed(payload, age=age)
        return await self.deliver(headers, body)

    async def deliver(self, headers: dict[str, str], body: bytes, method: str = "POST") -> Reply:
        """Deliver a request as it is, and let everything settle."""
        reply = await self.inbox.handle(method, headers, body)
        await self.inbox.idle()
        return reply

    async def press(self, action: str, user: str = "U0ANN", name: str = "ann") -> Reply:
        """Press a button of the card."""
        return await self.send(self.slack.click(self.message, action, user, name))

    @property
    def whispered(self) -> list[str]:
        """What was said in private."""
        return [shown(each["blocks"]) for each in self.slack.whispers]


@pytest.fixture
async def desk(slack: SlackStandIn, clock: FakeClock) -> AsyncIterator[Desk]:
    """Show the card, as the notifier does."""
    notifier = SlackNotifier(slack.settings(), clock)
    await notifier.show(card(), None, again=False)
    await notifier.close()
    one = Desk(slack, clock)
    one.message = slack.card("inc-0001")
    yield one
    await one.inbox.idle()


async def test_approve_decides_on_the_plan_that_was_shown(desk: Desk) -> None:
    """The click approves incident and digest of the button, by the person whom Slack proves; nobody is told in private."""
    reply = await desk.press("approve")
    assert (reply.status, reply.body) == (200, b"")
    assert desk.decider.asked == [("approved", "inc-0001", DIGEST, ANN, "")]
    assert desk.whispered == []


async def test_take_over_and_the_link(desk: Desk) -> None:
    """Take over decides; the link to the console is acknowledged, and nothing follows from it."""
    assert (await desk.press("open")).status == 200
    assert desk.decider.asked == []
    assert (await desk.press("take_over")).status == 200
    assert desk.decider.asked == [("taken over", "inc-0001", "", ANN, "")]


async def test_reject_asks_why_and_then_decides(desk: Desk) -> None:
    """The button opens a modal, nothing is decided; the modal's reason is part of the decision."""
    assert (await desk.press("reject")).status == 200
    assert desk.decider.asked == []
    (view,) = desk.slack.views
    check_view(view)
    reply = await desk.send(desk.slack.submit(view, "the old one\nis worse"))
    assert (reply.status, reply.body) == (200, b"")
    assert desk.decider.asked == [("rejected", "inc-0001", DIGEST, ANN, "the old one\nis worse")]


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501])
async def test_a_rejection_needs_a_reason(desk: Desk, reason: str) -> None:
    """Without one, or with a whole essay, the modal says what is wanted and nothing is decided."""
    await desk.press("reject")
    reply = await desk.send(desk.slack.submit(desk.slack.views[0], reason))
    said = msgspec.json.decode(reply.body)
    assert said["response_action"] == "errors"
    assert set(said["errors"]) == {buttons.REASON}
    assert desk.decider.asked == []


async def test_who_comes_second_is_told_who_was_first(desk: Desk) -> None:
    """The second click has no effect, and a private answer names who decided and when."""
    await desk.press("approve")
    assert (await desk.press("approve", "U0BOB", "bob")).status == 200
    assert desk.decider.effects == [f"approved by {ANN}"]
    (whisper,) = desk.slack.whispers
    assert (whisper["user"], whisper["channel"]) == ("U0BOB", CHANNEL)
    assert f"approved by {ANN} at 12:00:00 UTC" in desk.whispered[0]
    check_message(whisper["text"], whisper["blocks"])


async def test_a_rejection_that_comes_second_is_told_in_its_modal(desk: Desk) -> None:
    """The modal turns into the answer, which needs nothing of Slack's API."""
    await desk.press("reject", "U0BOB", "bob")
    await desk.press("approve")
    await desk.slack.down()
    reply = await desk.send(desk.slack.submit(desk.slack.views[0], "no", "U0BOB", "bob"))
    await desk.slack.up()
    said = msgspec.json.decode(reply.body)
    assert said["response_action"] == "update"
    check_view(said["view"])
    assert f"approved by {ANN}" in shown(said["view"]["blocks"])
    assert desk.decider.effects == [f"approved by {ANN}"]


async def test_a_refusal_in_the_modal_is_not_told_twice(desk: Desk) -> None:
    """What the modal says is not said again in the channel."""
    await desk.press("reject", "U0BOB", "bob")
    await desk.press("approve")
    reply = await desk.send(desk.slack.submit(desk.slack.views[0], "no", "U0BOB", "bob"))
    assert msgspec.json.decode(reply.body)["response_action"] == "update"
    assert desk.whispered == []


@pytest.mark.parametrize("status", ["expired", "changed", "unknown", "not_allowed", "nothing_to_decide"])
async def test_every_refusal_is_told_in_private(desk: Desk, status: Any) -> None:
    """Expired, changed, not allowed, nothing to decide: the clicker reads the reason, the channel nothing."""
    desk.decider.answer = Answer(accepted=False, status=status, message=f"no: {status} <!channel>")
    posted = len(desk.slack.messages)
    await desk.press("approve")
    assert desk.whispered == [f"no: {status} <!channel>"]
    assert len(desk.slack.messages) == posted


async def test_the_same_request_again_has_no_second_effect(desk: Desk) -> None:
    """A replay within five minutes gets the earlier answer; nothing is asked and nobody told again."""
    await desk.press("approve")
    payload = desk.slack.click(desk.message, "approve", "U0BOB", "bob")
    headers, body = desk.slack.signed(payload)
    replies = [await desk.deliver(headers, body) for _ in range(3)]
    assert len(set(map(str, replies))) == 1
    assert len(desk.decider.asked) == 2
    assert len(desk.whispered) == 1


async def test_replays_at_the_same_instant_wait_for_one_answer(desk: Desk) -> None:
    """The same request ten times at once is one question to the store."""
    headers, body = desk.slack.signed(desk.slack.click(desk.message, "approve"))
    desk.decider.gate.clear()
    tasks = [asyncio.ensure_future(desk.inbox.handle("POST", headers, body)) for _ in range(10)]
    await asyncio.sleep(0)
    desk.decider.gate.set()
    assert {reply.status for reply in await asyncio.gather(*tasks)} == {200}
    assert len(desk.decider.asked) == 1


async def test_a_replayed_take_over_does_not_take_over_again(desk: Desk) -> None:
    """Even where the store would accept it anew, the same request does nothing."""
    headers, body = desk.slack.signed(desk.slack.click(desk.message, "take_over"))
    await desk.deliver(headers, body)
    desk.decider.stands.clear()  # handed back meanwhile
    await desk.deliver(headers, body)
    assert desk.decider.effects == [f"taken over by {ANN}"]


async def test_requests_out_of_order_change_nothing(desk: Desk) -> None:
    """An older click that arrives after a newer one finds the decision made and is told so."""
    older = desk.slack.signed(desk.slack.click(desk.message, "approve", "U0BOB", "bob"), age=200)
    newer = desk.slack.signed(desk.slack.click(desk.message, "approve"))
    await desk.deliver(*newer)
    assert (await desk.deliver(*older)).status == 200
    assert desk.decider.effects == [f"approved by {ANN}"]
    assert "already decided" in desk.whispered[0]


async def test_a_replay_after_a_restart_gets_the_same_answer(desk: Desk) -> None:
    """The new process has forgotten the request; the store has not, and says the same."""
    request = desk.slack.signed(desk.slack.click(desk.message, "approve"))
    first = await desk.deliver(*request)
    desk.restart()
    assert await desk.deliver(*request) == first
    assert desk.decider.effects == [f"approved by {ANN}"]
    assert desk.whispered == []


@pytest.mark.parametrize("age", [301, 3600, -301], ids=["old", "very old", "from the future"])
async def test_a_stale_request_is_refused(desk: Desk, age: float) -> None:
    """Older or newer than five minutes is 401, however well it is signed."""
    assert (await desk.send(desk.slack.click(desk.message, "approve"), age=age)).status == 401
    assert desk.decider.asked == []


@pytest.mark.parametrize("age", [299, -299])
async def test_a_slow_network_is_no_reason_to_refuse(desk: Desk, age: float) -> None:
    """Up to five minutes count."""
    assert (await desk.send(desk.slack.click(desk.message, "approve"), age=age)).status == 200
    assert len(desk.decider.asked) == 1


def _other(text: str) -> str:
    return SignatureVerifier("another secret").generate_signature(timestamp=str(int(NOON.timestamp())), body=text) or ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": str(int(NOON.timestamp()))},
        {"X-Slack-Request-Timestamp": str(int(NOON.timestamp())), "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": str(int(NOON.timestamp())), "X-Slack-Signature": _other("payload=%7B%7D")},
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "", "X-Slack-Signature": "\u00e9"},
        {"X-Slack-Request-Timestamp": str(int(NOON.timestamp())), "X-Slack-Signature": "v0=\u0660" + "0" * 63},
    ],
    ids=["unsigned", "no time", "no signature", "zeros", "another secret", "no number", "huge", "not ascii", "other digits"],
)
@pytest.mark.parametrize("body", [b"payload=%7B%7D", b"\xff\xfe not text", b""], ids=["form", "bytes", "empty"])
async def test_what_slack_did_not_sign_is_not_even_read(desk: Desk, headers: dict[str, str], body: bytes) -> None:
    """Unsigned or wrongly signed is 401, before anything is parsed."""
    reply = await desk.deliver(headers, body)
    assert reply.status == 401
    assert msgspec.json.decode(reply.body)["status"] == "unauthorized"


async def test_a_changed_body_is_refused(desk: Desk) -> None:
    """One character more than what was signed is 401."""
    headers, body = desk.slack.signed(desk.slack.click(desk.message, "approve"))
    assert (await desk.deliver(headers, body + b"x")).status == 401
    assert desk.decider.asked == []


async def test_size_and_method_come_first(desk: Desk) -> None:
    """Too large is 413 without a look at the signature; only POST is taken."""
    assert (await desk.deliver({}, b"x" * (LARGEST + 1))).status == 413
    reply = await desk.deliver({}, b"", method="GET")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


async def test_without_a_signing_secret_nothing_is_taken(slack: SlackStandIn, clock: FakeClock) -> None:
    """With Socket Mode only, HTTP answers 404 and names the variable; an empty secret never signs anything."""
    inbox = SlackInbox(slack.settings(http=False, socket=True), Decider(), clock)
    reply = await inbox.handle("POST", {}, b"")
    assert reply.status == 404
    assert b"SLACK_SIGNING_SECRET" in reply.body


def _changed(payload: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(payload))
    *way, last = path.split(".")
    here: Any = copy
    for each in way:
        here = here[int(each) if each.isdigit() else each]
    here[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "shortcut"),
        ("type", 7),
        ("user", None),
        ("user", {}),
        ("user.id", "ann"),
        ("user.id", "U0ANN\n"),
        ("user.id", ["U0ANN"]),
        ("actions", []),
        ("actions", {}),
        (
            "actions",
            [{"action_id": buttons.APPROVE, "value": buttons.encode(buttons.About(incident="inc-0001", plan=DIGEST))}] * 2,
        ),
        ("actions.0.action_id", "someone.elses"),
        ("actions.0.action_id", None),
        ("actions.0.value", ""),
        ("actions.0.value", "{}"),
        ("actions.0.value", 5),
        ("actions.0.value", '{"incident": "inc-0001"}'),
        ("actions.0.value", '{"incident": "../../etc", "plan": ""}'),
        ("channel", {"id": "../x"}),
        ("trigger_id", "a b"),
    ],
)
async def test_a_signed_request_of_another_shape_is_refused(desk: Desk, path: str, value: Any) -> None:
    """A signature proves the sender, not the shape: what does not fit is 400, a line in the log, and no decision."""
    payload = _changed(desk.slack.click(desk.message, "approve"), path, value)
    with capture_logs() as logs:
        reply = await desk.send(payload)
    assert reply.status == 400
    assert [each["event"] for each in logs] == ["slack_bad_payload"]
    assert desk.decider.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=%7B",
        b"payload=[]",
        b"payload=1&payload=2",
        b"payload=%7B%7D&more=1&more=2&more=3&more=4",
        b"other=%7B%7D",
        b"payload=" + b"%5B" * 100_000,
        b"payload=%FF",
        b"ssl_check=1&token=x",
        b'{"type": "block_actions"}',
    ],
)
async def test_a_signed_body_that_is_no_form_is_refused(desk: Desk, body: bytes) -> None:
    """Whatever the body is, it is answered 400."""
    assert (await desk.send(body)).status == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "user", "id", "actions", "view"]), inner)
        ),
        max_leaves=20,
    )
)
async def test_no_signed_json_breaks_the_inbox(desk: Desk, content: Any) -> None:
    """Any JSON is answered 400, and decides nothing."""
    reply = await desk.send(urlencode({"payload": msgspec.json.encode(content)}).encode())
    assert reply.status == 400
    assert desk.decider.asked == []


@pytest.mark.parametrize(
    ("path", "value"),
    [("view.callback_id", "other"), ("view.private_metadata", "{}"), ("view.state", None), ("view.state.values", [1])],
)
async def test_a_modal_of_another_shape_is_refused(desk: Desk, path: str, value: Any) -> None:
    """A modal that is not ours, or was altered, decides nothing."""
    await desk.press("reject")
    payload = _changed(desk.slack.submit(desk.slack.views[0], "no"), path, value)
    assert (await desk.send(payload)).status == 400
    assert desk.decider.asked == []


async def test_a_slow_store_is_acknowledged_first(desk: Desk) -> None:
    """Slack gets its answer in time; the decision goes on, and who is refused is told afterwards."""
    desk.decider.gate.clear()
    desk.decider.stands[DIGEST] = ("approved", "bob", NOON)
    headers, body = desk.slack.signed(desk.slack.click(desk.message, "approve"))
    reply = await desk.inbox.handle("POST", headers, body)
    assert reply.status == 200
    assert desk.whispered == []
    desk.decider.gate.set()
    await desk.inbox.idle()
    assert "approved by bob" in desk.whispered[0]


async def test_a_slow_rejection_is_told_afterwards(desk: Desk) -> None:
    """The modal closes; the refusal comes as a private answer in the channel of the click."""
    await desk.press("reject")
    desk.decider.gate.clear()
    desk.decider.stands[DIGEST] = ("approved", "bob", NOON)
    headers, body = desk.slack.signed(desk.slack.submit(desk.slack.views[0], "no"))
    reply = await desk.inbox.handle("POST", headers, body)
    assert (reply.status, reply.body) == (200, b"")
    desk.decider.gate.set()
    await desk.inbox.idle()
    assert "approved by bob" in desk.whispered[0]
    assert desk.slack.whispers[0]["channel"] == CHANNEL


async def test_a_sick_store_is_said(desk: Desk) -> None:
    """If nothing could be put on record the clicker is told so, and a new click is a new try."""
    desk.decider.sick = "the disk is full"
    await desk.press("approve")
    assert "Nothing was decided" in desk.whispered[0]
    assert "the disk is full" in desk.whispered[0]
    desk.decider.sick = ""
    await desk.press("approve")
    assert desk.decider.effects == [f"approved by {ANN}"]


async def test_clicks_are_decided_while_slacks_api_is_down(desk: Desk) -> None:
    """What arrives is decided and acknowledged; that nobody can be told in private is only a line in the log."""
    await desk.slack.down()
    assert (await desk.press("approve")).status == 200
    with capture_logs() as logs:
        assert (await desk.press("approve", "U0BOB", "bob")).status == 200
    await desk.slack.up()
    assert desk.decider.effects == [f"approved by {ANN}"]
    assert "slack_not_told" in [each["event"] for each in logs]


async def test_a_modal_that_cannot_open_names_the_command(desk: Desk) -> None:
    """If Slack does not open the modal, the clicker is told how to reject without it."""
    desk.slack.refuse("views.open", "expired_trigger_id")
    await desk.press("reject")
    assert "firstresponder reject inc-0001 --plan abababababab --reason WHY" in desk.whispered[0]
    assert desk.decider.asked == []


async def test_names_of_people_are_shown_as_they_are_and_deceive_nobody(desk: Desk) -> None:
    """A name that hides characters is spelled out, a missing one is the id, an endless one is cut."""
    for name in ("an\u202en", "", "n" * 500):
        desk.decider.stands.clear()
        await desk.press("approve", "U0ANN", name)
    assert [who for _, _, _, who, _ in desk.decider.asked][:2] == ["an\\u202en (slack:U0ANN)", "U0ANN (slack:U0ANN)"]
    assert len(desk.decider.asked[2][3]) < 110


async def test_bolt_asks_slack_nothing_and_holds_no_token(
    slack: SlackStandIn, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Start and click work while Slack is down, with another app's OAuth variables around; no auth.test is made."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "s")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-from-elsewhere")
    notifier = SlackNotifier(slack.settings(), clock)
    await notifier.show(card(), None, again=False)
    await notifier.close()
    await slack.down()
    calls = len(slack.calls)
    decider = Decider()
    inbox = SlackInbox(slack.settings(), decider, clock)
    headers, body = slack.signed(slack.click(slack.card("inc-0001"), "approve"))
    assert (await inbox.handle("POST", headers, body)).status == 200
    assert decider.effects == [f"approved by {ANN}"]
    assert len(slack.calls) == calls
    await slack.up()


async def test_a_fault_of_ours_is_written_down(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody expected is acknowledged, and is in our log with its trace."""

    async def broken(*_: object, **__: object) -> Answer:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(desk.decider, "approve", broken)
    with capture_logs() as logs:
        await desk.press("approve")
    assert "slack_click_failed" in [each["event"] for each in logs]


async def test_a_payload_from_inside_is_read_as_strictly(desk: Desk) -> None:
    """`take`, which Socket Mode uses, refuses the same shapes."""
    with pytest.raises(BadPayload):
        await desk.inbox.take({"type": "hello"})
