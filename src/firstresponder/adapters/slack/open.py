"""What is configured, built: a bot with buttons, a bot without, a webhook, or nothing.

This file may be imported without the extra; it imports Slack's libraries only where something is configured.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from firstresponder.config import Secret, Slack
from firstresponder.errors import BadConfig
from firstresponder.model import settle
from firstresponder.ports.clock import Clock
from firstresponder.ports.notifier import Notifier

if TYPE_CHECKING:
    from firstresponder.adapters.slack.clicks import SlackInbox
    from firstresponder.adapters.slack.needs import Decide

_ID = re.compile(r"[CGD][A-Z0-9]{2,}")
_NAME = re.compile(r"#?[^\sA-Z#@<>&,]{1,80}")
_MENTION = re.compile(r"here|channel|everyone|[UWS][A-Z0-9]{2,}|")
_HOOK = re.compile(r"https://\S+|http://(?:127\.0\.0\.1|localhost|\[::1\])[:/]\S*")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class SlackSide:
    """The notifier, and how to make the inbox once there is somebody who decides."""

    notifier: Notifier
    make_inbox: Callable[[Decide], SlackInbox] | None = None

    def inbox(self, decide: Decide) -> SlackInbox | None:
        """Return what takes clicks, or None where none can come back."""
        return self.make_inbox(decide) if self.make_inbox is not None else None


def open_slack(settings: Slack, clock: Clock) -> SlackSide | None:
    """Build what is configured; None: nothing is. Asks nothing of Slack, which may be down. Raises BadConfig."""
    for name in ("bot_token", "app_token", "signing_secret", "webhook_url"):
        _usable(f"SLACK_{name.upper()}", getattr(settings, name))
    if not _MENTION.fullmatch(settings.mention):
        raise BadConfig(f"slack.mention: expected here, channel, a user's id U… or a group's id S…, got {settings.mention!r}")
    if len(settings.bot_token):
        return _bot(settings, clock)
    for name, value in (("SLACK_APP_TOKEN", settings.app_token), ("SLACK_SIGNING_SECRET", settings.signing_secret)):
        if len(value):
            raise BadConfig(f"{name} is set and SLACK_BOT_TOKEN is not: set the bot's token (xoxb-…) too, or leave both out")
    if len(settings.webhook_url):
        return _webhook(settings)
    if settings.channel:
        log.warning("slack_off", why="a channel is set, but neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL")
    return None


def _bot(settings: Slack, clock: Clock) -> SlackSide:
    token, app_token = settings.bot_token.reveal(), settings.app_token.reveal()
    if not token.startswith("xox"):
        raise BadConfig("SLACK_BOT_TOKEN: expected the bot's token, which begins with xoxb-")
    if app_token and not app_token.startswith("xapp-"):
        raise BadConfig("SLACK_APP_TOKEN: expected the app-level token, which begins with xapp-")
    if not settings.channel:
        raise BadConfig("SLACK_BOT_TOKEN is set and no channel: set SLACK_CHANNEL_ID to the channel's id (C…), or slack.channel")
    if not _ID.fullmatch(settings.channel) and not _NAME.fullmatch(settings.channel):
        raise BadConfig(f"slack.channel: expected an id (C…) or a name (#ops), got {settings.channel!r}")
    if not _ID.fullmatch(settings.channel):
        settings = replace(settings, channel=f"#{settings.channel.lstrip('#')}")
    if len(settings.webhook_url):
        log.info("slack_webhook_unused", why="SLACK_BOT_TOKEN is set, which can do more")
    try:
        from firstresponder.adapters.slack.clicks import SlackInbox  # noqa: PLC0415 - only where it is wanted
        from firstresponder.adapters.slack.notifier import SlackNotifier  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing(error, "SLACK_BOT_TOKEN") from error
    settle()  # clicks may come to two threads, HTTP and Socket Mode
    ways_back = len(settings.signing_secret) or len(app_token)
    make = (lambda decide: SlackInbox(settings, decide, clock)) if ways_back else None
    return SlackSide(notifier=SlackNotifier(settings, clock), make_inbox=make)


def _webhook(settings: Slack) -> SlackSide:
    if not _HOOK.fullmatch(settings.webhook_url.reveal()):
        raise BadConfig("SLACK_WEBHOOK_URL: expected an address that begins with https://hooks.slack.com/")
    try:
        from firstresponder.adapters.slack.webhook import SlackWebhook  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing(error, "SLACK_WEBHOOK_URL") from error
    return SlackSide(notifier=SlackWebhook(settings))


def _missing(error: ModuleNotFoundError, variable: str) -> BadConfig:
    return BadConfig(f"{variable} is set, and {error.name} is not installed: pip install 'firstresponder[slack]'")


def _usable(variable: str, secret: Secret) -> None:
    text = secret.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise BadConfig(f"{variable}: holds characters that no such secret has (a blank, a line break?); copy it again")
