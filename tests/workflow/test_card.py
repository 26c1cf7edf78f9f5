"""The card of an incident: what it says in each phase, and when it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest
from msgspec.structs import replace

from firstresponder.model import Card, Choice, OutcomeWord, Phase, Sample
from firstresponder.testing.app import DIGEST, NOON, example_outcome, example_view
from firstresponder.workflow.answers import IncidentView
from firstresponder.workflow.card import make_card

Word = Literal["approved", "rejected", "expired", "withdrawn", "void"]


def card(view: IncidentView, *, minutes: float = 1) -> Card:
    """The card, some minutes after noon; the offer stands until half past."""
    return make_card(view, "https://fr.example/", NOON + timedelta(minutes=minutes))


def choice(word: Word = "approved", by: str = "ann (slack:U1)", via: str = "slack", reason: str = "") -> Choice:
    """A choice three minutes after noon."""
    at = NOON + timedelta(minutes=3)
    return Choice(incident_id="inc-0001", plan_digest=DIGEST, word=word, by=by, via=via, at=at, reason=reason)


def of(phase: Phase, **fields: object) -> IncidentView:
    """The example incident in a phase, with fields of its row."""
    view = example_view(phase=phase)
    return replace(view, incident=replace(view.incident, **fields))


def test_a_card_that_asks_has_everything_for_the_decision() -> None:
    """Title, object, cause with confidence, proof, change, proposal, diff, what is not confirmed, and the question."""
    view = example_view()
    seen = card(view)
    assert view.brief is not None
    assert (seen.title, seen.subject, seen.namespace) == ("KubePodCrashLooping: Deployment api", "Deployment/api", "shop")
    assert (seen.cause, seen.confidence, seen.proof) == (view.brief.cause, 0.9, view.brief.proof)
    assert (seen.change, seen.proposal, seen.diff) == (view.brief.change, view.brief.proposal, view.brief.diff)
    assert seen.unconfirmed == ("Prometheus could not be read",)
    assert (seen.status, seen.since) == ("asking until 12:30 UTC", view.brief.since)
    assert seen.link == "https://fr.example/incidents/inc-0001"
    assert seen.ask is not None
    assert (seen.ask.plan_digest, seen.ask.tier, seen.ask.expires_at) == (DIGEST, 2, NOON + timedelta(minutes=30))
    assert seen.may_take_over


@pytest.mark.parametrize("title", ["Rollout Restart", "Rollback to revision 4"])
def test_the_button_says_what_the_action_is_called(title: str) -> None:
    """After "Approve: " comes the action's own title; a plan of an older version has only its summary."""
    view = example_view()
    assert view.plan is not None
    assert view.plan.action is not None
    named = replace(view, plan=replace(view.plan, action=replace(view.plan.action, title=title)))
    asked, older = card(named).ask, card(view).ask
    assert asked is not None
    assert older is not None
    assert (asked.label, older.label) == (title, view.plan.action.summary)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.ASKING])
def test_only_an_incident_that_asks_has_a_question(phase: Phase) -> None:
    """In every other phase there is nothing to decide, whatever documents are left."""
    assert card(of(phase, plan_digest=DIGEST)).ask is None


def test_what_cannot_be_answered_any_more_is_not_asked() -> None:
    """An offer that expired, was decided, or belongs to another plan than the one that stands is no question."""
    view = example_view()
    assert card(view, minutes=30).ask is None
    assert card(replace(view, choice=choice())).ask is None
    assert card(of(Phase.ASKING, plan_digest="cd" * 32)).ask is None
    assert card(replace(view, plan=None)).ask is None


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (of(Phase.RECEIVED), "received, not looked into yet"),
        (of(Phase.INVESTIGATING, reason="an alert fires"), "looking into it: an alert fires"),
        (of(Phase.ASKING, ask_expires_at=NOON + timedelta(days=1)), "asking until 12:00 UTC on 2026-03-11"),
        (of(Phase.ASKING, ask_expires_at=NOON), "the offer expired at 12:00:00 UTC; nothing was done"),
        (replace(of(Phase.ASKING), choice=choice()), "approved by ann (slack:U1)"),
        (replace(of(Phase.ACTING), choice=choice()), "repairing, approved by ann (slack:U1)"),
        (of(Phase.VERIFYING), "verifying: Roll back Deployment api from revision 5 to 4"),
        (of(Phase.ESCALATED, reason="nobody decided in time"), "handed over: nobody decided in time"),
        (of(Phase.ESCALATED, owner="bob", reason="taken over by bob"), "with bob"),
        (of(Phase.CLOSED, reason="resolved by itself"), "closed: resolved by itself"),
    ],
)
def test_the_status_says_where_it_stands_and_why(view: IncidentView, status: str) -> None:
    """One line in plain words for every phase."""
    assert card(view).status == status


