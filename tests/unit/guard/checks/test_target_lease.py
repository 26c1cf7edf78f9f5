"""One repair per target at a time."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.guard.facts import UNKNOWN

GUARD = "target_lease"


@pytest.mark.parametrize(("rival", "decision"), [(None, "allow"), ("i9", "deny"), (UNKNOWN, "deny")])
def test_somebody_else_at_work(case: Any, rival: Any, decision: str) -> None:
    """Another holder denies and says to wait; not knowing is the same."""
    verdict = case.word(GUARD, case.facts(rival=rival))
    assert (verdict.decision, verdict.then) == (decision, "" if decision == "allow" else "wait")


def test_it_names_the_rival(case: Any) -> None:
    """The reason says who is at work."""
    assert "i9" in case.word(GUARD, case.facts(rival="i9")).reason
