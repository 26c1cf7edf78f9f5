"""`Notifier` over an incoming webhook alone: no updates, no buttons, no threads.

A webhook cannot change what it posted, so only news is posted that a person needs: the first brief, a new question, a
decision, what came of it, that it was handed over, that it is closed. The receipt keeps what was told.
"""

from __future__ import annotations

from collections.abc import Iterator

from firstresponder.adapters.slack import blocks
from firstresponder.adapters.slack.api import Hook
from firstresponder.adapters.slack.faults import TooLong
from firstresponder.config import Slack
from firstresponder.errors import Forbidden
from firstresponder.model import Card, Finding, Line, Phase, Receipt, digest

MOST_TOLD = 200
"""Pieces of news that a receipt remembers; an incident has a handful."""


class SlackWebhook:
    """Posts to the channel that the webhook belongs to."""

    def __init__(self, settings: Slack) -> None:
        """`settings` has a webhook's address."""
        self._settings = settings
        self._hook = Hook(settings)

    @property
    def name(self) -> str:
        """The sink's name."""
        return "slack"

    async def show(self, card: Card, receipt: Receipt | None, *, again: bool) -> Receipt:
        """Post what is new on the card, if a person needs it. Where an earlier try had no clear end it is posted again."""
        del again  # a webhook cannot look; a doubled message is better than none
        told = _told(receipt)
        fresh = [(key, said) for key, said in news(card, told=bool(told)) if key not in told]
        if fresh:
            await self._send(card, [said for _, said in fresh], first=not told)
        kept = [*told, *(key for key, _ in fresh)]
        return Receipt(facts=card.facts, where={"told": kept[-MOST_TOLD:]})

    async def say(self, line: Line, card: Card, receipt: Receipt, *, again: bool) -> None:
        """Say nothing: there is no thread, and what matters of it is news of the card."""

    async def check(self) -> list[Finding]:
        """Say what this way can do; a webhook cannot be asked anything without posting."""
        says = "a webhook: news only, without updates and buttons; whether it works shows with the first message"
        fix = "for one message per incident with buttons: a bot token and a channel (docs/slack.md)"
        return [Finding(part="Slack", state="warn", says=says, fix=fix)]

    async def close(self) -> None:
        """Close what the running event loop holds open."""
        await self._hook.close()

    async def _send(self, card: Card, fresh: list[str], *, first: bool) -> None:
        """Post the whole card where there is something to judge; else the news alone."""
        mention = self._settings.mention if card.phase is Phase.ESCALATED and not card.owner else ""
        whole = first or card.ask is not None
        for share in (blocks.WHOLE, blocks.SHORT):
            message = (
                blocks.make_message(card, controls="none", share=share, mention=mention)
                if whole
                else blocks.make_news(card, fresh, mention=mention)
            )
            try:
                await self._hook.post({"text": message.text, "blocks": message.blocks, "unfurl_links": False})
            except TooLong as error:
                why = error
            else:
                return
        raise Forbidden(f"{why}: Slack does not take this message in any form; it is in the console and the API")


def news(card: Card, *, told: bool) -> Iterator[tuple[str, str]]:
    """Yield what a person needs to know of the card, as (key, words): the same news has the same key.

    Nothing is said before there is a brief, and nothing of an incident that closed before anybody had heard of it.
    """
    if card.phase is Phase.CLOSED and not told:
        return
    if card.ask is not None:
        yield f"ask {card.ask.plan_digest}", f"It asks: {card.proposal or card.ask.label}"
    elif card.cause and card.phase not in (Phase.RECEIVED, Phase.INVESTIGATING) and not told:
        yield "brief", f"Likely cause: {card.cause}"
    if card.decided:
        yield f"decided {digest(card.decided)[:16]}", card.decided
    for outcome in card.outcomes:
        yield f"outcome {digest(outcome)[:16]}", outcome
    if card.phase is Phase.ESCALATED:
        yield (
            f"escalated {card.recurrence} {digest(card.owner, card.status)[:16]}",
            f"Handed over to {card.owner or 'a person'}: {card.status}",
        )
    if card.phase is Phase.CLOSED:
        yield f"closed {card.recurrence}", f"Closed: {card.status}"


def _told(receipt: Receipt | None) -> list[str]:
    told = receipt.where.get("told") if receipt is not None else None
    return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
