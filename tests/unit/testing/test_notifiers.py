"""The sink in memory keeps the promises of a real one: it passes the same suite."""

from __future__ import annotations

import pytest

from firstresponder.errors import Forbidden
from firstresponder.model import Card
from firstresponder.testing.notifier_suite import NotifierSuite, Shown
from firstresponder.testing.notifiers import FakeNotifier


class MemoryBench:
    """The fake over itself."""

    in_place = buttons = lines = finds = True

    def __init__(self) -> None:
        """Begin with an empty channel."""
        self.notifier = FakeNotifier()

    def shown(self) -> list[Shown]:
        """Everything a card says, one field per line."""
        return [
            Shown(
                text=_text(message.card),
                decisions=(f"Approve: {message.card.ask.label}",) if message.card.ask else (),
                lines=tuple(each.text for each in message.lines),
            )
            for message in self.notifier.messages
        ]

    def busy(self, retry_after: int) -> None:
        """A 429."""
        self.notifier.busy(float(retry_after))

    def lose(self) -> None:
        """No answer."""
        self.notifier.lose_next()

    def deny(self) -> None:
        """A no."""
        self.notifier.fail_next(Forbidden("the sink does not know us: check its token"))


def _text(card: Card) -> str:
    return "\n".join((card.title, card.status, card.cause, *card.proof, card.proposal, card.diff))


class TestFakeNotifier(NotifierSuite):
    """The suite over the fake."""

    @pytest.fixture
    def bench(self) -> MemoryBench:
        """A fresh sink."""
        return MemoryBench()
