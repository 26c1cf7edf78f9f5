"""Rolling a Deployment back."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from firstresponder.model import Json, TargetRef
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.actions.rollback_deployment import REVISION, RollbackDeployment
from firstresponder.remediation.patch import Unmet, apply

AT = datetime(2026, 3, 10, tzinfo=UTC)
ACTION = RollbackDeployment()


def template(image: str) -> Json:
    """A pod template."""
    return {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [{"name": "app", "image": image}]}}


def deployment(image: str = "i:3", revision: str = "3", **spec: Json) -> Json:
    """A Deployment."""
    metadata = {"name": "api", "annotations": {REVISION: revision}}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"template": template(image), **spec}}


def replicaset(revision: int, image: str = "") -> Json:
    """Its ReplicaSet of one revision."""
    pod = template(image or f"i:{revision}")
    pod["metadata"]["labels"]["pod-template-hash"] = f"h{revision}"
    return {"metadata": {"annotations": {REVISION: str(revision)}}, "spec": {"template": pod}}


SETS = [replicaset(1), replicaset(2), replicaset(3)]


def draft(params: Any = None, facts: Any = None, target: Json = None, sets: Any = None) -> Any:
    """Ask the action."""
    return ACTION.apply(target or deployment(), SETS if sets is None else sets, params or {}, facts or {}, AT)


def test_it_puts_the_good_revisions_template_back() -> None:
    """The template of the fact's revision, without the controller's label, replaces the whole old one."""
    made = draft(facts={"good_revision": 2})
    assert isinstance(made, Draft)
    assert apply(deployment(), made.ops)["spec"]["template"] == template("i:2")
    assert made.summary == "Roll back Deployment api from revision 3 to 2"
    assert SETS[1] == replicaset(2)


def test_a_runbooks_revision_goes_before_the_fact() -> None:
    """A parameter is a person's word."""
    assert draft(params={"revision": 1}, facts={"good_revision": 2}).summary.endswith("to 1")


def test_a_template_that_changed_meanwhile_fails_the_test() -> None:
    """The patch is bound to the whole template that was replaced."""
    with pytest.raises(Unmet):
        apply(deployment("i:hotfix"), draft(facts={"good_revision": 2}).ops)


def test_undo_restores_exactly() -> None:
    """Do and undo after it leave the object as it was."""
    before = deployment()
    after = apply(before, draft(facts={"good_revision": 2}).ops)
    undo = ACTION.undo(TargetRef(kind="Deployment", name="api"), before, after)
    assert undo is not None
    assert apply(after, undo.ops) == before


@pytest.mark.parametrize("unsure", [{}, {"good_revision": None}, {"good_revision": "2"}, {"good_revision": True}])
def test_without_a_known_good_revision_it_refuses(unsure: dict[str, Json]) -> None:
    """It never guesses the last one."""
    assert "none is guessed" in draft(facts=unsure).reason


@pytest.mark.parametrize(
    ("refused", "word"),
    [
        (draft(facts={"good_revision": 9}), "not kept any more (kept: 1, 2, 3)"),
        (draft(facts={"good_revision": 2}, sets=[]), "(kept: none)"),
        (draft(facts={"good_revision": 3}), "is what Deployment api runs now"),
        (draft(facts={"good_revision": 2}, sets=[replicaset(2, "i:3")]), "is what Deployment api runs now"),
        (draft(facts={"good_revision": 2}, target=deployment(paused=True)), "is paused"),
    ],
)
def test_it_refuses_with_the_reason(refused: Any, word: str) -> None:
    """A revision that is gone, current or equal, and a paused Deployment, are reasons and not faults."""
    assert isinstance(refused, CannotPlan)
    assert word in refused.reason


def test_the_current_revision_is_found_by_its_template() -> None:
    """The controller's annotation may lag behind: the ReplicaSet with the live template says where we come from."""
    assert "from revision 3 to 1" in draft(facts={"good_revision": 1}, target=deployment(revision="2")).summary


def test_it_mutates_nothing_that_it_was_given() -> None:
    """The method is pure."""
    target, sets = deployment(), copy.deepcopy(SETS)
    draft(facts={"good_revision": 1}, target=target, sets=sets)
    assert (target, sets) == (deployment(), SETS)
