"""What people are told of a turn, and what they are spared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from firstresponder.correlation.advance import Counts, advance, moves
from firstresponder.model import Event, EventKind, Incident, Line, Phase
from firstresponder.testing.app import DIGEST, NOON, example_incident
from firstresponder.workflow.telling import LINES, LONGEST, Telling, tell

ONE, NONE = Counts(firing=1, total=1), Counts(firing=0, total=1)
FIGURES = {"desired": 3, "updated": 3, "ready": 3, "available": 3, "pods": 3, "max_restarts": 0, "restarted_at": ""}
PROPOSAL = "Roll back Deployment api from revision 5 to 4"


def row(phase: Phase, *, told: bool = True, **fields: Any) -> Incident:
    """An incident that people know of."""
    given = {"told": told, "last_n": 1, "rungs": 1, "plan_digest": DIGEST, "offer": "o", "reason": "so it is"}
    return replace(example_incident(phase=phase), **{**given, **fields})


def event(kind: EventKind, seq: int = 7, actor: str = "firstresponder", **data: Any) -> Event:
    """An event with its number."""
    data = {"plan_digest": DIGEST, **data}
    return Event(incident_id="inc-0001", kind=kind, at=NOON + timedelta(minutes=seq), seq=seq, actor=actor, data=data)


def found(outcome: str, n: int = 1, **data: Any) -> Event:
    """The word of an investigation."""
    return event(EventKind.INVESTIGATED, n=n, outcome=outcome, offer="o", ttl=1800.0, reason=PROPOSAL, rungs=1, **data)


def told(before: Incident, *events: Event, counts: Counts = ONE) -> Telling:
    """What is told of a turn."""
    now = NOON + timedelta(hours=1)
    after = advance(before, events, counts, now)
    return tell(before, after, moves(before, events, counts, now))


def said(before: Incident, *events: Event, counts: Counts = ONE) -> str:
    """The only line of a turn."""
    [line] = told(before, *events, counts=counts).lines
    return line.text


def test_nothing_is_told_before_an_investigation_said_its_word() -> None:
    """An alert that comes, joins, and resolves by itself in the meantime is nobody's news."""
    received = row(Phase.RECEIVED, told=False, n=0)
    begun = advance(received, [event(EventKind.ALERT_FIRING)], ONE, NOON)
    assert told(received, event(EventKind.ALERT_FIRING)) == Telling(card=False)
    assert told(begun, event(EventKind.ALERT_FIRING)) == Telling(card=False)
    assert told(begun, event(EventKind.ALERT_RESOLVED), counts=NONE) == Telling(card=False)
    assert told(begun, found("ask"), counts=NONE) == Telling(card=False), "it resolved while it was looked into"


@pytest.mark.parametrize("outcome", ["ask", "deny", "nothing", "error"])
def test_the_first_card_is_its_own_news(outcome: str) -> None:
    """When it asks, or hands over at once, the card says it all, and no line repeats it."""
    assert told(row(Phase.INVESTIGATING, told=False), found(outcome)) == Telling(card=True)


def test_what_nobody_was_asked_about_is_said() -> None:
    """A repair that the configuration granted is a line from the first moment on."""
    telling = told(row(Phase.INVESTIGATING, told=False), found("allow"))
    assert telling.card
    assert telling.lines[0].text == f"Repairing without asking, as the configuration allows: {PROPOSAL}"
    assert not telling.lines[0].loud


