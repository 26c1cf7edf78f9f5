"""Independent sources agree."""

from __future__ import annotations

from typing import Any

import pytest

GUARD = "evidence_quorum"


@pytest.mark.parametrize(
    ("sources", "quorum", "decision"),
    [
        (("alert", "log"), 2, "allow"),
        (("alert",), 2, "ask"),
        (("alert", "alert"), 2, "ask"),
        (("alert", ""), 2, "ask"),
        ((), 1, "ask"),
        (("log",), 1, "allow"),
        (("alert", "log"), 3, "ask"),
    ],
)
def test_different_sources_count_once(case: Any, sources: Any, quorum: int, decision: str) -> None:
    """Each source counts once; an empty one never agrees."""
    verdict = case.word(GUARD, case.facts(cause=case.cause(sources=sources), settings=case.guards(quorum=quorum)))
    assert (verdict.decision, verdict.hard) == (decision, False)


@pytest.mark.parametrize(("status", "decision"), [("firing", "allow"), ("resolved", "ask")])
def test_without_a_diagnosis_only_a_firing_alert_counts(case: Any, status: Any, decision: str) -> None:
    """An action mapped to an alert has one source, the alert, and none when it is over."""
    facts = case.facts(cause=None, settings=case.guards(quorum=1), alerts=(case.alert(status=status),))
    assert case.word(GUARD, facts).decision == decision


def test_a_person_who_asks_is_no_source(case: Any) -> None:
    """That somebody asked was not measured: it counts for nothing, and does not take away what an alert says beside it."""
    asked = case.alert(source="person", fingerprint="bb")
    alone = case.word(GUARD, case.facts(cause=None, settings=case.guards(quorum=1), alerts=(asked,)))
    assert (alone.decision, alone.measured) == ("ask", "0")
    assert "a person asked" in alone.reason
    beside = case.word(GUARD, case.facts(cause=None, settings=case.guards(quorum=1), alerts=(asked, case.alert())))
    assert (beside.decision, beside.measured) == ("allow", "1 (alert)")
