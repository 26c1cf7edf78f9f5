"""The incoming webhook: news only, each piece once, and where to decide."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.slack.webhook import MOST_TOLD, SlackWebhook, news
from firstresponder.config import Secret
from firstresponder.errors import BadConfig, FirstresponderError, Forbidden, OutcomeUnknown, Temporary
from firstresponder.model import Phase, Receipt
from firstresponder.testing.slack import SlackStandIn
from tests.adapters.slack.conftest import card, decided, line
from tests.adapters.slack.forms import actions, check_message, shown


@pytest.fixture
async def webhook(slack: SlackStandIn) -> AsyncIterator[SlackWebhook]:
    """Return the notifier over the stand-in's webhook."""
    one = SlackWebhook(slack.settings(http=False, bot_token=Secret(), webhook_url=Secret(slack.webhook_url), mention="here"))
    yield one
    await one.close()


LOOKING = {"ask": None, "phase": Phase.INVESTIGATING, "cause": "", "status": "looking into it"}
STORY: list[tuple[dict[str, Any], str]] = [
    (LOOKING, ""),
    ({}, "Approve"),
    ({"firing": 2, "alerts": 3}, ""),
    ({"ask": None, "phase": Phase.ACTING, "decided": "approved by ann"}, "approved by ann"),
    ({"ask": None, "phase": Phase.VERIFYING, "decided": "approved by ann", "status": "verifying"}, ""),
    (
        {
            "ask": None,
            "phase": Phase.CLOSED,
            "decided": "approved by ann",
            "outcomes": ("Verification PASS",),
            "status": "repaired",
        },
        "PASS",
    ),
    (
        {
            "ask": None,
            "phase": Phase.CLOSED,
            "decided": "approved by ann",
            "outcomes": ("Verification PASS",),
            "status": "repaired",
        },
        "",
    ),
]


