"""Telling people: one sink, one message per incident, a log below it."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Card, Finding, Line, Receipt


class Notifier(Protocol):
    """One sink (Slack, …). Never retries by itself: the outbox does, in order.

    Both calls raise Temporary (with `retry_after` seconds, as the sink asked), OutcomeUnknown when the request was sent
    and no answer came, and BadConfig or Forbidden when trying again cannot help (each says what to do).
    """

    @property
    def name(self) -> str:
        """The sink's name in the outbox, the audit and the log."""
        ...

    async def show(self, card: Card, receipt: Receipt | None, *, again: bool) -> Receipt:
        """Post the card, or bring the message that `receipt` names up to date. `again`: an earlier try may have arrived."""
        ...

    async def say(self, line: Line, card: Card, receipt: Receipt, *, again: bool) -> None:
        """Say a line below the card's message (a sink without threads may say nothing)."""
        ...

    async def check(self) -> list[Finding]:
        """See whether messages would arrive, without sending one."""
        ...

    async def close(self) -> None:
        """Close what the running event loop holds open."""
        ...
