"""A ceiling over all that is done."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Budget, Seconds

GUARD = "action_budget"


def budget(case: Any, **limits: Any) -> Any:
    """Guards with these limits."""
    return case.guards(budget=replace(Budget(target=9, namespace=9, total=9), **limits))


@pytest.mark.parametrize("scope", ["target", "namespace", "total"])
def test_each_scope_has_its_own_limit(case: Any, scope: str) -> None:
    """With the limit reached in one scope it is a hard no that says where and when it clears; one below is allowed."""
    done = tuple(case.done_before(minutes) for minutes in (50.0, 20.0))
    verdict = case.word(GUARD, case.facts(settings=budget(case, **{scope: 2}), history=done))
    assert (verdict.decision, verdict.hard) == ("deny", True)
    assert "10 min" in verdict.clears_when
    assert case.word(GUARD, case.facts(settings=budget(case, **{scope: 3}), history=done)).decision == "allow"


def test_other_places_do_not_use_up_this_one(case: Any) -> None:
    """What was done elsewhere counts in total only."""
    elsewhere = replace(case.target, namespace="blog", name="web", uid="other")
    done = tuple(case.done_before(minutes, target=elsewhere) for minutes in (9.0, 8.0, 7.0))
    assert case.word(GUARD, case.facts(settings=budget(case, target=1, namespace=1), history=done)).decision == "allow"
    assert case.word(GUARD, case.facts(settings=budget(case, total=3), history=done)).decision == "deny"


def test_what_does_not_count(case: Any) -> None:
    """What was refused, undone, longer ago, or is the very doing at hand uses nothing up."""
    done = (
        case.done_before(5.0, state="refused"),
        case.done_before(6.0, direction="undo"),
        case.done_before(61.0),
        case.done_before(1.0, incident="i1"),
    )
    assert case.word(GUARD, case.facts(settings=budget(case, total=1), history=done)).decision == "allow"


def test_the_window_is_a_setting(case: Any) -> None:
    """A longer window remembers more."""
    settings = budget(case, total=1, window=Seconds(7200))
    assert case.word(GUARD, case.facts(settings=settings, history=(case.done_before(61.0),))).decision == "deny"


def test_unknown_is_no(case: Any) -> None:
    """A journal that cannot be read is a hard no."""
    assert case.word(GUARD, case.facts(history=None)).decision == "deny"
