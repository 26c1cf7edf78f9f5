"""Once, in time, and young."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Auto

GUARD = "approval_ttl"
GRANT = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")


@pytest.mark.parametrize(
    ("offered", "decided", "decision"),
    [
        (5, 1, "allow"),
        (29, 0, "allow"),
        (40, 9, "deny"),  # 31 minutes to decide
        (40, 11, "allow"),
        (55, 31, "deny"),  # decided in time, and lay about since
        (55, 29, "allow"),
        (5, -2, "deny"),  # from the future
    ],
)
def test_in_time_and_young(case: Any, offered: Any, decided: Any, decision: str) -> None:
    """An approval counts for 30 minutes, and only if it came within 30 minutes of the offer."""
    bound = case.plan(created_at=case.now - timedelta(minutes=offered))
    choice = case.choice(at=case.now - timedelta(minutes=decided))
    verdict = case.word(GUARD, case.facts(**case.approved(bound=bound, approved=choice)))
    assert (verdict.decision, verdict.hard) == (decision, True)


@pytest.mark.parametrize("word", ["rejected", "expired", "withdrawn", "void"])
def test_any_other_word_is_no(case: Any, word: str) -> None:
    """A choice that does not say approved is no approval, and the reason says by whom."""
    verdict = case.word(GUARD, case.facts(**case.approved(approved=case.choice(word=word))))
    assert verdict.decision == "deny"
    assert f"{word} by ann" in verdict.reason


def test_the_recorded_end_of_the_offer_counts(case: Any) -> None:
    """Where the incident says when the offer ends, that is the end."""
    facts = case.facts(**case.approved())
    ended = replace(facts.incident, ask_expires_at=case.now - timedelta(minutes=2))
    assert case.word(GUARD, replace(facts, incident=ended)).decision == "deny"


def test_silence_is_no(case: Any) -> None:
    """At the gate a missing approval is a no, where nothing else was granted; while asking it is not."""
    assert case.word(GUARD, case.facts(at_gate=True)).decision == "deny"
    assert case.word(GUARD, case.facts(at_gate=True, settings=case.guards(auto=(GRANT,)))).decision == "allow"
    assert case.word(GUARD, case.facts()).decision == "allow"
