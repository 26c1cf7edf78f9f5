"""The annotation that keeps us away."""

from __future__ import annotations

from typing import Any

import pytest

GUARD = "opt_out"


@pytest.mark.parametrize(
    ("value", "decision"),
    [("true", "deny"), ("True", "deny"), ("yes", "deny"), ("1", "deny"), ("false", "allow"), ("", "allow"), (None, "allow")],
)
@pytest.mark.parametrize("where", ["target", "owners", "namespace"])
def test_anywhere_above_counts(case: Any, where: str, value: Any, decision: str) -> None:
    """The annotation on the object, an owner or the namespace keeps us away, whatever word says yes."""
    annotations = {} if value is None else {"firstresponder.internal/opt-out": value}
    marked = {"kind": "Thing", "metadata": {"name": "marked", "annotations": annotations}}
    facts = case.facts(**{where: (marked,) if where == "owners" else marked})
    verdict = case.word(GUARD, facts)
    assert (verdict.decision, verdict.hard) == (decision, True)
    assert ("Thing marked" in verdict.reason) == (decision == "deny")
