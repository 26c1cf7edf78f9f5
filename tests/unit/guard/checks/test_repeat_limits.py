"""Not too soon, and not again and again."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Auto

GUARD = "repeat_limits"
GRANT = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")


@pytest.mark.parametrize(
    ("minutes", "decision", "then"),
    [
        ([], "allow", ""),
        ([14], "ask", "wait"),
        ([16], "allow", ""),
        ([40, 16], "ask", "wait"),  # the second time it waits twice as long
        ([60, 31], "allow", ""),
        ([600, 300, 200], "ask", "escalate"),  # the cap
        ([1500, 300, 200], "allow", ""),  # the first one is out of the window
    ],
)
def test_the_cool_down_grows_up_to_the_cap(case: Any, minutes: Any, decision: str, then: str) -> None:
    """15 minutes after the first time, 30 after the second, and a person after the third in a day."""
    facts = case.facts(history=tuple(case.done_before(each) for each in minutes))
    verdict = case.word(GUARD, facts)
    assert (verdict.decision, verdict.then, verdict.hard) == (decision, then, False)


@pytest.mark.parametrize(
    "change",
    [{"action": "restart-workload"}, {"direction": "undo"}, {"state": "refused"}, {"incident": "i1"}],
)
def test_what_does_not_count(case: Any, change: Any) -> None:
    """Another action, an undo, a refusal and the doing at hand are no repeat."""
    assert case.word(GUARD, case.facts(history=(case.done_before(1, **change),))).decision == "allow"


def test_another_target_does_not_count(case: Any) -> None:
    """The same name with another UID is another object."""
    entry = case.done_before(1, target=replace(case.target, uid="other"))
    assert case.word(GUARD, case.facts(history=(entry,))).decision == "allow"


@pytest.mark.parametrize("state", ["intent", "failed", "done"])
def test_what_may_have_written_counts(case: Any, state: str) -> None:
    """An intent and a failure count like a deed: they may have changed something."""
    assert case.word(GUARD, case.facts(history=(case.done_before(1, state=state),))).decision == "ask"


def test_an_unread_journal(case: Any) -> None:
    """Without the journal a person is asked, and auto is refused."""
    assert case.word(GUARD, case.facts(history=None)).decision == "ask"
    assert case.word(GUARD, case.facts(history=None, settings=case.guards(auto=(GRANT,)))).decision == "deny"
