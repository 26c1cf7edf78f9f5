"""What was approved is what is done."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.model import Touched

GUARD = "approval_binding"


def test_exactly_what_was_approved(case: Any) -> None:
    """The same plan, object and values are allowed; while asking nothing is bound."""
    assert case.word(GUARD, case.facts(**case.approved())).decision == "allow"
    assert case.word(GUARD, case.facts()).decision == "allow"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fresh_digest": "d2"}, "facts changed"),
        ({"fresh_digest": ""}, "not known"),
        ({"bound": None}, "not known"),
    ],
)
def test_digests_that_differ(case: Any, change: Any, said: str) -> None:
    """A digest that differs or is missing voids the approval."""
    verdict = case.word(GUARD, case.facts(**case.approved(**change)))
    assert (verdict.decision, verdict.hard) == ("deny", True)
    assert said in verdict.reason


def test_an_approval_of_another_plan(case: Any) -> None:
    """An approval that names another digest, or a plan without one, is void."""
    other = case.facts(**case.approved(approved=case.choice(plan_digest="d2")))
    nameless = case.facts(**case.approved(approved=case.choice(plan_digest=""), bound=case.plan(digest=""), fresh_digest=""))
    assert case.word(GUARD, other).decision == "deny"
    assert case.word(GUARD, nameless).decision == "deny"


def variants(case: Any) -> list[tuple[Any, str]]:
    """Actions that differ from what was approved, and what is said of each."""
    return [
        (case.action(target=replace(case.target, uid="other")), "target changed"),
        (case.action(target=replace(case.target, name="web")), "target changed"),
        (case.restart(), "target changed"),
        (case.action(touched=(Touched(path="/spec/template/image", old="api:5", new="api:3"),)), "no longer what was shown"),
        (case.action(touched=()), "no longer what was shown"),
        (case.action(template_hash="t6"), "no longer what was shown"),
    ]


@pytest.mark.parametrize("number", range(6))
def test_an_action_that_differs(case: Any, number: int) -> None:
    """Another object, action, value or template than was approved is refused, even under the same digest."""
    action, said = variants(case)[number]
    verdict = case.word(GUARD, case.facts(**case.approved(action=action)))
    assert verdict.decision == "deny"
    assert said in verdict.reason


def test_a_value_that_somebody_changed(case: Any) -> None:
    """A live value that is not what the plan starts from voids the approval; the path is named, the value may be secret."""
    live = case.deployment(spec={"template": {"image": "api:6"}})
    verdict = case.word(GUARD, case.facts(**case.approved(target=live)))
    assert verdict.decision == "deny"
    assert "/spec/template/image" in verdict.reason
    assert "api:6" not in str(verdict)


@pytest.mark.parametrize(("image", "decision"), [("api:4", "allow"), ("api:5", "deny"), ("api:9", "deny")])
def test_an_undo_takes_back_only_what_was_written(case: Any, image: str, decision: str) -> None:
    """Before an undo the object must hold what the repair wrote; what somebody set since is theirs."""
    live = case.deployment(spec={"template": {"image": image}})
    facts = case.facts(**case.approved(direction="undo", target=live, fresh_digest=""))
    assert case.word(GUARD, facts).decision == decision


def test_an_unread_object(case: Any) -> None:
    """An object that cannot be compared is refused."""
    assert case.word(GUARD, case.facts(**case.approved(target=None))).decision == "deny"


@pytest.mark.parametrize(
    ("annotations", "decision"), [({}, "allow"), ({"a/b": None}, "allow"), ({"a/b": "x"}, "deny"), ({"a": {"b": "x"}}, "allow")]
)
def test_a_value_that_was_not_there(case: Any, annotations: Any, decision: str) -> None:
    """A value that the plan found absent must still be absent; a slash in a key is one step of the path."""
    action = case.action(touched=(Touched(path="/metadata/annotations/a~1b", old=None, new="y"),))
    live = case.deployment(metadata={"annotations": annotations})
    facts = case.facts(**case.approved(action=action, bound=case.plan(action=action), target=live))
    assert case.word(GUARD, facts).decision == decision
