"""A sink in memory: keeps what it was shown and told, and can fail in every way that a real one does."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from firstresponder.errors import FirstresponderError, NotFound, OutcomeUnknown, Temporary
from firstresponder.model import Card, Finding, Line, Receipt


@dataclass
class Message:
    """One card at the sink, with the log below it."""

    id: int
    card: Card
    lines: list[Line] = field(default_factory=list)
    updates: int = 0


class FakeNotifier:
    """A `Notifier`. Without being told otherwise everything arrives at once."""

    def __init__(self, name: str = "fake") -> None:
        """Start with an empty channel."""
        self._name = name
        self.messages: list[Message] = []
        self.calls: list[tuple[str, str, bool]] = []  # ("show" or the line's key, incident, again), as they came
        self.closed = 0
        self.held: set[str] = set()  # incidents whose messages hang until they are released
        self.open = asyncio.Event()  # set: nothing hangs any more
        self._faults: deque[BaseException] = deque()
        self._lost = 0

    @property
    def name(self) -> str:
        """The sink's name."""
        return self._name

    def fail_next(self, *errors: BaseException) -> None:
        """Raise these, one by one, in place of doing what is asked next."""
        self._faults += errors

    def busy(self, retry_after: float) -> None:
        """Ask for patience at the next request, as a 429 does."""
        self.fail_next(Temporary("the sink asks for patience", retry_after=retry_after))

    def lose_next(self, times: int = 1) -> None:
        """Do what is asked next, and let the answer be lost."""
        self._lost += times

    def of(self, incident_id: str) -> Message:
        """Return the only message of an incident. Raises LookupError when there is none, or more than one."""
        found = [message for message in self.messages if message.card.incident_id == incident_id]
        if len(found) != 1:
            raise LookupError(f"expected one message of {incident_id}, there are {len(found)}")
        return found[0]

    async def show(self, card: Card, receipt: Receipt | None, *, again: bool) -> Receipt:
        """Post the card or bring its message up to date."""
        await self._asked("show", card.incident_id, again=again)
        if receipt is not None and receipt.facts == card.facts:
            return receipt  # as a real one may: it shows that already
        message = self._find(card, receipt, again=again)
        if message is None:
            message = Message(id=len(self.messages) + 1, card=card)
            self.messages.append(message)
        else:
            message.card = card
            message.updates += 1
        self._answer()
        return Receipt(facts=card.facts, where={"message": message.id})

    async def say(self, line: Line, card: Card, receipt: Receipt, *, again: bool) -> None:
        """Say a line below its card."""
        await self._asked(line.key, card.incident_id, again=again)
        message = self._find(card, receipt, again=False)
        if message is None:
            raise NotFound(f"there is no message {receipt.where}")
        if not (again and line.key in [said.key for said in message.lines]):
            message.lines.append(line)
        self._answer()

    async def check(self) -> list[Finding]:
        """All is well."""
        return []

    async def close(self) -> None:
        """Count it."""
        self.closed += 1

    def _find(self, card: Card, receipt: Receipt | None, *, again: bool) -> Message | None:
        if receipt is not None:
            return next((each for each in self.messages if each.id == receipt.where.get("message")), None)
        return next((each for each in self.messages if again and each.card.incident_id == card.incident_id), None)

    async def _asked(self, what: str, incident_id: str, *, again: bool) -> None:
        self.calls.append((what, incident_id, again))
        if incident_id in self.held:
            await self.open.wait()
        if self._faults:
            raise self._faults.popleft()

    def _answer(self) -> None:
        if self._lost:
            self._lost -= 1
            raise OutcomeUnknown("the request was sent and no answer came")


def permanent(text: str = "no such channel: name another one") -> FirstresponderError:
    """Return an error that no second try can help."""
    return NotFound(text)
