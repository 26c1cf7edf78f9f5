"""What every notifier must do, as tests that its own test class inherits.

    class TestMySink(NotifierSuite):
        @pytest.fixture
        def bench(self) -> Bench: ...

A bench is the notifier over a fake of its vendor, and a way to read back what a reader of that vendor would see.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from firstresponder.errors import BadConfig, FirstresponderError, Forbidden, OutcomeUnknown, Temporary
from firstresponder.model import Ask, Card, Line, Noun, Phase
from firstresponder.ports.notifier import Notifier

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OUTSIDE = "<!channel> <@U012ABCDEF> <https://evil.example|here> &lt;b&gt; *bold* `code` @here"
"""Text as it may come in a label or a log line: shown as it is, and nothing more."""

PATIENCE = 17
"""Seconds that a sink asks for."""


class Shown(Noun, frozen=True, kw_only=True):
    """One card at the sink, as a reader has it."""

    text: str  # all that is read of the card, entities resolved
    decisions: tuple[str, ...] = ()  # the words on what approves or rejects, where the sink has buttons
    lines: tuple[str, ...] = ()  # the log below it, as read
    active: tuple[str, ...] = ()  # whatever in it calls somebody or leads somewhere, but for the card's own link


class Bench(Protocol):
    """One sink under test."""

    notifier: Notifier
    in_place: bool  # whether a message can be brought up to date; otherwise each turn is a new one
    buttons: bool  # whether this sink can show buttons
    lines: bool  # whether it says lines
    finds: bool  # whether it can find what arrived without an answer

    def shown(self) -> list[Shown]:
        """Return the cards at the sink, in the order in which they were posted."""
        ...

    def busy(self, retry_after: int) -> None:
        """Answer the next request with the vendor's "too many", for so many seconds."""
        ...

    def lose(self) -> None:
        """Take the next request that posts or changes something, and never answer it."""
        ...

    def deny(self) -> None:
        """Answer the next request as the vendor does when the sink is not there, or is not ours."""
        ...


def card(incident: str = "inc-1", *, status: str = "asking until 12:30 UTC", ask: bool = True) -> Card:
    """Return a card that asks."""
    question = Ask(plan_digest="ab" * 32, label="Rollback to revision 4", tier=2, expires_at=NOON + timedelta(minutes=30))
    return Card(
        incident_id=incident,
        version=3,
        title=f"Deployment api crash-loops ({incident})",
        severity="critical",
        phase=Phase.ASKING if ask else Phase.ESCALATED,
        status=status,
        subject="Deployment/api",
        namespace="shop",
        since=NOON,
        firing=1,
        alerts=1,
        cause="The new version exits with code 3 at start",
        confidence=0.9,
        proposal="Roll back Deployment api from revision 5 to 4",
        ask=question if ask else None,
        link=f"https://fr.example/incidents/{incident}",
    )


def line(key: str = "approved-1", text: str = "Approved by ann via slack") -> Line:
    """Return a line."""
    return Line(key=key, at=NOON, text=text)


def hold(promise: str, *, kept: bool) -> None:
    """Raise AssertionError with the promise that was not kept."""
    if not kept:
        raise AssertionError(promise)


async def fails(call: object, *kinds: type[FirstresponderError]) -> FirstresponderError:
    """Await a call that must raise one of these; return what it raised."""
    try:
        await call  # type: ignore[misc]
    except kinds as error:
        return error
    raise AssertionError(f"expected {' or '.join(kind.__name__ for kind in kinds)}, nothing was raised")


def latest(bench: Bench) -> Shown:
    """Return the only message, or the newest where messages cannot be changed."""
    shown = bench.shown()
    hold(f"an incident is one message, found {len(shown)}", kept=len(shown) == 1 or (bool(shown) and not bench.in_place))
    return shown[-1]


