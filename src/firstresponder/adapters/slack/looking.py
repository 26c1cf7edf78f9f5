"""Finding a message of ours whose sending had no clear end, so that it is adopted instead of doubled.

Every message carries its incident in its metadata (docs.slack.dev, "Message metadata"). Reading the channel needs the
scope `channels:history` (`groups:history` in a private one). Without it nothing can be looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from firstresponder.adapters.slack.api import Api
from firstresponder.adapters.slack.blocks import EVENT, LINE_EVENT
from firstresponder.errors import BadConfig, Forbidden, NotFound

WINDOW = timedelta(days=1)
"""How far back: a try that is older than this was given up long ago."""

IDS = ("C", "G", "D")
"""How a channel's id begins."""

PAGE = "100"
MOST_PAGES = 10

log = structlog.get_logger(__name__)


class Looking:
    """Reads a channel for messages of this very bot."""

    def __init__(self, api: Api) -> None:
        """Nothing was read yet."""
        self._api = api
        self._bot = ""
        self._said = False

    async def card(self, channel: str, incident_id: str, now: datetime, *, but: str = "") -> str:
        """Return the `ts` of the newest message about the incident other than `but`, or "". Raises Temporary."""
        if not channel.startswith(IDS):
            self._cannot("only a channel's id can be read, and a name is configured")
            return ""
        wanted = {"incident_id": incident_id}
        return await self._find("conversations.history", EVENT, wanted, now, but=but, channel=channel)

    async def line(self, channel: str, ts: str, key: str, now: datetime) -> str:
        """Return the `ts` of the reply that says the line, or "". Raises Temporary."""
        return await self._find("conversations.replies", LINE_EVENT, {"key": key}, now, channel=channel, ts=ts)

    async def _find(self, method: str, event: str, wanted: dict[str, str], now: datetime, *, but: str = "", **where: str) -> str:
        oldest = f"{(now - WINDOW).timestamp():.6f}"
        cursor = ""
        try:
            bot = await self._who()
            for _ in range(MOST_PAGES):
                more = {"cursor": cursor} if cursor else {}
                answer = await self._api.get(method, limit=PAGE, oldest=oldest, include_all_metadata="true", **where, **more)
                for ts in _ours(answer.data, bot, event, wanted):
                    if ts != but:
                        return ts
                cursor = _next(answer.data)
                if not cursor:
                    return ""
        except (Forbidden, BadConfig, NotFound) as error:
            self._cannot(str(error))
        return ""

    def _cannot(self, why: str) -> None:
        """Say once what is missing; a doubled message is better than none."""
        if not self._said:
            self._said = True
            log.warning("slack_cannot_look", why=why, then="a message whose sending had no clear end is sent again")

    async def _who(self) -> str:
        if not self._bot:
            self._bot = str((await self._api.get("auth.test")).data.get("bot_id", ""))
        return self._bot


def _ours(data: dict[str, Any], bot: str, event: str, wanted: dict[str, str]) -> Iterator[str]:
    """Yield the `ts` of each message that this bot sent about what is wanted. Others may write the same metadata."""
    messages = data.get("messages")
    for message in messages if isinstance(messages, list) else []:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if bot and message.get("bot_id") == bot and metadata.get("event_type") == event and wanted.items() <= payload.items():
            yield str(message.get("ts", ""))


def _next(data: dict[str, Any]) -> str:
    metadata = data.get("response_metadata")
    return str(metadata.get("next_cursor", "")) if isinstance(metadata, dict) else ""