@pytest.mark.parametrize(
    ("before", "happened", "text", "loud"),
    [
        (
            row(Phase.ASKING),
            event(EventKind.APPROVED, actor="ann (slack:U1)", via="slack", reason=""),
            "Approved by ann (slack:U1) via slack",
            False,
        ),
        (
            row(Phase.ASKING),
            event(EventKind.REJECTED, actor="ann", via="api", reason="a drill"),
            "Rejected by ann via api: a drill; handed over to a person",
            False,
        ),
        (
            row(Phase.ASKING, rungs=2),
            event(EventKind.REJECTED, actor="ann", via="api", reason=""),
            "Rejected by ann via api; looking for the next step",
            False,
        ),
        (
            row(Phase.ASKING),
            event(EventKind.EXPIRED),
            "The offer expired: nobody decided in time and nothing was done; handed over to a person",
            True,
        ),
        (
            row(Phase.ASKING),
            event(EventKind.TAKEN_OVER, actor="bob", via="console"),
            "Taken over by bob via console; Firstresponder stops",
            False,
        ),
        (
            row(Phase.VERIFYING),
            event(EventKind.TAKEN_OVER, actor="bob", via="cli"),
            "Taken over by bob via cli; Firstresponder stops; what was written to the cluster stays",
            False,
        ),
        (row(Phase.ACTING), event(EventKind.ACTED, reason=f"{PROPOSAL}; verifying"), f"Done: {PROPOSAL}; verifying", False),
        (
            row(Phase.ACTING),
            event(EventKind.ACTED, reason="it; verifying", adopted=True),
            "Done (found done by an earlier attempt): it; verifying",
            False,
        ),
        (
            row(Phase.VERIFYING),
            event(EventKind.VERIFIED, word="Successful", direction="do", reason="3 good looks", figures=FIGURES),
            "Verification PASS: desired 3, updated 3, ready 3, available 3, pods 3, max restarts 0",
            False,
        ),
        (
            row(Phase.VERIFYING),
            event(EventKind.VERIFIED, word="Failed", direction="do", reason="1 of 3 ready", figures={"ready": 1}),
            "Verification FAIL (Failed): 1 of 3 ready; ready 1",
            True,
        ),
        (
            row(Phase.VERIFYING),
            event(EventKind.VERIFIED, word="Error", direction="undo", reason="no answer", note="puts revision 5 back"),
            "Undone (puts revision 5 back). Verification of the undo FAIL (Error): no answer",
            True,
        ),
        (row(Phase.VERIFYING), event(EventKind.REMEDIATED, word="Successful"), "Closed: repaired and verified", False),
        (
            row(Phase.VERIFYING),
            event(EventKind.REMEDIATED, word="Failed", reason="Roll back: Failed, 1 of 3 ready; undone (back)"),
            "Handed over to a person: Roll back: Failed, 1 of 3 ready; undone (back); handed over to a person",
            False,
        ),
        (
            row(Phase.ACTING),
            event(EventKind.REMEDIATED, word="Error", reason="Roll back: not done, the API server is gone"),
            "Handed over to a person: Roll back: not done, the API server is gone; handed over to a person",
            True,
        ),
        (
            row(Phase.VERIFYING, rungs=2),
            event(EventKind.REMEDIATED, word="Failed", reason="Restart: Failed"),
            "Not repaired: Restart: Failed; looking for the next step",
            False,
        ),
        (
            row(Phase.ACTING),
            event(EventKind.TARGET_CHANGED, reason="the template changed"),
            "The approval is void: the template changed; looking into it again",
            False,
        ),
        (
            row(Phase.ACTING, asks=3),
            event(EventKind.TARGET_CHANGED, reason="the template changed"),
            "The approval is void: the template changed; handed over to a person",
            True,
        ),
        (row(Phase.INVESTIGATING, n=2, last_n=2), found("ask", n=2), f"Asked anew: {PROPOSAL}", False),
        (
            row(Phase.ASKING, look=2, last_n=2, offer="another"),
            found("ask", n=2, plan_digest="cd" * 32),
            f"The offer changed, and is asked anew: {PROPOSAL}",
            False,
        ),
        (row(Phase.INVESTIGATING), found("deny"), f"Handed over to a person: {PROPOSAL}", True),
        (
            row(Phase.ACTING),
            event(EventKind.KILLED, reason="the kill switch is engaged (by bob). Nothing was written."),
            "Stopped: the kill switch is engaged (by bob). Nothing was written; handed over to a person",
            True,
        ),
        (
            row(Phase.ESCALATED, owner="bob"),
            event(EventKind.LOOK_AGAIN, actor="ann", via="console"),
            "ann via console wants another look; it begins now",
            False,
        ),
        (
            row(Phase.ESCALATED),
            event(EventKind.DISMISSED, actor="ann", via="slack", reason="known"),
            "Closed by ann via slack: known",
            False,
        ),
        (row(Phase.CLOSED), event(EventKind.ALERT_FIRING), "Came back (1 times now); looking into it again", False),
        (
            row(Phase.CLOSED, ended="repaired"),
            event(EventKind.STILL_FIRING, n=1, reason="X still fires 12 min after the repair was verified"),
            "X still fires 12 min after the repair was verified; looking into it again",
            False,
        ),
    ],
)
def test_each_turn_is_said_in_one_line(before: Incident, happened: Event, text: str, *, loud: bool) -> None:
    """Who, by which way, why, and what follows; loud where somebody should look and nobody is there."""
    telling = told(before, happened)
    assert [(line.text, line.loud) for line in telling.lines] == [(text, loud)]
    assert telling.card


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (row(Phase.ASKING), "Closed: resolved by itself"),
        (row(Phase.ESCALATED), "Closed: resolved while with a person (so it is)"),
        (row(Phase.INVESTIGATING), "Closed: resolved by itself"),
    ],
)
def test_what_was_told_of_is_closed_in_the_same_place(before: Incident, text: str) -> None:
    """Whoever saw the card hears the end of it."""
    assert said(before, event(EventKind.ALERT_RESOLVED), counts=NONE) == text


def test_an_alert_that_joins_is_a_new_figure_on_the_card_and_no_line() -> None:
    """More alerts about the same thing change the card in place and call nobody."""
    two = Counts(firing=2, total=2)
    assert told(row(Phase.ESCALATED, firing=1, alerts=1), event(EventKind.ALERT_FIRING), counts=two) == Telling(card=True)


