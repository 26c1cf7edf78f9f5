"""The notifier against the stand-in: one message, updated in place, never lost, never doubled where that can be known."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.config import Seconds, Secret
from firstresponder.errors import BadConfig, FirstresponderError, Forbidden, OutcomeUnknown, Temporary, Unreachable
from firstresponder.model import Phase
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.slack import CHANNEL, SlackStandIn
from tests.adapters.slack.conftest import card, decided, line
from tests.adapters.slack.forms import actions, check_message, shown


@pytest.fixture
async def notifier(slack: SlackStandIn, clock: FakeClock) -> AsyncIterator[SlackNotifier]:
    """Return a notifier with a way back for clicks, and a mention."""
    one = SlackNotifier(slack.settings(mention="S0TEAM"), clock)
    yield one
    await one.close()


async def test_one_incident_is_one_message(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """The first card is posted, every later one changes that message; the receipt says where it stands and what it shows."""
    first = await notifier.show(card(), None, again=False)
    second = await notifier.show(decided(), first, again=False)
    (message,) = slack.messages
    check_message(message["text"], message["blocks"], message["metadata"])
    assert message["edited"]
    assert actions(message["blocks"]) == []
    assert first.where == second.where == {"channel": CHANNEL, "ts": message["ts"]}
    assert (first.facts, second.facts) == (card().facts, decided().facts)


async def test_no_unfurling_and_no_guessing_of_names(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """Links grow no pictures, and @names in the text stay text."""
    await notifier.show(card(), None, again=False)
    sent = slack.calls[-1][1]
    assert (sent["unfurl_links"], sent["unfurl_media"], sent["link_names"], sent["parse"]) == (False, False, False, "none")
    assert sent["metadata"] == {"event_type": "firstresponder_incident", "event_payload": {"incident_id": "inc-0001"}}


async def test_what_is_shown_already_is_not_sent(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """A card with the same facts costs no call."""
    receipt = await notifier.show(card(), None, again=False)
    calls = len(slack.calls)
    assert await notifier.show(card(version=99), receipt, again=False) == receipt
    assert len(slack.calls) == calls


async def test_without_a_way_back_there_are_no_buttons(slack: SlackStandIn, clock: FakeClock) -> None:
    """A bot token alone shows cards and names the command."""
    one = SlackNotifier(slack.settings(http=False), clock)
    await one.show(card(), None, again=False)
    await one.close()
    assert actions(slack.messages[0]["blocks"]) == []
    assert "firstresponder approve inc-0001" in shown(slack.messages[0]["blocks"])


async def test_a_first_card_that_is_handed_over_calls_somebody(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """What nobody is asked about and a person must look at mentions whom we were told to; a later change calls nobody."""
    alone = card(phase=Phase.ESCALATED, ask=None)
    receipt = await notifier.show(alone, None, again=False)
    assert "S0TEAM" in str(slack.messages[0]["blocks"])
    await notifier.show(card(phase=Phase.ESCALATED, ask=None, status="another word"), receipt, again=False)
    assert "S0TEAM" not in str(slack.messages[0]["blocks"])
    for calm in (card(incident_id="inc-0002"), card(incident_id="inc-0003", phase=Phase.ESCALATED, ask=None, owner="ann")):
        await notifier.show(calm, None, again=False)
        assert "S0TEAM" not in str(slack.messages[-1]["blocks"])


async def test_a_message_that_was_deleted_is_posted_anew(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """Somebody deletes the message: the next card is a new one, and the receipt follows it."""
    receipt = await notifier.show(card(), None, again=False)
    slack.delete(slack.messages[0])
    later = await notifier.show(decided(), receipt, again=False)
    assert [message["ts"] for message in slack.messages] == [later.where["ts"]]
    assert later.where["ts"] != receipt.where["ts"]


async def test_lines_go_into_the_thread(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """A quiet line is a reply and calls nobody; a loud one calls whom the settings name and shows in the channel."""
    receipt = await notifier.show(card(), None, again=False)
    await notifier.say(line("a", "Approved by ann"), card(), receipt, again=False)
    await notifier.say(line("b", "Verification FAIL", loud=True), card(), receipt, again=False)
    quiet, loud = slack.thread(slack.card("inc-0001"))
    for each in (quiet, loud):
        check_message(each["text"], each["blocks"], each["metadata"])
    assert quiet["reply_broadcast"] is False
    assert "S0TEAM" not in str(quiet)
    assert loud["reply_broadcast"] is True
    assert loud["blocks"][0]["text"]["text"] == "<!subteam^S0TEAM>"


async def test_a_loud_line_is_heard_even_if_its_thread_is_gone(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """The message was deleted: a loud line goes to the channel, a quiet one is dropped."""
    receipt = await notifier.show(card(), None, again=False)
    slack.delete(slack.messages[0])
    await notifier.say(line("a", "quiet"), card(), receipt, again=False)
    assert slack.messages == []
    await notifier.say(line("b", "somebody must look", loud=True), card(), receipt, again=False)
    (message,) = slack.messages
    assert "thread_ts" not in message


async def test_a_post_without_an_answer_is_adopted(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """The message arrived and the connection broke: the next try finds it, changes it, and posts nothing."""
    slack.cut("chat.postMessage")
    with pytest.raises(OutcomeUnknown):
        await notifier.show(card(), None, again=False)
    receipt = await notifier.show(decided(), None, again=True)
    (message,) = slack.messages
    assert receipt.where["ts"] == message["ts"]
    assert "approved by ann" in shown(message["blocks"])


async def test_a_line_without_an_answer_is_not_said_twice(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """The reply arrived and the connection broke: the next try finds it by its key; another key is said."""
    receipt = await notifier.show(card(), None, again=False)
    slack.cut("chat.postMessage")
    with pytest.raises(OutcomeUnknown):
        await notifier.say(line("a"), card(), receipt, again=False)
    await notifier.say(line("a"), card(), receipt, again=True)
    await notifier.say(line("b"), card(), receipt, again=True)
    assert [each["metadata"]["event_payload"]["key"] for each in slack.thread(slack.messages[0])] == ["a", "b"]


async def test_the_look_reads_on_to_later_pages(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """In a busy channel the message stands behind hundreds of others and is found."""
    slack.cut("chat.postMessage")
    with pytest.raises(OutcomeUnknown):
        await notifier.show(card(), None, again=False)
    mine = slack.messages[0]
    slack.messages += [
        {**mine, "ts": f"{float(mine['ts']) + 1 + each:.6f}", "metadata": None, "text": "talk"} for each in range(250)
    ]
    assert (await notifier.show(card(), None, again=True)).where["ts"] == mine["ts"]
    assert len(slack.messages) == 251


async def test_a_message_that_others_forged_is_not_adopted(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """Another app writes a message with our metadata: it is not ours, and ours is posted."""
    forged = {"channel": CHANNEL, "ts": "1773144000.000009", "bot_id": "B0OTHER", "text": "x", "blocks": []}
    slack.messages.append(
        {**forged, "metadata": {"event_type": "firstresponder_incident", "event_payload": {"incident_id": "inc-0001"}}}
    )
    receipt = await notifier.show(card(), None, again=True)
    assert receipt.where["ts"] != forged["ts"]
    assert len(slack.messages) == 2


async def test_without_the_scope_to_look_it_is_sent_again_and_said_once(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """A doubled message is better than none; the log says once which scope would prevent it."""
    slack.scopes = {"chat:write"}
    with capture_logs() as logs:
        for number in (1, 2):
            await notifier.show(card(incident_id=f"inc-{number}"), None, again=True)
    assert len(slack.messages) == 2
    (said,) = [each for each in logs if each["event"] == "slack_cannot_look"]
    assert "channels:history" in said["why"]


async def test_a_channels_name_is_enough_to_post(slack: SlackStandIn, clock: FakeClock) -> None:
    """With a name the first answer gives the id, which updates and looks then use."""
    one = SlackNotifier(slack.settings(channel="#ops"), clock)
    receipt = await one.show(card(), None, again=True)
    assert receipt.where["channel"] == CHANNEL
    await one.show(decided(), receipt, again=False)
    slack.cut("chat.postMessage")
    with pytest.raises(OutcomeUnknown):
        await one.show(card(incident_id="inc-0002"), None, again=False)
    await one.show(card(incident_id="inc-0002"), None, again=True)
    await one.close()
    assert len(slack.messages) == 2


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_too_many_requests_say_when_to_come_back(notifier: SlackNotifier, slack: SlackStandIn, method: str) -> None:
    """429 is Temporary with Slack's own seconds, after one single request."""
    receipt = await notifier.show(card(), None, again=False)
    slack.busy(method, 17)
    calls = len(slack.calls)
    with pytest.raises(Temporary) as caught:
        await notifier.show(decided(), receipt if method == "chat.update" else None, again=False)
    assert caught.value.retry_after == 17.0
    assert not isinstance(caught.value, OutcomeUnknown)
    assert len(slack.calls) == calls + 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ratelimited", Temporary),
        ("service_unavailable", Temporary),
        ("team_added_to_org", Temporary),
        ("internal_error", OutcomeUnknown),
        ("fatal_error", OutcomeUnknown),
        ("channel_not_found", BadConfig),
        ("not_in_channel", BadConfig),
        ("is_archived", BadConfig),
        ("restricted_action", BadConfig),
        ("invalid_auth", Forbidden),
        ("account_inactive", Forbidden),
        ("token_revoked", Forbidden),
        ("missing_scope", Forbidden),
        ("something_new", Forbidden),
    ],
)
async def test_each_of_slacks_errors_is_one_of_ours(
    notifier: SlackNotifier, slack: SlackStandIn, error: str, kind: type[FirstresponderError]
) -> None:
    """Whether to try again is the type; the text names the method, Slack's word where there is one, and what to do."""
    slack.refuse("chat.postMessage", error)
    with pytest.raises(kind) as caught:
        await notifier.show(card(), None, again=False)
    assert isinstance(caught.value, Temporary) is issubclass(kind, Temporary)
    assert "chat.postMessage" in str(caught.value)
    assert error == "missing_scope" or error in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(503, Temporary), (500, OutcomeUnknown), (502, OutcomeUnknown), (504, OutcomeUnknown)]
)
async def test_a_broken_server_is_tried_again(
    notifier: SlackNotifier, slack: SlackStandIn, status: int, kind: type[Temporary]
) -> None:
    """5xx is Temporary; where the message may have been taken before, it says so."""
    slack.broken("chat.postMessage", status)
    with pytest.raises(kind) as caught:
        await notifier.show(card(), None, again=False)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<html>hotel wifi</html>", "text/html"),
        ("hello", "text/plain"),
        ("[1, 2", "application/json"),
        ("[]", "application/json"),
        ("7", "application/json"),
        ("", "application/json"),
    ],
)
async def test_an_answer_that_is_none_of_slacks_is_no_success(
    notifier: SlackNotifier, slack: SlackStandIn, text: str, kind: str
) -> None:
    """200 from somebody else is not taken for a posted message."""
    slack.odd("chat.postMessage", text, kind)
    with pytest.raises(OutcomeUnknown):
        await notifier.show(card(), None, again=False)


