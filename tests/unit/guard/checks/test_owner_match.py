"""The very object, and nothing above it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

GUARD = "owner_match"


def test_the_object_that_was_planned_for(case: Any) -> None:
    """The same kind, place and UID, with nothing above, is allowed."""
    assert case.word(GUARD, case.facts()).decision == "allow"


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"uid": "other"}, "deleted and made anew"),
        ({"uid": None}, "deleted and made anew"),
        ({"name": "web"}, "shop/web"),
        ({"namespace": "pay"}, "pay/api"),
        ({"ownerReferences": [{"controller": True, "kind": "Kafka", "name": "main"}]}, "Kafka main controls"),
    ],
)
def test_another_object_or_one_that_is_controlled(case: Any, metadata: Any, said: str) -> None:
    """Another UID, name or namespace, or a controller above it, is refused by name."""
    verdict = case.word(GUARD, case.facts(target=case.deployment(metadata=metadata)))
    assert (verdict.decision, verdict.hard) == ("deny", True)
    assert said in verdict.reason


def test_an_owner_that_does_not_control(case: Any) -> None:
    """An owner reference for garbage collection only is no controller."""
    metadata = {"ownerReferences": [{"kind": "App", "name": "shop"}]}
    assert case.word(GUARD, case.facts(target=case.deployment(metadata=metadata))).decision == "allow"


def test_owners_that_were_found(case: Any) -> None:
    """Owners found by UID are refused even where the reference was not seen."""
    assert case.word(GUARD, case.facts(owners=(case.deployment(metadata={"name": "top"}),))).decision == "deny"


def test_a_plan_without_a_uid(case: Any) -> None:
    """A plan that does not know which object it is for is refused."""
    action = case.action(target=replace(case.target, uid=""))
    assert case.word(GUARD, case.facts(action=action, target=case.deployment(metadata={"uid": ""}))).decision == "deny"
