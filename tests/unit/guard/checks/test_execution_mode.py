"""Observe, suggest, approve, auto."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Auto, ModeRule

GUARD = "execution_mode"
GRANT = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")


@pytest.mark.parametrize(
    ("settings", "decision", "measured"),
    [
        ({}, "ask", "approve (guards.mode)"),
        ({"mode": "observe"}, "deny", "observe (guards.mode)"),
        ({"mode": "suggest"}, "deny", "suggest (guards.mode)"),
        ({"modes": (ModeRule(mode="observe", namespace="shop"),)}, "deny", "observe (guards.modes[0])"),
        ({"modes": (ModeRule(mode="observe", namespace="pay"),)}, "ask", "approve (guards.mode)"),
        ({"modes": (ModeRule(mode="observe", action="restart-workload"),)}, "ask", "approve (guards.mode)"),
        ({"modes": (ModeRule(mode="observe", alert="KubePodCrashLooping"),)}, "deny", "observe (guards.modes[0])"),
        ({"mode": "observe", "modes": (ModeRule(mode="approve", namespace="shop"),)}, "ask", "approve (guards.modes[0])"),
        ({"modes": (ModeRule(mode="approve"), ModeRule(mode="observe"))}, "ask", "approve (guards.modes[0])"),
        ({"auto": (GRANT,)}, "allow", "auto (guards.auto: KubePodCrashLooping, rollback-deployment, shop, Deployment/api)"),
        ({"auto": (GRANT,), "mode": "observe"}, "deny", "observe (guards.mode)"),
        ({"auto": (GRANT,), "mode": "suggest"}, "deny", "suggest (guards.mode)"),
        ({"auto": (replace(GRANT, alert="Other"),)}, "ask", "approve (guards.mode)"),
        ({"auto": (replace(GRANT, action="restart-workload"),)}, "ask", "approve (guards.mode)"),
        ({"auto": (replace(GRANT, namespace="pay"),)}, "ask", "approve (guards.mode)"),
        ({"auto": (replace(GRANT, target="Deployment/web"),)}, "ask", "approve (guards.mode)"),
    ],
)
def test_the_first_rule_that_matches_counts(case: Any, settings: Any, decision: str, measured: Any) -> None:
    """The mode is that of the first matching rule; auto holds for exactly what is listed, and lifts approve only."""
    verdict = case.word(GUARD, case.facts(settings=case.guards(**settings)))
    assert (verdict.decision, verdict.measured) == (decision, measured)


def test_the_most_cautious_alert_decides(case: Any) -> None:
    """Where two alerts of one incident have different modes, the more cautious one holds, whichever comes first."""
    other = case.alert(fingerprint="bb", labels={"alertname": "Other"})
    settings = case.guards(modes=(ModeRule(mode="suggest", alert="Other"),), auto=(GRANT,))
    for alerts in [(case.alert(), other), (other, case.alert())]:
        assert case.word(GUARD, case.facts(settings=settings, alerts=alerts)).measured.startswith("suggest")


def test_a_resolved_alert_grants_nothing(case: Any) -> None:
    """Auto is granted for an alert that fires: one that is resolved does not carry the grant."""
    alerts = (case.alert(status="resolved"), case.alert(fingerprint="bb", labels={"alertname": "Other"}))
    assert case.word(GUARD, case.facts(settings=case.guards(auto=(GRANT,)), alerts=alerts)).decision == "ask"


def test_what_a_person_asked_for_is_asked(case: Any) -> None:
    """No grant holds where a person asked for the response, neither for that request nor for an alert beside it."""
    asked = case.alert(source="person", fingerprint="bb", labels={"alertname": "RespondRequested", "namespace": "shop"})
    grants = (GRANT, replace(GRANT, alert="RespondRequested"))
    for alerts in ((asked,), (asked, case.alert()), (case.alert(), asked)):
        facts = case.facts(settings=case.guards(auto=grants), alerts=alerts)
        assert case.word(GUARD, facts).decision == "ask"
    gone = replace(asked, status="resolved")
    assert case.word(GUARD, case.facts(settings=case.guards(auto=grants), alerts=(gone, case.alert()))).decision == "allow"


@pytest.mark.parametrize(("accepted", "decision"), [(False, "ask"), (True, "allow")])
def test_what_is_irreversible_needs_one_more_word(case: Any, accepted: Any, decision: str) -> None:
    """Tier 3 runs by itself only with i_accept_irreversible."""
    settings = case.guards(auto=(replace(GRANT, i_accept_irreversible=accepted),))
    assert case.word(GUARD, case.facts(settings=settings, action=case.action(tier=3))).decision == decision


def test_a_person_who_has_it_stops_the_tool(case: Any) -> None:
    """An incident that somebody took over is denied, even where auto was granted."""
    facts = case.facts(settings=case.guards(auto=(GRANT,)))
    verdict = case.word(GUARD, replace(facts, incident=replace(facts.incident, owner="bob")))
    assert verdict.decision == "deny"
    assert "bob" in verdict.reason
