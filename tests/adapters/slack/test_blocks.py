"""A card as a Slack message: what is said in which order, what Slack takes, and what nobody can smuggle in."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.adapters.slack import blocks, buttons, modal
from firstresponder.adapters.slack.blocks import make_answer, make_line, make_message, make_news
from firstresponder.errors import BadPayload
from firstresponder.model import Ask, Card, Line, Phase
from firstresponder.testing.slack_rules import walk
from tests.adapters.slack.conftest import ASK, DIGEST, FULL, NOON, card, decided
from tests.adapters.slack.forms import actions, check_message, check_view, shown

NASTY = [
    "<!channel> <!here> <@U0123456> <#C0123456> <!subteam^S01234>",
    "<https://evil.example|Approve>",
    "``` fence ``` *bold* _it_ ~no~ `code`",
    "&lt;!channel&gt; &amp; &",
    "@channel @here :skull: http://evil.example",
    "\u200b<\u200b!channel\u202e>",
    "x" * 5000,
    "<" * 5000,
    "\U0001f600" * 3000,
    "\n" * 100,
    "",
    " ",
]
TEXT = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=()), max_size=200))
TEXTS = st.lists(TEXT, max_size=30).map(tuple)
TIMES = st.datetimes(timezones=st.just(UTC))
ASKS = st.none() | st.builds(Ask, plan_digest=st.just(DIGEST), label=TEXT, tier=st.integers(0, 3), expires_at=st.none() | TIMES)
CARDS = st.builds(
    Card,
    incident_id=st.just("inc-0001"),
    version=st.integers(0, 10**6),
    title=TEXT,
    severity=TEXT,
    phase=st.sampled_from(Phase),
    status=TEXT,
    subject=TEXT,
    namespace=TEXT,
    since=TIMES,
    firing=st.integers(0, 10**6),
    alerts=st.integers(0, 10**6),
    recurrence=st.integers(0, 100),
    cause=TEXT,
    confidence=st.none() | st.floats(0, 1),
    proof=TEXTS,
    change=TEXT,
    proposal=TEXT,
    diff=TEXT,
    unconfirmed=TEXTS,
    why_not=TEXTS,
    alternatives=TEXTS,
    decided=TEXT,
    outcomes=TEXTS,
    owner=TEXT,
    ask=ASKS,
    may_take_over=st.booleans(),
    link=st.sampled_from(
        ["", "https://firstresponder.example/incidents/inc-0001", "javascript:alert(1)", "https://x/" + "y" * 4000]
    ),
)


@settings(max_examples=50)  # each is a card of twenty fields; the schema takes its time
@given(CARDS, st.sampled_from(["all", "none"]), st.sampled_from([blocks.WHOLE, blocks.SHORT]))
def test_any_card_is_a_message_that_slack_takes(drawn: Card, controls: Any, share: float) -> None:
    """Whatever stands in a card: the blocks fit Slack's types and limits, and no text of it is read as markup."""
    message = make_message(drawn, controls=controls, share=share)
    check_message(message.text, message.blocks)


@given(said=TEXT, news=TEXTS, loud=st.booleans(), mention=st.sampled_from(["", "here", "U0ANN", "S0TEAM"]))
def test_any_line_answer_or_news_is_a_message_that_slack_takes(
    said: str, news: tuple[str, ...], *, loud: bool, mention: str
) -> None:
    """The same for lines of the thread, private answers and a webhook's news."""
    for message in (
        make_line(Line(key="k", at=NOON, text=said, loud=loud), mention=mention),
        make_answer(said),
        make_news(card(title=said), [*news, "the last"], mention=mention),
    ):
        check_message(message.text, message.blocks)


@given(TEXT)
def test_any_answer_fits_a_modal(said: str) -> None:
    """A refusal can be shown in a modal, whatever it says."""
    check_view(modal.show_answer(said))


def test_the_modal_that_asks_why_is_one_that_slack_takes() -> None:
    """It has one required field, and carries incident, plan and channel."""
    view = modal.ask_reason(buttons.About(incident="inc-0001", plan=DIGEST, channel="C1"))
    check_view(view)
    assert buttons.decode(view["private_metadata"]) == buttons.About(incident="inc-0001", plan=DIGEST, channel="C1")
    assert [each.get("optional", False) for each in view["blocks"]] == [False, False]


def test_the_order_is_the_order_of_need() -> None:
    """What, where it stands, since when, cause, proof, change, proposal, diff, doubts, why not, else, then the buttons."""
    said = shown(make_message(card()).blocks)
    wanted = [
        "CRITICAL · KubePodCrashLooping",
        "asking until 12:30 UTC",
        "Deployment/api in shop · since 2026-03-10 11:55 UTC · 1 of 2 alerts firing",
        "Likely cause (90% sure): ",
        "exits with code 3",
        "FATAL missing setting",
        "Revision 4 → 5",
        "Roll back Deployment api from revision 5 to 4",
        "+        image: api:1.4",
        "Prometheus could not be read",
        "Friday evening",
        "the limit is too low",
        "stands until 12:30:00 UTC; silence is no",
        "Approve: Roll back to revision 4",
    ]
    places = [said.index(each) for each in wanted]
    assert all(here < there for here, there in pairwise(places))


def test_the_diff_and_the_proof_are_literal() -> None:
    """Diff and proof stand in preformatted rich text, which interprets nothing, fences included."""
    message = make_message(card(diff="+ ```\n+ <!channel>", proof=("``` <@U1> ```",)))
    literal = [each["elements"][0]["text"] for each in walk(message.blocks) if each.get("type") == "rich_text_preformatted"]
    assert literal == ["``` <@U1> ```", "+ ```\n+ <!channel>"]


