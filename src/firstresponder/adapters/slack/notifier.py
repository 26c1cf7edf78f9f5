"""`Notifier` over a bot token: one message per incident, brought up to date in place, and a log in its thread."""

from __future__ import annotations

from typing import Any

import structlog

from firstresponder.adapters.slack import blocks, checks
from firstresponder.adapters.slack.api import Answered, Api
from firstresponder.adapters.slack.faults import MessageGone, TooLong
from firstresponder.adapters.slack.looking import Looking
from firstresponder.config import Slack
from firstresponder.errors import Forbidden
from firstresponder.model import Card, Finding, Line, Phase, Receipt
from firstresponder.ports.clock import Clock

log = structlog.get_logger(__name__)


class SlackNotifier:
    """Shows cards in one channel."""

    def __init__(self, settings: Slack, clock: Clock) -> None:
        """`settings` has a bot token and a channel. Buttons are shown only if a click can come back."""
        self._settings = settings
        self._clock = clock
        self._api = Api(settings, settings.bot_token)
        self._looking = Looking(self._api)
        self._controls: blocks.Controls = "all" if len(settings.signing_secret) or len(settings.app_token) else "none"
        self._channel = settings.channel  # becomes its id, once Slack has said it

    @property
    def name(self) -> str:
        """The sink's name."""
        return "slack"

    async def show(self, card: Card, receipt: Receipt | None, *, again: bool) -> Receipt:
        """Post the card, or bring its message up to date; a message that somebody deleted is posted anew."""
        old = receipt.where if receipt is not None else {}
        channel, ts = str(old.get("channel", "")), str(old.get("ts", ""))
        if receipt is not None and ts and receipt.facts == card.facts:
            return receipt
        if ts:
            try:
                return await self._update(card, channel, ts)
            except MessageGone as error:
                log.info("slack_message_gone", incident=card.incident_id, why=str(error), then="it is posted anew")
        if again and (found := await self._looking.card(self._channel, card.incident_id, self._clock.now(), but=ts)):
            try:
                return await self._update(card, self._channel, found)
            except MessageGone:
                pass  # it went away between two looks: post
        return await self._post(card)

    async def say(self, line: Line, card: Card, receipt: Receipt, *, again: bool) -> None:
        """Say a line in the thread of the card's message; a loud one in the channel too, to whom `mention` names."""
        channel, ts = str(receipt.where.get("channel", "")), str(receipt.where.get("ts", ""))
        if again and ts and await self._looking.line(channel, ts, line.key, self._clock.now()):
            return
        message = blocks.make_line(line, mention=self._settings.mention)
        body = {
            **_sendable(message, channel or self._channel, card),
            "metadata": {"event_type": blocks.LINE_EVENT, "event_payload": {"incident_id": card.incident_id, "key": line.key}},
        }
        try:
            await self._send("chat.postMessage", {**body, "thread_ts": ts, "reply_broadcast": line.loud} if ts else body)
        except MessageGone as error:
            log.info("slack_message_gone", incident=card.incident_id, why=str(error))
            if line.loud:  # somebody must hear it, thread or not
                await self._send("chat.postMessage", body)

    async def check(self) -> list[Finding]:
        """See whether messages would arrive, and clicks come back, without sending any."""
        return await checks.check(self._settings, self._api)

    async def close(self) -> None:
        """Close what the running event loop holds open."""
        await self._api.close()

    async def _post(self, card: Card) -> Receipt:
        handed_over = card.phase is Phase.ESCALATED and not card.owner  # at once: no line of the log has called anybody
        call = self._settings.mention if handed_over else ""
        answer = await self._card(card, "chat.postMessage", self._channel, mention=call, unfurl_links=False, unfurl_media=False)
        channel, ts = str(answer.data.get("channel", "")), str(answer.data.get("ts", ""))
        self._channel = channel or self._channel
        return Receipt(facts=card.facts, where={"channel": self._channel, "ts": ts})

    async def _update(self, card: Card, channel: str, ts: str) -> Receipt:
        await self._card(card, "chat.update", channel, ts=ts)
        return Receipt(facts=card.facts, where={"channel": channel, "ts": ts})

    async def _card(self, card: Card, method: str, channel: str, *, mention: str = "", **more: Any) -> Answered:
        """Send the card; where Slack finds it too long, a short form of it."""
        try:
            message = blocks.make_message(card, controls=self._controls, mention=mention)
            return await self._api.post(method, {**_sendable(message, channel, card), **more})
        except TooLong as error:
            log.warning("slack_card_too_long", incident=card.incident_id, why=str(error), then="a short form is sent")
        message = blocks.make_message(card, controls=self._controls, share=blocks.SHORT, mention=mention)
        return await self._send(method, {**_sendable(message, channel, card), **more})

    async def _send(self, method: str, body: dict[str, Any]) -> Answered:
        try:
            return await self._api.post(method, body)
        except TooLong as error:
            raise Forbidden(f"{error}: Slack does not take this message in any form; it is in the console and the API") from error


def _sendable(message: blocks.Message, channel: str, card: Card) -> dict[str, Any]:
    return {
        "channel": channel,
        "text": message.text,
        "blocks": message.blocks,
        "parse": "none",
        "link_names": False,
        "metadata": {"event_type": blocks.EVENT, "event_payload": {"incident_id": card.incident_id}},
    }
