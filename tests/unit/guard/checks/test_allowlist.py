"""Action, kind and namespace, by name."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Allow

GUARD = "allowlist"
YES = Allow(action="rollback-deployment", namespace="shop")


@pytest.mark.parametrize(
    ("allow", "decision"),
    [
        ((), "deny"),
        ((YES,), "allow"),
        ((replace(YES, namespace="pay"), YES), "allow"),
        ((replace(YES, namespace="pay"),), "deny"),
        ((replace(YES, action="restart-workload"),), "deny"),
        ((replace(YES, kind="StatefulSet"),), "deny"),
        ((replace(YES, namespace="*"),), "deny"),
        ((replace(YES, action="*"),), "deny"),
        ((replace(YES, namespace=""),), "deny"),
        ((replace(YES, action=""),), "deny"),
        # Parts of two entries do not make one permission.
        ((replace(YES, namespace="pay"), replace(YES, action="restart-workload")), "deny"),
    ],
)
def test_only_what_one_entry_names_in_full(case: Any, allow: Any, decision: str) -> None:
    """An entry allows exactly its action, kind and namespace; none, empty or star allows nothing."""
    verdict = case.word(GUARD, case.facts(settings=case.guards(allow=allow)))
    assert (verdict.decision, verdict.hard) == (decision, True)


def test_an_empty_name_is_never_all(case: Any) -> None:
    """A target without a namespace is not allowed by an entry without a namespace."""
    target = replace(case.target, namespace="")
    settings = case.guards(allow=(replace(YES, namespace=""),))
    assert case.word(GUARD, case.facts(action=case.action(target=target), settings=settings)).decision == "deny"


def test_it_says_what_to_write(case: Any) -> None:
    """The denial names the entry that would allow it."""
    verdict = case.word(GUARD, case.facts(settings=case.guards(allow=())))
    assert verdict.clears_when == "guards.allow lists {action: rollback-deployment, kind: Deployment, namespace: shop}"