def test_a_second_look_that_would_offer_the_same_is_no_news() -> None:
    """The same offer from another investigation is neither a line nor a card."""
    before = row(Phase.ASKING, look=2, last_n=2, firing=1, alerts=1)
    assert told(before, found("ask", n=2)) == Telling(card=False)


@pytest.mark.parametrize(
    "late",
    [
        event(EventKind.APPROVED, actor="bob", plan_digest="cd" * 32),
        event(EventKind.TAKEN_OVER, actor="bob"),
        found("ask", n=99),
        event(EventKind.CLOSED, n=99),
    ],
)
def test_what_came_too_late_is_not_told(late: Event) -> None:
    """A click or result that moved nothing is in the story, and in no channel."""
    assert told(row(Phase.ESCALATED, owner="ann", firing=1, alerts=1), late) == Telling(card=False)


def test_a_line_never_comes_without_its_card() -> None:
    """A sink that was added meanwhile has no card yet: whatever is said, the card is wished for with it."""
    telling = told(row(Phase.ASKING, firing=1, alerts=1), event(EventKind.LOOK_AGAIN, actor="ann", via="api"))
    assert (telling.card, len(telling.lines)) == (True, 1)


def test_of_two_who_take_over_one_is_told() -> None:
    """Two clicks in one turn are one line, with the name of the first."""
    first, second = (event(EventKind.TAKEN_OVER, seq, actor=who) for seq, who in ((7, "ann"), (8, "bob")))
    [line] = told(row(Phase.ASKING), first, second).lines
    assert (line.key, line.text) == ("taken_over-7", "Taken over by ann; Firstresponder stops")


def test_a_verification_that_ends_in_a_persons_hands_calls_nobody() -> None:
    """Who took over while it was verified hears the result, without an alarm."""
    before = row(Phase.ESCALATED, owner="ann")
    [line] = told(before, event(EventKind.VERIFIED, word="Failed", direction="do", reason="no", figures={})).lines
    assert (line.text, line.loud) == ("Verification FAIL (Failed): no", False)


def test_keys_are_the_events_own() -> None:
    """Telling the same turn again gives the same keys, whoever tells it."""
    story = [event(EventKind.APPROVED, 7, actor="ann"), event(EventKind.ACTED, 9, reason="x")]
    keys = [line.key for line in told(row(Phase.ASKING), *story).lines]
    assert keys == ["approved-7", "acted-9"]
    assert keys == [line.key for line in told(row(Phase.ASKING), *story).lines]


def test_every_sink_gets_the_card_before_its_lines() -> None:
    """One notice for each sink and message."""
    line = Line(key="a-1", at=NOON, text="a")
    got = Telling(card=True, lines=(line,)).notices("i", ["slack", "other"])
    assert [(each.sink, each.line) for each in got] == [("slack", None), ("slack", line), ("other", None), ("other", line)]


EVENTS = st.lists(
    st.builds(
        lambda kind, n, word, outcome, digest, who: event(
            kind, 0, who, n=n, word=word, outcome=outcome, plan_digest=digest, ttl=1.0, reason="why\n" * 400, rungs=2
        ),
        kind=st.sampled_from(EventKind),
        n=st.integers(0, 4),
        word=st.sampled_from(["Successful", "Failed", "Error", ""]),
        outcome=st.sampled_from(["ask", "allow", "deny", "error"]),
        digest=st.sampled_from([DIGEST, "cd" * 32]),
        who=st.sampled_from(["ann", "bob"]),
    ),
    max_size=12,
)


@given(story=EVENTS, phase=st.sampled_from(Phase), known=st.booleans(), firing=st.integers(0, 2))
def test_whatever_happens_the_promises_hold(story: list[Event], phase: Phase, *, known: bool, firing: int) -> None:
    """No line without its card, keys unique and in order, bounded text, nothing before the first card, any cut the same."""
    story = [replace(each, seq=number) for number, each in enumerate(story, start=1)]
    counts, now = Counts(firing=firing, total=2), NOON
    before = row(phase, told=known)
    whole = tell(before, advance(before, story, counts, now), moves(before, story, counts, now))
    assert whole.card or not whole.lines
    keys = [line.key for line in whole.lines]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys, key=lambda key: int(key.rsplit("-", 1)[1]))
    assert all(len(line.text) <= LONGEST and "\n" not in line.text and line.text for line in whole.lines)
    steps = moves(before, story, counts, now)
    if not known and all(move.after.phase in (Phase.RECEIVED, Phase.INVESTIGATING, Phase.CLOSED) for move in steps):
        assert whole == Telling(card=False)
    at, lines = before, list[Line]()
    for move in steps:
        after = replace(move.after, told=at.told)
        part = tell(at, after, [replace(move, before=replace(move.before, told=at.told), after=after)])
        lines += part.lines
        at = replace(after, told=at.told or part.card)
    assert [line.key for line in lines] == keys


def test_every_kind_that_moves_something_has_its_words() -> None:
    """A new kind of event must be decided on: told in words, or left out by name."""
    assert set(EventKind) - set(LINES) == {EventKind.CLOSED}