async def test_only_news_that_a_person_needs_is_posted(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """Of a whole story the question, the decision and the end are posted; looking, counting and waiting are not."""
    receipt: Receipt | None = None
    posted: list[bool] = []
    for changes, _ in STORY:
        before = len(slack.hooked)
        receipt = await webhook.show(card(**changes), receipt, again=False)
        posted.append(len(slack.hooked) > before)
    assert posted == [bool(said) for _, said in STORY]
    for body in slack.hooked:
        check_message(body["text"], body["blocks"])
        assert actions(body["blocks"]) == []
        assert "https://firstresponder.example/incidents/inc-0001" in str(body["blocks"])
    assert "firstresponder approve inc-0001 --plan abababababab" in shown(slack.hooked[0]["blocks"])
    assert "approved by ann" in shown(slack.hooked[1]["blocks"])
    assert "Verification PASS" in shown(slack.hooked[2]["blocks"])
    assert "Closed: repaired" in shown(slack.hooked[2]["blocks"])
    assert len(str(slack.hooked[1])) < len(str(slack.hooked[0])) / 2


async def test_what_closed_before_anybody_heard_of_it_stays_silent(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """An alert that went away by itself is no message."""
    await webhook.show(card(ask=None, phase=Phase.CLOSED, status="resolved by itself"), None, again=False)
    assert slack.hooked == []


async def test_who_is_needed_is_called(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """Handed over to nobody in particular calls whom the settings name; taken over by somebody calls nobody."""
    receipt = await webhook.show(card(ask=None, phase=Phase.ESCALATED, status="handed over: no runbook"), None, again=False)
    await webhook.show(card(ask=None, phase=Phase.ESCALATED, owner="bob", status="with bob"), receipt, again=False)
    first, second = slack.hooked
    assert "<!here>" in str(first["blocks"])
    assert "<!here>" not in str(second["blocks"])
    assert "Handed over to bob" in shown(second["blocks"])


async def test_a_new_question_is_a_whole_new_card(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """Another plan is news, with its diff, even though the incident is known."""
    receipt = await webhook.show(card(), None, again=False)
    ask = card().ask
    assert ask is not None
    other = type(ask)(plan_digest="cd" * 32, label="Restart", tier=1, expires_at=None)
    await webhook.show(card(ask=other, diff="+ another"), receipt, again=False)
    assert "+ another" in shown(slack.hooked[1]["blocks"])


async def test_lines_say_nothing(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """There is no thread: what matters of a line is on the card."""
    receipt = await webhook.show(card(), None, again=False)
    await webhook.say(line(loud=True), card(), receipt, again=False)
    assert len(slack.hooked) == 1


async def test_without_an_answer_it_is_posted_again(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """A webhook cannot look: a doubled message is better than none."""
    slack.cut("webhook")
    with pytest.raises(OutcomeUnknown):
        await webhook.show(card(), None, again=False)
    await webhook.show(card(), None, again=True)
    assert len(slack.hooked) == 2


@pytest.mark.parametrize(
    ("word", "kind"),
    [("no_service", BadConfig), ("channel_is_archived", BadConfig), ("invalid_token", BadConfig), ("invalid_payload", Forbidden)],
)
async def test_a_refusal_says_what_to_do(
    webhook: SlackWebhook, slack: SlackStandIn, word: str, kind: type[FirstresponderError]
) -> None:
    """A webhook that was removed, or an archived channel, is no reason to try again."""
    slack.refuse("webhook", word)
    with pytest.raises(kind, match=word) as caught:
        await webhook.show(card(), None, again=False)
    assert "hook-secret" not in str(caught.value)


async def test_busy_and_broken_are_tried_again(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """429 brings Slack's own seconds; 5xx is worth another try."""
    slack.busy("webhook", 9)
    with pytest.raises(Temporary) as caught:
        await webhook.show(card(), None, again=False)
    assert caught.value.retry_after == 9.0
    for status in (500, 503):
        slack.broken("webhook", status)
        with pytest.raises(Temporary):
            await webhook.show(card(), None, again=False)


async def test_too_long_is_sent_short(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """A refused card is sent in its short form, and given up if that is refused as well."""
    slack.refuse("webhook", "invalid_blocks")
    await webhook.show(card(cause="why " * 300), None, again=False)
    assert len(slack.hooked) == 1
    slack.refuse("webhook", "invalid_blocks", times=2)
    with pytest.raises(Forbidden):
        await webhook.show(card(), None, again=False)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/services/hook-secret", "http://[bad/services/hook-secret", ""])
async def test_the_address_is_in_no_error_and_no_log(slack: SlackStandIn, caplog: pytest.LogCaptureFixture, address: str) -> None:
    """Whether nobody is there, the address is none, or all is well: it is a secret, also in traces and the library's log."""
    caplog.set_level(0)
    one = SlackWebhook(slack.settings(webhook_url=Secret(address or slack.webhook_url)))
    told = ""
    try:
        await one.show(card(), None, again=False)
    except FirstresponderError as error:
        told = "".join(traceback.format_exception(error))
    await one.close()
    assert bool(told) is bool(address)
    assert "hook-secret" not in told + caplog.text


async def test_the_check_posts_nothing(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """It says what a webhook can do, and what would do more."""
    (found,) = await webhook.check()
    assert found.state == "warn"
    assert found.fix
    assert slack.hooked == []


@given(st.lists(st.text(min_size=1, max_size=5), max_size=300))
def test_the_same_news_has_the_same_key(outcomes: list[str]) -> None:
    """Asked twice, the keys are the same; different words have different keys."""
    shows = decided(outcomes=tuple(outcomes))
    keys = [key for key, _ in news(shows, told=True)]
    assert keys == [key for key, _ in news(shows, told=True)]
    assert len(set(keys)) == len(set(outcomes)) + 1


async def test_a_receipt_stays_small_and_survives_others(webhook: SlackWebhook, slack: SlackStandIn) -> None:
    """What was told is bounded, and a receipt of another form (a bot's) counts as nothing told."""
    many = tuple(f"outcome {each}" for each in range(MOST_TOLD + 50))
    receipt = await webhook.show(decided(outcomes=many), Receipt(where={"channel": "C1", "ts": "1"}), again=False)
    assert len(receipt.where["told"]) == MOST_TOLD
    assert len(slack.hooked) == 1
