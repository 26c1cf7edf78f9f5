"""How sure the diagnosis is."""

from __future__ import annotations

import math
from typing import Any

import pytest

GUARD = "min_confidence"


@pytest.mark.parametrize(
    ("confidence", "decision"), [(0.5, "allow"), (1.0, "allow"), (0.49, "ask"), (0.0, "ask"), (math.nan, "ask")]
)
def test_from_the_limit_on(case: Any, confidence: Any, decision: str) -> None:
    """The limit itself is enough; less, or no number, is for a person to confirm."""
    verdict = case.word(GUARD, case.facts(cause=case.cause(confidence=confidence)))
    assert (verdict.decision, verdict.hard) == (decision, False)


def test_without_a_diagnosis(case: Any) -> None:
    """An action that the configuration maps to an alert is asked about, and the reason says that no cause was found."""
    verdict = case.word(GUARD, case.facts(cause=None))
    assert verdict.decision == "ask"
    assert "no cause was found" in verdict.reason