class NotifierSuite:
    """Inherit it and give a fixture `bench`."""

    async def test_a_card_is_posted_once_and_then_brought_up_to_date(self, bench: Bench) -> None:
        """Shown twice with its receipt, an incident is one message that says the latest."""
        receipt = await bench.notifier.show(card(), None, again=False)
        receipt = await bench.notifier.show(card(status="handed over: nobody decided", ask=False), receipt, again=False)
        await bench.notifier.show(card(status="closed: resolved by itself", ask=False), receipt, again=False)
        message = latest(bench)
        hold("the message says what was shown last", kept="closed: resolved by itself" in message.text)
        hold("and not what was shown before", kept="nobody decided" not in message.text or not bench.in_place)

    async def test_a_receipt_says_what_is_shown(self, bench: Bench) -> None:
        """The facts of the receipt are the card's, after the first time and after an update."""
        first, second = card(), card(status="handed over: no", ask=False)
        receipt = await bench.notifier.show(first, None, again=False)
        hold("the first receipt has the first card's facts", kept=receipt.facts == first.facts)
        receipt = await bench.notifier.show(second, receipt, again=False)
        hold("the second one the second's", kept=receipt.facts == second.facts)

    async def test_incidents_do_not_mix(self, bench: Bench) -> None:
        """Each incident has its own message, and its lines are below it, in order."""
        receipts = [await bench.notifier.show(card(each), None, again=False) for each in ("inc-1", "inc-2")]
        for key, text in (("a-1", "Approved by ann"), ("b-2", "Done: rolled back")):
            await bench.notifier.say(line(key, text), card("inc-2"), receipts[1], again=False)
        one, two = bench.shown()[0], bench.shown()[1]
        hold("the first has its own title and no line", kept="inc-1" in one.text and "inc-2" not in one.text and not one.lines)
        if bench.lines:
            hold("the lines are there in order", kept=_in_order(two.lines, "Approved by ann", "Done: rolled back"))

    async def test_a_card_that_may_have_arrived_is_not_doubled(self, bench: Bench) -> None:
        """No answer is OutcomeUnknown; tried again, there is one message."""
        if not bench.finds:
            return
        bench.lose()
        await fails(bench.notifier.show(card(), None, again=False), OutcomeUnknown)
        receipt = await bench.notifier.show(card(), None, again=True)
        hold("there is one message", kept=len(bench.shown()) == 1)
        await bench.notifier.show(card(status="closed: done", ask=False), receipt, again=False)
        hold("and its receipt leads to it", kept="closed: done" in bench.shown()[0].text)

    async def test_a_card_that_never_arrived_is_posted_again(self, bench: Bench) -> None:
        """`again` says that it may have arrived; where it did not, it is posted."""
        await bench.notifier.show(card(), None, again=True)
        hold("there is one message", kept=len(bench.shown()) == 1)

    async def test_an_update_that_may_have_arrived_is_made_again(self, bench: Bench) -> None:
        """An update without an answer is repeated on the same message."""
        receipt = await bench.notifier.show(card(), None, again=False)
        if not bench.in_place:
            return
        bench.lose()
        changed = card(status="closed: done", ask=False)
        await fails(bench.notifier.show(changed, receipt, again=False), OutcomeUnknown)
        await bench.notifier.show(changed, receipt, again=True)
        message = latest(bench)
        hold("it says the latest", kept="closed: done" in message.text)

    async def test_a_line_that_may_have_arrived_is_not_doubled(self, bench: Bench) -> None:
        """The same key told again after no answer is there once."""
        if not (bench.finds and bench.lines):
            return
        receipt = await bench.notifier.show(card(), None, again=False)
        bench.lose()
        await fails(bench.notifier.say(line(), card(), receipt, again=False), OutcomeUnknown)
        await bench.notifier.say(line(), card(), receipt, again=True)
        said = [each for each in bench.shown()[0].lines if "Approved by ann" in each]
        hold(f"it is said once, found {said}", kept=len(said) == 1)

    async def test_patience_is_asked_for_in_seconds(self, bench: Bench) -> None:
        """The vendor's "too many" is Temporary with its seconds, for cards and lines, and nothing was posted."""
        bench.busy(PATIENCE)
        error = await fails(bench.notifier.show(card(), None, again=False), Temporary)
        _patient(error)
        hold("nothing was posted", kept=bench.shown() == [])
        receipt = await bench.notifier.show(card(), None, again=False)
        if bench.lines:
            bench.busy(PATIENCE)
            _patient(await fails(bench.notifier.say(line(), card(), receipt, again=False), Temporary))

    async def test_what_no_second_try_can_help_says_so(self, bench: Bench) -> None:
        """A sink that is not there, or not ours, is BadConfig or Forbidden, in words."""
        bench.deny()
        error = await fails(bench.notifier.show(card(), None, again=False), BadConfig, Forbidden)
        hold("the error speaks", kept=len(str(error)) > len("invalid_auth"))

    async def test_only_a_card_that_asks_offers_a_decision(self, bench: Bench) -> None:
        """Buttons that decide come with the question and go with it."""
        receipt = await bench.notifier.show(card(), None, again=False)
        if bench.buttons:
            message = latest(bench)
            hold("it can be approved by name", kept=any("Rollback to revision 4" in each for each in message.decisions))
        await bench.notifier.show(card(status="handed over: expired", ask=False), receipt, again=False)
        message = latest(bench)
        hold(f"nothing is left to decide, found {message.decisions}", kept=message.decisions == ())

    async def test_text_from_outside_is_only_text(self, bench: Bench) -> None:
        """What looks like a mention, a link or markup is read as it was written, and does nothing."""
        shown = replace(card(), title=OUTSIDE, cause=OUTSIDE, proof=(OUTSIDE,), diff=f"+ {OUTSIDE}\n```\n", status=OUTSIDE)
        receipt = await bench.notifier.show(shown, None, again=False)
        await bench.notifier.say(line(text=OUTSIDE), shown, receipt, again=False)
        message = latest(bench)
        hold(f"it is read as written: {message.text!r}", kept=OUTSIDE in message.text)
        hold(f"it calls nobody and leads nowhere, found {message.active}", kept=message.active == ())
        if bench.lines:
            hold(f"the line too: {message.lines}", kept=any(OUTSIDE in each for each in message.lines))

    async def test_it_can_be_closed_at_any_time(self, bench: Bench) -> None:
        """Closing before, after and twice is no error, and it works afterwards."""
        await bench.notifier.close()
        await bench.notifier.show(card(), None, again=False)
        await bench.notifier.close()
        await bench.notifier.close()
        hold("what was shown is there", kept=len(bench.shown()) == 1)


def _patient(error: FirstresponderError) -> None:
    given = getattr(error, "retry_after", 0.0)
    hold(f"it waits as long as was asked, found {given}", kept=PATIENCE <= given <= 2 * PATIENCE)
    hold("a refusal is no doubt", kept=not isinstance(error, OutcomeUnknown))


def _in_order(lines: tuple[str, ...], *wanted: str) -> bool:
    places = [next((number for number, each in enumerate(lines) if want in each), -1) for want in wanted]
    return -1 not in places and places == sorted(places)