async def test_nobody_there_is_unreachable(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """Without a connection nothing was sent, and the error says so; when Slack is back it works."""
    await slack.down()
    with pytest.raises(Unreachable, match="nothing was sent"):
        await notifier.show(card(), None, again=False)
    await slack.up()
    await notifier.show(card(), None, again=False)


async def test_no_answer_in_time_may_have_arrived(slack: SlackStandIn, clock: FakeClock) -> None:
    """A server that takes the request and says nothing gives OutcomeUnknown."""
    held = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        await held.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    one = SlackNotifier(slack.settings(api_url=f"http://127.0.0.1:{port}/api/", timeout=Seconds(0.2)), clock)
    with pytest.raises(OutcomeUnknown, match="in time"):
        await one.show(card(), None, again=False)
    held.set()
    await one.close()
    server.close()


async def test_what_slack_finds_too_long_is_sent_short(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """If Slack's unwritten limit is hit, a short form with the same buttons is sent instead of nothing."""
    slack.refuse("chat.postMessage", "msg_blocks_too_long")
    with capture_logs() as logs:
        await notifier.show(card(cause="why " * 300), None, again=False)
    long, short = (body for method, body in slack.calls if method == "chat.postMessage")
    assert len(str(short["blocks"])) < len(str(long["blocks"]))
    assert actions(short["blocks"]) == actions(long["blocks"])
    assert [each["event"] for each in logs] == ["slack_card_too_long"]


async def test_what_slack_takes_in_no_form_is_given_up(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """Refused twice, it is final and says where the incident can be read."""
    slack.refuse("chat.postMessage", "invalid_blocks", times=2)
    with pytest.raises(Forbidden, match="console"):
        await notifier.show(card(), None, again=False)


async def test_no_secret_in_any_error_or_log(slack: SlackStandIn, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails, neither the error, its trace, nor any log holds a token."""
    caplog.set_level(0)
    told: list[Any] = []
    with capture_logs() as logs:
        for settings in (
            slack.settings(bot_token=Secret("xoxb-very-secret")),
            slack.settings(api_url="http://[bad/", bot_token=Secret("xoxb-very-secret")),
        ):
            one = SlackNotifier(settings, clock)
            for again in (False, True):
                try:
                    await one.show(card(), None, again=again)
                except FirstresponderError as error:
                    told += [str(error), *traceback.format_exception(error)]
            told += await one.check()
            await one.close()
    assert len(told) > 4
    assert "very-secret" not in f"{told}{logs}{caplog.text}"


async def test_a_second_event_loop_gets_a_connection_of_its_own(notifier: SlackNotifier, slack: SlackStandIn) -> None:
    """The notifier may be used from several threads' loops, each of which closes its own."""

    async def elsewhere() -> None:
        await notifier.show(card(incident_id="inc-0002"), None, again=False)
        await notifier.close()

    await notifier.show(card(), None, again=False)
    await asyncio.to_thread(asyncio.run, elsewhere())
    await notifier.show(card(incident_id="inc-0003"), None, again=False)
    assert len(slack.messages) == 3
