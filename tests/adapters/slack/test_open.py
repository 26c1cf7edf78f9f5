"""What is configured decides what is built; a contradiction is said before anything starts."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from structlog.testing import capture_logs

from firstresponder.adapters.slack.clicks import SlackInbox
from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.adapters.slack.open import open_slack
from firstresponder.adapters.slack.webhook import SlackWebhook
from firstresponder.config import Secret, Slack
from firstresponder.errors import BadConfig
from firstresponder.testing.clock import FakeClock
from tests.adapters.slack.deciders import Decider

BOT = {"bot_token": Secret("xoxb-1-secret"), "channel": "C0123456789"}
HOOK = {"webhook_url": Secret("https://hooks.slack.com/services/T/B/secret")}


@pytest.mark.parametrize(
    ("given", "notifier", "inbox"),
    [
        (BOT, SlackNotifier, False),
        (BOT | {"signing_secret": Secret("s")}, SlackNotifier, True),
        (BOT | {"app_token": Secret("xapp-1")}, SlackNotifier, True),
        (BOT | HOOK, SlackNotifier, False),
        (BOT | {"channel": "#ops"}, SlackNotifier, False),
        (BOT | {"channel": "ops"}, SlackNotifier, False),
        (HOOK, SlackWebhook, False),
        (HOOK | {"channel": "#ops"}, SlackWebhook, False),
        (HOOK | {"webhook_url": Secret("http://127.0.0.1:5/x")}, SlackWebhook, False),
    ],
)
def test_what_is_there_is_built(given: dict[str, Any], notifier: type, *, inbox: bool) -> None:
    """A bot comes before a webhook; clicks need a signing secret or an app token."""
    side = open_slack(Slack(**given), FakeClock())
    assert side is not None
    assert type(side.notifier) is notifier
    assert side.notifier.name == "slack"
    made = side.inbox(Decider())
    assert isinstance(made, SlackInbox) if inbox else made is None


def test_nothing_is_nothing() -> None:
    """Without a secret Slack is off; a channel alone is said in the log."""
    assert open_slack(Slack(), FakeClock()) is None
    with capture_logs() as logs:
        assert open_slack(Slack(channel="C0123456789"), FakeClock()) is None
    assert [each["event"] for each in logs] == ["slack_off"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"bot_token": Secret("xoxb-1-secret")}, "SLACK_CHANNEL_ID"),
        ({"signing_secret": Secret("my-secret")}, "SLACK_BOT_TOKEN"),
        ({"app_token": Secret("xapp-my-secret")}, "SLACK_BOT_TOKEN"),
        (HOOK | {"signing_secret": Secret("my-secret")}, "SLACK_BOT_TOKEN"),
        (BOT | {"bot_token": Secret("xapp-my-secret")}, "xoxb-"),
        (BOT | {"app_token": Secret("xoxb-my-secret")}, "xapp-"),
        (BOT | {"bot_token": Secret("xoxb-my-secret\n")}, "copy it again"),
        (BOT | {"bot_token": Secret("xoxb-my secret")}, "copy it again"),
        (BOT | {"bot_token": Secret("xoxb-my-s\u00e9cret")}, "copy it again"),
        (BOT | {"channel": "C0123, C0456"}, "slack.channel"),
        (BOT | {"channel": "https://app.slack.com/client/T/C"}, "slack.channel"),
        (BOT | {"mention": "@ann"}, "slack.mention"),
        (BOT | {"mention": "<!channel>"}, "slack.mention"),
        ({"webhook_url": Secret("hooks.slack.com/my-secret")}, "SLACK_WEBHOOK_URL"),
        ({"webhook_url": Secret("http://hooks.slack.com/my-secret")}, "SLACK_WEBHOOK_URL"),
    ],
)
def test_a_contradiction_is_said(given: dict[str, Any], wanted: str) -> None:
    """It does not start half: the error names what is missing or wrong, and shows no secret."""
    with pytest.raises(BadConfig, match=wanted) as caught:
        open_slack(Slack(**given), FakeClock())
    assert "secret" not in str(caught.value).lower().replace("signing_secret", "").replace("such secret", "")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_slacks_libraries_are_loaded_only_where_they_are_wanted() -> None:
    """Importing `open`, and opening nothing, loads none of them."""
    out = _run(
        "import sys; from firstresponder.adapters.slack.open import open_slack; from firstresponder.config import Slack; "
        "from firstresponder.adapters.clock import SystemClock; assert open_slack(Slack(), SystemClock()) is None; "
        "print([name for name in ('slack_bolt', 'slack_sdk', 'aiohttp') if name in sys.modules])"
    )
    assert out.strip() == "[]"


@pytest.mark.parametrize(
    "given", ["bot_token=Secret('xoxb-1'), channel='C0123'", "webhook_url=Secret('https://hooks.slack.com/x')"]
)
def test_without_the_extra_it_says_what_to_install(given: str) -> None:
    """The missing package becomes an instruction."""
    out = _run(
        "import sys; sys.modules.update(slack_sdk=None, slack_bolt=None, aiohttp=None)\n"
        "from firstresponder.adapters.slack.open import open_slack\n"
        "from firstresponder.adapters.clock import SystemClock\n"
        "from firstresponder.config import Secret, Slack\n"
        "from firstresponder.errors import BadConfig\n"
        f"try: open_slack(Slack({given}), SystemClock())\n"
        "except BadConfig as error: print(error)"
    )
    assert "pip install 'firstresponder[slack]'" in out
