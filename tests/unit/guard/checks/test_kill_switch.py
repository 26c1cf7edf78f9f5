"""The kill switch."""

from __future__ import annotations

from typing import Any

from firstresponder.guard.facts import Unknown
from firstresponder.model import Hold

GUARD = "kill_switch"


def test_off_is_allow(case: Any) -> None:
    """A switch that was read and is off says nothing against it."""
    assert case.word(GUARD, case.facts(hold=None)).decision == "allow"


def test_engaged_names_who_and_why(case: Any) -> None:
    """An engaged switch denies, and names the person, the reason and what releases it."""
    hold = Hold(by="ann", why="deploy freeze", at=case.now, source="/etc/stop")
    verdict = case.word(GUARD, case.facts(hold=hold))
    assert (verdict.decision, verdict.hard, verdict.then) == ("deny", True, "observe")
    assert "ann" in verdict.reason
    assert "deploy freeze" in verdict.reason
    assert "/etc/stop" in verdict.clears_when


def test_unreadable_is_no(case: Any) -> None:
    """A switch that could not be read denies, with what stood in the way."""
    verdict = case.word(GUARD, case.facts(hold=Unknown(why="disk full")))
    assert verdict.decision == "deny"
    assert "disk full" in verdict.reason
