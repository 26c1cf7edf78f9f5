"""Not on what is over, not silently on what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from firstresponder.config import Auto

GUARD = "alert_freshness"
GRANT = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")


@pytest.mark.parametrize(("minutes", "decision"), [(0, "allow"), (59, "allow"), (61, "ask"), (-4, "allow"), (-6, "ask")])
def test_its_age(case: Any, minutes: Any, decision: str) -> None:
    """Older than the limit, or from the future by more than a clock's error, is for a person to confirm."""
    alert = case.alert(starts_at=case.now - timedelta(minutes=minutes))
    verdict = case.word(GUARD, case.facts(alerts=(alert,)))
    assert (verdict.decision, verdict.hard) == (decision, False)


def test_old_is_no_in_auto(case: Any) -> None:
    """Auto never acts on an old alert."""
    alert = case.alert(starts_at=case.now - timedelta(hours=2))
    assert case.word(GUARD, case.facts(alerts=(alert,), settings=case.guards(auto=(GRANT,)))).decision == "deny"


def test_the_newest_alert_counts(case: Any) -> None:
    """A fresh alert that joins makes an old incident fresh."""
    old = case.alert(fingerprint="bb", starts_at=case.now - timedelta(hours=5))
    assert case.word(GUARD, case.facts(alerts=(old, case.alert()))).decision == "allow"


def test_resolved_withdraws_the_offer(case: Any) -> None:
    """Once nothing fires it is a hard no in approve mode too."""
    verdict = case.word(GUARD, case.facts(alerts=(case.alert(status="resolved"),)))
    assert (verdict.decision, verdict.hard, verdict.then) == ("deny", True, "observe")


def test_an_earlier_start_does_not_keep_it_alive(case: Any) -> None:
    """An alert that was resolved at its latest start is over, whatever row an earlier start left behind."""
    earlier = case.alert(starts_at=case.now - timedelta(minutes=50))
    assert case.word(GUARD, case.facts(alerts=(case.alert(status="resolved"), earlier))).decision == "deny"


@pytest.mark.parametrize(("still", "decision"), [(True, "allow"), (None, "allow"), (False, "deny")])
def test_what_prometheus_says(case: Any, still: Any, decision: str) -> None:
    """Prometheus' no is a hard no; a rule that is not visible there says nothing."""
    verdict = case.word(GUARD, case.facts(still_firing=still))
    assert (verdict.decision, verdict.hard) == (decision, decision == "deny")


def test_no_alert_on_record(case: Any) -> None:
    """An incident without alerts is unknown, so a person is asked."""
    assert case.word(GUARD, case.facts(alerts=())).decision == "ask"
