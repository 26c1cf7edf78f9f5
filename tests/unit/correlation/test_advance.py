"""`advance` as a table: what each event does in each phase."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from firstresponder.correlation.advance import TABLE, Counts, advance, wanted
from firstresponder.model import Event, EventKind, Incident, Phase

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
FIRING = Counts(firing=1, total=1)
QUIET = Counts(firing=0, total=1)


def row(phase: Phase, **fields: Any) -> Incident:
    """An incident in that phase, with a plan on the table where the phase implies one."""
    base = Incident(
        id="i1", title="t", severity="critical", phase=phase, opened_at=NOW, updated_at=NOW, n=2, last_n=2, firing=1, alerts=1
    )
    if phase in (Phase.ASKING, Phase.ACTING, Phase.VERIFYING):
        base = replace(base, plan_digest="d2", offer="o", rungs=2, ask_expires_at=NOW + timedelta(minutes=30))
    return replace(base, **fields)


def event(kind: EventKind, actor: str = "ann", **data: Any) -> Event:
    """An event with its data."""
    return Event(incident_id="i1", kind=kind, at=NOW, actor=actor, data=data)


FOUND: dict[str, Any] = {"n": 2, "outcome": "ask", "plan_digest": "d2", "offer": "o", "rungs": 1, "ttl": 1800, "reason": "why"}

CASES: list[tuple[str, Incident, Event, Counts, dict[str, Any]]] = [
    ("a first alert starts an investigation", row(Phase.RECEIVED, n=0, last_n=0), event(EventKind.ALERT_FIRING), FIRING,
     {"phase": Phase.INVESTIGATING, "n": 1}),
    ("an alert that is gone before we looked needs nobody", row(Phase.RECEIVED), event(EventKind.ALERT_RESOLVED), QUIET,
     {"phase": Phase.CLOSED, "reason": "resolved by itself", "closing": True}),
    ("news during an investigation is looked at after it", row(Phase.INVESTIGATING), event(EventKind.ALERT_FIRING), FIRING,
     {"phase": Phase.INVESTIGATING, "n": 2, "look_again": True}),
    ("an investigation that may ask asks, for as long as an offer stands", row(Phase.INVESTIGATING),
     event(EventKind.INVESTIGATED, **FOUND), FIRING,
     {"phase": Phase.ASKING, "plan_digest": "d2", "ask_expires_at": NOW + timedelta(minutes=30)}),
    ("what was granted in the configuration is done without asking", row(Phase.INVESTIGATING),
     event(EventKind.INVESTIGATED, **{**FOUND, "outcome": "allow"}), FIRING, {"phase": Phase.ACTING, "plan_digest": "d2"}),
    ("what a guard denies is handed over with its reason", row(Phase.INVESTIGATING),
     event(EventKind.INVESTIGATED, **{**FOUND, "outcome": "deny", "reason": "not allowed here"}), FIRING,
     {"phase": Phase.ESCALATED, "reason": "not allowed here"}),
    ("the result of an older investigation is late news", row(Phase.INVESTIGATING),
     event(EventKind.INVESTIGATED, **{**FOUND, "n": 1}), FIRING, {"phase": Phase.INVESTIGATING, "plan_digest": ""}),
    ("an investigation that finds the alert gone closes", row(Phase.INVESTIGATING), event(EventKind.INVESTIGATED, **FOUND),
     QUIET, {"phase": Phase.CLOSED, "reason": "resolved by itself"}),
    ("resolved while asking withdraws the offer", row(Phase.ASKING), event(EventKind.ALERT_RESOLVED), QUIET,
     {"phase": Phase.CLOSED, "reason": "resolved by itself", "ask_expires_at": None, "ended": "resolved"}),
    ("one of two alerts resolved changes nothing", row(Phase.ASKING), event(EventKind.ALERT_RESOLVED),
     Counts(firing=1, total=2), {"phase": Phase.ASKING, "plan_digest": "d2"}),
    ("an alert that joins while asking starts another look and keeps the offer", row(Phase.ASKING),
     event(EventKind.ALERT_FIRING), FIRING, {"phase": Phase.ASKING, "look": 3, "plan_digest": "d2"}),
    ("a second one waits for the look in flight", row(Phase.ASKING, look=3, last_n=3), event(EventKind.ALERT_FIRING), FIRING,
     {"look": 3, "look_again": True}),
    ("a look that would offer the same keeps the approval open", row(Phase.ASKING, look=3, last_n=3),
     event(EventKind.INVESTIGATED, **{**FOUND, "n": 3, "plan_digest": "d3"}), FIRING,
     {"phase": Phase.ASKING, "n": 2, "plan_digest": "d2", "look": 0}),
    ("a look that would offer something else replaces the offer", row(Phase.ASKING, look=3, last_n=3),
     event(EventKind.INVESTIGATED, **{**FOUND, "n": 3, "plan_digest": "d3", "offer": "other"}), FIRING,
     {"phase": Phase.ASKING, "n": 3, "plan_digest": "d3", "look": 0}),
    ("a look that failed in itself keeps the offer", row(Phase.ASKING, look=3, last_n=3),
     event(EventKind.INVESTIGATED, n=3, outcome="error", offer=""), FIRING,
     {"phase": Phase.ASKING, "n": 2, "plan_digest": "d2", "look": 0}),
    ("approval of the plan that is asked about acts", row(Phase.ASKING), event(EventKind.APPROVED, plan_digest="d2"), FIRING,
     {"phase": Phase.ACTING, "plan_digest": "d2", "reason": "approved by ann"}),
    ("approval of another plan does nothing", row(Phase.ASKING), event(EventKind.APPROVED, plan_digest="d1"), FIRING,
     {"phase": Phase.ASKING}),
    ("a rejection goes to the next rung", row(Phase.ASKING), event(EventKind.REJECTED, plan_digest="d2", reason="no"), FIRING,
     {"phase": Phase.INVESTIGATING, "rung": 1, "n": 3}),
    ("a rejection of the last rung hands over", row(Phase.ASKING, rung=1), event(EventKind.REJECTED, plan_digest="d2"), FIRING,
     {"phase": Phase.ESCALATED}),
    ("silence is no", row(Phase.ASKING), event(EventKind.EXPIRED, plan_digest="d2"), FIRING, {"phase": Phase.ESCALATED}),
    ("who takes over has it", row(Phase.ASKING), event(EventKind.TAKEN_OVER), FIRING,
     {"phase": Phase.ESCALATED, "owner": "ann"}),
    ("an effect that is there is verified", row(Phase.ACTING), event(EventKind.ACTED, plan_digest="d2"), FIRING,
     {"phase": Phase.VERIFYING}),
    ("resolved while acting finishes the verification", row(Phase.ACTING), event(EventKind.ALERT_RESOLVED), QUIET,
     {"phase": Phase.ACTING, "resolved_while_acting": True}),
    ("a changed target voids the approval and asks anew", row(Phase.ACTING), event(EventKind.TARGET_CHANGED, plan_digest="d2"),
     FIRING, {"phase": Phase.INVESTIGATING, "asks": 1, "plan_digest": ""}),
    ("after three times anew a person has to look", row(Phase.ACTING, asks=3),
     event(EventKind.TARGET_CHANGED, plan_digest="d2"), FIRING, {"phase": Phase.ESCALATED}),
    ("a proven repair closes", row(Phase.VERIFYING), event(EventKind.REMEDIATED, plan_digest="d2", word="Successful"), FIRING,
     {"phase": Phase.CLOSED, "closing": True, "ended": "repaired"}),
    ("a failed repair goes to the next rung and is remembered", row(Phase.VERIFYING),
     event(EventKind.REMEDIATED, plan_digest="d2", word="Failed", reason="still crashing"), FIRING,
     {"phase": Phase.INVESTIGATING, "rung": 1, "tried": ("still crashing",)}),
    ("inconclusive is never success", row(Phase.VERIFYING, rung=1),
     event(EventKind.REMEDIATED, plan_digest="d2", word="Inconclusive"), FIRING, {"phase": Phase.ESCALATED}),
    ("no next rung once the alert is resolved", row(Phase.VERIFYING, resolved_while_acting=True),
     event(EventKind.REMEDIATED, plan_digest="d2", word="Failed"), QUIET, {"phase": Phase.ESCALATED, "rung": 0}),
    ("the kill switch hands over", row(Phase.ACTING), event(EventKind.KILLED, reason="half done"), FIRING,
     {"phase": Phase.ESCALATED, "reason": "half done"}),
    ("taken over while verifying stops the tool", row(Phase.VERIFYING), event(EventKind.TAKEN_OVER), FIRING,
     {"phase": Phase.ESCALATED, "owner": "ann"}),
    ("resolved while with a person closes", row(Phase.ESCALATED), event(EventKind.ALERT_RESOLVED), QUIET,
     {"phase": Phase.CLOSED}),
    ("another look at what a person has begins at the first rung, and the tool has it again",
     row(Phase.ESCALATED, owner="bob", rung=1, asks=2, tried=("no",)), event(EventKind.LOOK_AGAIN), FIRING,
     {"phase": Phase.INVESTIGATING, "n": 3, "rung": 0, "asks": 0, "owner": "", "tried": ("no",),
      "reason": "ann wants another look"}),
    ("another look at what is asked keeps the offer", row(Phase.ASKING), event(EventKind.LOOK_AGAIN), FIRING,
     {"phase": Phase.ASKING, "look": 3, "plan_digest": "d2", "ask_expires_at": NOW + timedelta(minutes=30)}),
    ("another look at what is being looked at is the one in flight", row(Phase.INVESTIGATING), event(EventKind.LOOK_AGAIN),
     FIRING, {"phase": Phase.INVESTIGATING, "n": 2, "look_again": False}),
    ("nobody looks again while it is being done", row(Phase.ACTING), event(EventKind.LOOK_AGAIN), FIRING,
     {"phase": Phase.ACTING, "n": 2, "look": 0, "plan_digest": "d2"}),
    ("who says that it is over closes what a person has", row(Phase.ESCALATED), event(EventKind.DISMISSED, reason="a drill"),
     FIRING,
     {"phase": Phase.CLOSED, "closing": True, "closed_at": NOW, "reason": "closed by ann: a drill", "ended": "dismissed"}),
    ("who says that it is over ends the question, and the look in flight", row(Phase.ASKING, look=3, last_n=3),
     event(EventKind.DISMISSED), FIRING, {"phase": Phase.CLOSED, "look": 0, "ask_expires_at": None, "reason": "closed by ann"}),
    ("a close that came just after a look began closes that too", row(Phase.INVESTIGATING), event(EventKind.DISMISSED), FIRING,
     {"phase": Phase.CLOSED, "closing": True}),
    ("what is being done is not closed over", row(Phase.ACTING), event(EventKind.DISMISSED), FIRING, {"phase": Phase.ACTING}),
    ("what a look finds after the close is late news", row(Phase.CLOSED), event(EventKind.INVESTIGATED, **FOUND), FIRING,
     {"phase": Phase.CLOSED}),
    ("a click after the end does nothing", row(Phase.CLOSED), event(EventKind.APPROVED, plan_digest="d2"), QUIET,
     {"phase": Phase.CLOSED}),
    ("a relapse is the same incident, investigated anew", row(Phase.CLOSED, owner="ann", rung=1),
     event(EventKind.ALERT_FIRING), FIRING,
     {"phase": Phase.INVESTIGATING, "n": 3, "recurrence": 1, "owner": "", "rung": 0, "closed_at": None}),
    ("what was repaired and fires on comes back, and what was tried is kept",
     row(Phase.CLOSED, ended="repaired", closing=True, closed_at=NOW, rung=1, reason="rolled back: verified"),
     event(EventKind.STILL_FIRING, n=2, reason="X still fires 12 min after"), FIRING,
     {"phase": Phase.INVESTIGATING, "n": 3, "recurrence": 1, "rung": 0, "closed_at": None, "closing": False, "ended": "",
      "reason": "X still fires 12 min after", "tried": ("rolled back: verified; X still fires 12 min after",)}),
    ("what a person closed stays closed while its alert fires on", row(Phase.CLOSED, ended="dismissed"),
     event(EventKind.STILL_FIRING, n=2), FIRING, {"phase": Phase.CLOSED, "recurrence": 0}),
    ("what resolved is not brought back by an old delivery", row(Phase.CLOSED, ended="resolved"),
     event(EventKind.STILL_FIRING, n=2), FIRING, {"phase": Phase.CLOSED}),
    ("that an alert fires on after an earlier repair is late news", row(Phase.CLOSED, ended="repaired"),
     event(EventKind.STILL_FIRING, n=1), FIRING, {"phase": Phase.CLOSED}),
    ("what was repaired stays closed where the alert is gone meanwhile", row(Phase.CLOSED, ended="repaired"),
     event(EventKind.STILL_FIRING, n=2), QUIET, {"phase": Phase.CLOSED}),
    ("the end of the close workflow is the end", row(Phase.CLOSED, closing=True), event(EventKind.CLOSED, n=2), QUIET,
     {"phase": Phase.CLOSED, "closing": False}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "before", "happened", "counts", "expected"), CASES, ids=[case[0] for case in CASES])
def test_table(fact: str, before: Incident, happened: Event, counts: Counts, expected: dict[str, Any]) -> None:
    """Each row of the table above holds."""
    after = advance(before, [happened], counts, NOW)
    assert {name: getattr(after, name) for name in expected} == expected, fact


def test_every_entry_of_the_table_is_proven() -> None:
    """No (phase, event) of the table lacks a case here."""
    proven = {(before.phase, happened.kind) for _, before, happened, _, _ in CASES}
    same_as = {  # these share a handler that is proven above in the neighbouring phase
        (Phase.ACTING, EventKind.ALERT_FIRING),
        (Phase.ACTING, EventKind.REMEDIATED),
        (Phase.ACTING, EventKind.TAKEN_OVER),
        (Phase.VERIFYING, EventKind.ALERT_FIRING),
        (Phase.VERIFYING, EventKind.ALERT_RESOLVED),
        (Phase.VERIFYING, EventKind.KILLED),
        (Phase.VERIFYING, EventKind.TARGET_CHANGED),
        (Phase.INVESTIGATING, EventKind.ALERT_RESOLVED),
        (Phase.INVESTIGATING, EventKind.TAKEN_OVER),
    }
    assert set(TABLE) - proven - same_as == set()


def test_alerts_that_come_with_the_first_one_need_no_second_look() -> None:
    """Three alerts in one fold begin one investigation with nothing pending."""
    after = advance(row(Phase.RECEIVED, n=0, last_n=0), [event(EventKind.ALERT_FIRING)] * 3, Counts(firing=3, total=3), NOW)
    assert (after.n, after.look_again) == (1, False)


def test_news_during_an_investigation_becomes_one_look_after_it() -> None:
    """A burst of joins while investigating leads to one more look once the offer stands, not to one each."""
    after = advance(
        row(Phase.INVESTIGATING), [event(EventKind.ALERT_FIRING)] * 50 + [event(EventKind.INVESTIGATED, **FOUND)], FIRING, NOW
    )
    assert (after.phase, after.look, after.look_again) == (Phase.ASKING, 3, False)


EVENTS = st.builds(
    lambda kind, n, digest, outcome, word: event(
        kind, n=n, plan_digest=digest, outcome=outcome, word=word, offer=digest, rungs=2, ttl=60
    ),
    st.sampled_from(EventKind),
    st.integers(0, 6),
    st.sampled_from(["", "d1", "d2", "d3"]),
    st.sampled_from(["ask", "allow", "deny", "nothing"]),
    st.sampled_from(["Successful", "Failed", "Error", "Inconclusive", ""]),
)
COUNTS = st.sampled_from([FIRING, QUIET, Counts(firing=2, total=3)])


@given(st.lists(EVENTS, max_size=25), COUNTS)
def test_any_story_leaves_a_row_that_can_go_on(events: list[Event], counts: Counts) -> None:
    """Whatever happens in whatever order, the row never acts without a plan, and waits only where something can wake it."""
    before = row(Phase.RECEIVED, n=0, last_n=0)
    after = advance(before, events, counts, NOW)
    if after.phase is Phase.ASKING:
        assert after.ask_expires_at is not None
    if after.phase in (Phase.INVESTIGATING, Phase.ACTING, Phase.VERIFYING):
        assert wanted(after) is not None
    assert after.n <= after.last_n
    assert not (after.look and after.phase is not Phase.ASKING)


@given(st.lists(EVENTS, max_size=25), st.integers(0, 25), COUNTS)
def test_folding_at_once_or_in_parts_gives_the_same_phase(events: list[Event], cut: int, counts: Counts) -> None:
    """A crash between two folds changes no decision."""
    before = row(Phase.RECEIVED, n=0, last_n=0)
    whole = advance(before, events, counts, NOW)
    parts = advance(advance(before, events[:cut], counts, NOW), events[cut:], counts, NOW)
    assert (whole.phase, whole.plan_digest, whole.rung) == (parts.phase, parts.plan_digest, parts.rung)


@given(st.lists(EVENTS, max_size=25), COUNTS)
def test_nothing_acts_but_by_approval_or_grant(events: list[Event], counts: Counts) -> None:
    """A row comes to acting only through an approval of its plan or a granted outcome."""
    before = row(Phase.RECEIVED, n=0, last_n=0)
    after = advance(before, events, counts, NOW)
    if after.phase in (Phase.ACTING, Phase.VERIFYING):
        assert any(
            (e.kind is EventKind.APPROVED and e.data["plan_digest"] == after.plan_digest)
            or (e.kind is EventKind.INVESTIGATED and e.data["outcome"] == "allow")
            for e in events
        )
