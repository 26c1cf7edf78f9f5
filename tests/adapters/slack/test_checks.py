"""What `doctor` finds out about Slack, without sending anything to a channel."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.config import Secret
from firstresponder.model import Finding
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.slack import CHANNEL, SlackStandIn


async def found(slack: SlackStandIn, clock: FakeClock, **more: Any) -> dict[str, Finding]:
    """Check with these settings; whatever is wrong says what to do, and no message was sent."""
    one = SlackNotifier(slack.settings(**more), clock)
    findings = await one.check()
    await one.close()
    assert slack.messages == slack.hooked == slack.whispers == []
    assert all(each.fix for each in findings if each.state in ("warn", "fail") and "does not say" not in each.says)
    return {each.part.removeprefix("Slack").removeprefix(": "): each for each in findings}


async def test_all_is_well(slack: SlackStandIn, clock: FakeClock) -> None:
    """A bot that may post, look, and is in the channel: four times ok."""
    findings = await found(slack, clock)
    assert {part: each.state for part, each in findings.items()} == {"": "ok", "scopes": "ok", "channel": "ok", "clicks": "ok"}
    assert "firstresponder in Stand-in" in findings[""].says
    assert "#ops" in findings["channel"].says


@pytest.mark.parametrize(
    ("scopes", "state", "word"),
    [
        ({"channels:read", "channels:history"}, "fail", "chat:write"),
        ({"chat:write", "channels:read"}, "warn", "history"),
        ({"chat:write", "groups:history", "groups:read"}, "ok", "groups:history"),
    ],
)
async def test_missing_scopes_are_named(slack: SlackStandIn, clock: FakeClock, scopes: set[str], state: str, word: str) -> None:
    """Without chat:write nothing works; without a history scope something is lost; neither is guessed."""
    slack.scopes = scopes
    finding = (await found(slack, clock))["scopes"]
    assert finding.state == state
    assert word in finding.says


async def test_a_channel_that_may_not_be_looked_at_is_no_failure(slack: SlackStandIn, clock: FakeClock) -> None:
    """channels:read is not needed for anything else, so its absence only says that the channel was not looked at."""
    slack.scopes = {"chat:write", "channels:history"}
    finding = (await found(slack, clock))["channel"]
    assert finding.state == "ok"
    assert "channels:read" in finding.says


@pytest.mark.parametrize(
    ("change", "state", "word"),
    [
        ({"is_member": False}, "fail", "/invite"),
        ({"is_archived": True}, "fail", "another channel"),
        ({"is_ext_shared": True}, "warn", "approval.approvers"),
    ],
)
async def test_the_channels_state_is_judged(
    slack: SlackStandIn, clock: FakeClock, change: dict[str, bool], state: str, word: str
) -> None:
    """Not a member, archived, shared with others: each says what to do."""
    slack.channels[CHANNEL] |= change
    finding = (await found(slack, clock))["channel"]
    assert finding.state == state
    assert word in finding.fix


async def test_a_channel_that_is_not_there(slack: SlackStandIn, clock: FakeClock) -> None:
    """An unknown id fails."""
    assert (await found(slack, clock, channel="C0NOWHERE"))["channel"].state == "fail"


async def test_a_name_instead_of_an_id_is_a_warning(slack: SlackStandIn, clock: FakeClock) -> None:
    """Messages arrive; what does not work is said."""
    finding = (await found(slack, clock, channel="#ops"))["channel"]
    assert finding.state == "warn"
    assert "SLACK_CHANNEL_ID" in finding.fix


async def test_a_token_that_does_not_count(slack: SlackStandIn, clock: FakeClock) -> None:
    """invalid_auth fails, names the variable, and shows no token."""
    finding = (await found(slack, clock, bot_token=Secret("xoxb-wrong-secret")))[""]
    assert finding.state == "fail"
    assert "SLACK_BOT_TOKEN" in finding.fix
    assert "wrong-secret" not in str(finding)


async def test_slack_cannot_be_reached(slack: SlackStandIn, clock: FakeClock) -> None:
    """Without a connection the token is not blamed."""
    await slack.down()
    finding = (await found(slack, clock))[""]
    assert finding.state == "fail"
    assert "this machine" in finding.fix
    await slack.up()


@pytest.mark.parametrize(
    ("ways", "state", "word"),
    [
        ({"http": True}, "ok", "/integrations/slack/actions"),
        ({"http": False, "socket": True}, "ok", "Socket Mode"),
        ({"http": False}, "warn", "no buttons"),
        ({"socket": True, "app_token": Secret("xapp-wrong")}, "fail", "invalid_auth"),
    ],
)
async def test_the_way_back_of_clicks(slack: SlackStandIn, clock: FakeClock, ways: dict[str, Any], state: str, word: str) -> None:
    """HTTP, Socket Mode, none, or an app token that does not count."""
    finding = (await found(slack, clock, **ways))["clicks"]
    assert finding.state == state
    assert word in finding.says


async def test_scopes_that_slack_does_not_say(slack: SlackStandIn, clock: FakeClock) -> None:
    """An answer without the header is a warning, not a guess."""
    slack.odd("auth.test", '{"ok": true, "team": "T", "user": "u", "bot_id": "B"}', "application/json")
    assert (await found(slack, clock))["scopes"].state == "warn"
