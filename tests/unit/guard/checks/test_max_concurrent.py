"""Few repairs at a time."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from firstresponder.config import Concurrent

GUARD = "max_concurrent"


def running(case: Any, count: int, namespace: str = "shop") -> tuple[Any, ...]:
    """So many other incidents that are being repaired there."""
    row = case.facts().incident
    subject = replace(case.target, namespace=namespace)
    return tuple(replace(row, id=f"other-{number}", subject=subject) for number in range(count))


def test_a_namespace_has_its_limit(case: Any) -> None:
    """As many other repairs as the limit in the namespace are a hard no that names them; elsewhere they do not count."""
    settings = case.guards(concurrent=Concurrent(namespace=2, total=9))
    verdict = case.word(GUARD, case.facts(settings=settings, busy=running(case, 2)))
    assert (verdict.decision, verdict.hard) == ("deny", True)
    assert "other-0, other-1" in verdict.reason
    assert case.word(GUARD, case.facts(settings=settings, busy=running(case, 1))).decision == "allow"
    assert case.word(GUARD, case.facts(settings=settings, busy=running(case, 5, "blog"))).decision == "allow"


def test_the_whole_has_its_limit(case: Any) -> None:
    """Repairs elsewhere count for the total."""
    settings = case.guards(concurrent=Concurrent(namespace=9, total=3))
    assert case.word(GUARD, case.facts(settings=settings, busy=running(case, 3, "blog"))).decision == "deny"


def test_unknown_is_no(case: Any) -> None:
    """When nobody can say which repairs run it is a hard no."""
    assert case.word(GUARD, case.facts(busy=None)).decision == "deny"