def test_a_status_is_one_bounded_line() -> None:
    """A reason from outside can be long and have line breaks; the status cannot."""
    seen = card(of(Phase.CLOSED, reason="a\nb " * 500)).status
    assert len(seen) <= 400
    assert "\n" not in seen
    assert seen.endswith("…")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (choice(), "approved by ann (slack:U1) via slack at 12:03:00 UTC"),
        (choice("rejected", "bob", "api", "a drill"), "rejected by bob via api at 12:03:00 UTC: a drill"),
        (choice("expired", "firstresponder", "timer"), "nobody decided until 12:03:00 UTC"),
        (choice("withdrawn", "firstresponder", "close"), ""),
    ],
)
def test_decided_says_who_by_which_way_and_when(made: Choice, words: str) -> None:
    """A decision names its person; an offer that was withdrawn is nobody's decision."""
    assert card(replace(example_view(phase=Phase.CLOSED), choice=made)).decided == words


def test_outcomes_carry_their_figures() -> None:
    """PASS shows the figures of the last look; FAIL its word and reason before them; the undo is called so."""
    good, bad = example_outcome(OutcomeWord.SUCCESSFUL), example_outcome(OutcomeWord.FAILED)
    figures = {"desired": 3, "updated": 3, "ready": 3, "available": 3, "pods": 3, "max_restarts": 0, "state": "healthy"}
    good = replace(good, samples=(replace(good.samples[0], figures={**figures, "restarted_at": "2026-03-10T12:01:00Z"}),))
    blind = replace(bad, word=OutcomeWord.ERROR, direction="undo", reason="no answer", samples=(Sample(at=NOON, ok=None),))
    assert card(replace(example_view(phase=Phase.CLOSED), outcomes=(good, bad, blind))).outcomes == (
        "Verification PASS: desired 3, updated 3, ready 3, available 3, pods 3, max restarts 0, restartedAt 2026-03-10T12:01:00Z",
        "Verification FAIL (Failed): 1 of 3 ready; desired 3, updated 3, ready 1, available 1, max restarts 0",
        "Verification of the undo FAIL (Error): no answer",
    )


def test_an_incident_without_a_brief_is_a_card_too() -> None:
    """Before anything was looked into there is the alert: since when, and in which namespace."""
    view = IncidentView(incident=of(Phase.RECEIVED, subject=None).incident, alerts=example_view().alerts)
    seen = card(view)
    assert (seen.cause, seen.subject, seen.namespace) == ("", "", "shop")
    assert seen.since == view.alerts[0].alert.starts_at


@pytest.mark.parametrize(("phase", "may"), [(Phase.ASKING, True), (Phase.RECEIVED, False), (Phase.CLOSED, False)])
def test_taking_over_is_offered_where_it_works(phase: Phase, *, may: bool) -> None:
    """A button that would be answered with "nothing to decide" is not shown."""
    assert card(of(phase)).may_take_over is may
    assert not card(of(phase, owner="bob")).may_take_over


def test_facts_change_with_what_is_seen_and_not_with_the_version() -> None:
    """The same news at another version of the row is the same news; another status is not."""
    assert card(of(Phase.ASKING, version=4)).facts == card(of(Phase.ASKING, version=9)).facts
    assert card(of(Phase.ASKING)).facts != card(of(Phase.ASKING), minutes=31).facts
