"""Many incidents at once."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.config import Storm

GUARD = "storm"


@pytest.mark.parametrize(("opened", "decision"), [(0, "allow"), (4, "allow"), (5, "deny"), (6, "deny")])
def test_a_storm_stops_repairs(case: Any, opened: int, decision: str) -> None:
    """From the limit on it is a hard no, and the tool only observes."""
    verdict = case.word(GUARD, case.facts(settings=case.guards(storm=Storm(incidents=5)), opened_lately=opened))
    assert (verdict.decision, verdict.hard) == (decision, True)
    assert verdict.then == ("observe" if decision == "deny" else "")


def test_unknown_is_no(case: Any) -> None:
    """When nobody can count them it is a hard no."""
    assert case.word(GUARD, case.facts(opened_lately=None)).decision == "deny"
