"""Both ways of telling people in Slack keep the promises of every notifier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.adapters.slack.webhook import SlackWebhook
from firstresponder.config import Secret
from firstresponder.ports.notifier import Notifier
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.notifier_suite import NotifierSuite, Shown
from firstresponder.testing.slack import POSTING, SlackStandIn
from firstresponder.testing.slack_rules import walk
from tests.adapters.slack.forms import actions, active, check_message, shown


class SlackBench:
    """A notifier over the stand-in, and what a reader of the channel sees."""

    def __init__(self, slack: SlackStandIn, notifier: Notifier, *, bot: bool) -> None:
        """`bot`: a bot token; otherwise an incoming webhook."""
        self.slack, self.notifier = slack, notifier
        self.in_place = self.buttons = self.lines = self.finds = bot
        self._faulty = POSTING if bot else "webhook"

    def shown(self) -> list[Shown]:
        """Every message that is no reply."""
        return [self._seen(each) for each in (self.slack.messages or self.slack.hooked) if not each.get("thread_ts")]

    def _seen(self, message: dict[str, Any]) -> Shown:
        check_message(message["text"], message["blocks"])
        below = self.slack.thread(message) if self.slack.messages else []
        words = [each["text"]["text"] for each in walk(message["blocks"]) if each.get("type") == "button" and "value" in each]
        found = [
            each for part in (message, *below) for each in active(part["blocks"]) if "https://fr.example/incidents/" not in each
        ]
        assert len(words) <= len(actions(message["blocks"]))
        return Shown(
            text=shown(message["blocks"]),
            decisions=tuple(words),
            lines=tuple(shown(each["blocks"]) for each in below),
            active=tuple(found),
        )

    def busy(self, retry_after: int) -> None:
        """429 with Retry-After."""
        self.slack.busy(self._faulty, retry_after)

    def lose(self) -> None:
        """Take it, and break the connection."""
        self.slack.cut(self._faulty)

    def deny(self) -> None:
        """The channel is not there."""
        self.slack.refuse(self._faulty, "channel_not_found")


class TestSlackNotifier(NotifierSuite):
    """The bot."""

    @pytest.fixture
    async def bench(self, slack: SlackStandIn, clock: FakeClock) -> AsyncIterator[SlackBench]:
        """Return the notifier over the stand-in."""
        notifier = SlackNotifier(slack.settings(mention="S0TEAM"), clock)
        yield SlackBench(slack, notifier, bot=True)
        await notifier.close()


class TestSlackWebhook(NotifierSuite):
    """The incoming webhook."""

    @pytest.fixture
    async def bench(self, slack: SlackStandIn) -> AsyncIterator[SlackBench]:
        """Return the notifier over the stand-in."""
        notifier = SlackWebhook(slack.settings(bot_token=Secret(), webhook_url=Secret(slack.webhook_url)))
        yield SlackBench(slack, notifier, bot=False)
        await notifier.close()