def test_a_question_has_its_buttons() -> None:
    """Approve, which is marked, Reject, Take over and the console; each names the incident and the whole digest."""
    message = make_message(card())
    assert actions(message.blocks) == [buttons.APPROVE, buttons.REJECT, buttons.TAKE_OVER, buttons.OPEN]
    row = message.blocks[-1]["elements"]
    assert row[0]["style"] == "primary"
    for each in row[:3]:
        assert buttons.decode(each["value"]) == buttons.About(incident="inc-0001", plan=DIGEST)
    assert row[3]["url"] == FULL["link"]


@pytest.mark.parametrize(("tier", "asks"), [(0, False), (1, False), (2, True), (3, True)])
def test_slack_asks_once_more_before_what_is_risky(tier: int, *, asks: bool) -> None:
    """From tier 2 on Approve has a confirmation that says what is going to happen; tier 3 says that it is for good."""
    row = make_message(card(ask=msgspec.structs.replace(ASK, tier=tier))).blocks[-1]["elements"]
    assert ("confirm" in row[0]) is asks
    if asks:
        said = row[0]["confirm"]["text"]["text"]
        assert "Roll back Deployment api from revision 5 to 4" in said
        assert ("cannot be undone" in said) is (tier == 3)


def test_after_the_decision_there_are_no_buttons_and_it_says_who() -> None:
    """Without a question no button is left, and the message names who decided."""
    message = make_message(decided())
    assert actions(message.blocks) == []
    assert "approved by ann (slack:U0ANN) via slack at 12:03:04 UTC" in shown(message.blocks)
    assert "silence is no" not in shown(message.blocks)


def test_where_clicks_cannot_come_back_the_command_is_named() -> None:
    """Without a way back there is no button, but a link and the command with incident and plan."""
    message = make_message(card(), controls="none")
    assert actions(message.blocks) == []
    assert "firstresponder approve inc-0001 --plan abababababab --by YOU" in shown(message.blocks)
    assert [each["url"] for each in walk(message.blocks) if each.get("type") == "link"] == [FULL["link"]]


def test_take_over_only_where_one_may() -> None:
    """The button is there only if the card says so."""
    assert buttons.TAKE_OVER not in actions(make_message(card(may_take_over=False)).blocks)


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://x/" + "y" * 4000, "https://x/\n"])
def test_a_link_that_is_none_is_left_out(link: str) -> None:
    """Only a whole web address becomes a button or a link."""
    message = make_message(card(link=link))
    assert buttons.OPEN not in actions(message.blocks)
    assert not any(each.get("type") == "link" for each in walk(message.blocks))


def test_what_is_cut_says_where_the_whole_is() -> None:
    """A long diff names the console, where there is one, and the command in any case."""
    long = "".join(f"+line {each}\n" for each in range(2000))
    assert "more lines: all of it is in the console, or: firstresponder incident show inc-0001" in shown(
        make_message(card(diff=long)).blocks
    )
    assert "more lines: all of it: firstresponder incident show inc-0001" in shown(make_message(card(diff=long, link="")).blocks)


def test_an_incident_that_is_not_looked_into_is_short() -> None:
    """Nothing known gives no empty headings."""
    bare = {
        name: FULL[name] for name in ("incident_id", "version", "title", "severity", "status", "subject", "namespace", "since")
    }
    message = make_message(Card(**bare, phase=Phase.INVESTIGATING, firing=1, alerts=1))
    assert len(message.blocks) == 2


def test_resolved_flapping_and_taken_over_are_said() -> None:
    """How often it came back, that nothing fires any more, and who has it stand beside the subject."""
    said = shown(make_message(card(firing=0, alerts=1, recurrence=2, owner="bob (slack:U0BOB)")).blocks)
    assert "resolved · came back 2x · bob (slack:U0BOB) has it" in said


def test_a_loud_line_calls_whom_the_settings_name_and_a_quiet_one_nobody() -> None:
    """Only a loud line mentions, and only the name from the settings becomes a mention."""
    loud = make_line(Line(key="k", at=NOON, text="<!channel> failed", loud=True), mention="S0TEAM")
    assert loud.blocks[0]["text"]["text"] == "<!subteam^S0TEAM>"
    assert "<!channel>" not in loud.text
    quiet = make_line(Line(key="k", at=NOON, text="done", loud=False), mention="S0TEAM")
    assert all(block["type"] == "rich_text" for block in quiet.blocks)


def test_an_updated_card_gets_another_block_id() -> None:
    """Slack wants a new block_id when a message changes, or a client may keep the old buttons."""
    first, second = (make_message(each).blocks[-1]["block_id"] for each in (card(), card(firing=2)))
    assert first != second
    assert make_message(card(version=9)).blocks[-1]["block_id"] == first


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{}",
        "[]",
        '{"incident": "../x", "plan": ""}',
        '{"incident": "inc-1", "plan": "abcd"}',
        '{"incident": "inc-1", "more": 1}',
        "x" * 9999,
    ],
)
def test_a_value_that_is_not_ours_is_refused(value: str) -> None:
    """What comes back from a button is read strictly."""
    with pytest.raises(BadPayload):
        buttons.decode(value)


def test_the_offer_without_an_end_is_still_one() -> None:
    """An offer that does not expire says that silence is no, and names no time."""
    message = make_message(card(ask=msgspec.structs.replace(ASK, expires_at=None), since=NOON - timedelta(days=2)))
    assert "The offer stands; silence is no" in shown(message.blocks)
