"""Restarting a workload."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from firstresponder.model import Json, TargetRef
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.actions.restart_workload import ANNOTATION, RestartWorkload
from firstresponder.remediation.patch import Unmet, apply

AT = datetime(2026, 3, 10, 15, 30, 5, 123456, tzinfo=timezone(timedelta(hours=1)))
WRITTEN = "2026-03-10T14:30:05Z"
ACTION = RestartWorkload()


def workload(metadata: Json = None, kind: str = "Deployment", **spec: Json) -> Json:
    """A workload whose pod template has this metadata, or none."""
    template: dict[str, Any] = {"spec": {}} if metadata is None else {"metadata": metadata, "spec": {}}
    return {"kind": kind, "metadata": {"name": "api"}, "spec": {"template": template, **spec}}


def draft(target: Json, at: datetime = AT) -> Any:
    """Ask the action."""
    return ACTION.apply(target, [], {}, {}, at)


SHAPES: list[Json] = [
    None,
    {},
    {"labels": {"a": "b"}},
    {"annotations": {}},
    {"annotations": {"x": "y"}},
    {"annotations": {ANNOTATION: "old"}},
]


@pytest.mark.parametrize("kind", ACTION.kinds)
@pytest.mark.parametrize("metadata", SHAPES)
def test_it_sets_the_plans_time_and_keeps_the_rest(metadata: Json, kind: str) -> None:
    """Whatever maps are absent, the annotation is the plan's time in UTC, and everything else stays."""
    made = draft(workload(metadata, kind))
    assert isinstance(made, Draft)
    after = apply(workload(metadata, kind), made.ops)["spec"]["template"]["metadata"]
    assert after["annotations"].pop(ANNOTATION) == WRITTEN
    before = {key: value for key, value in ((metadata or {}).get("annotations") or {}).items() if key != ANNOTATION}
    assert after.pop("annotations") == before
    assert after == {key: value for key, value in (metadata or {}).items() if key != "annotations"}


@pytest.mark.parametrize("metadata", SHAPES)
def test_it_cannot_be_done_twice(metadata: Json) -> None:
    """Repeating the patch fails its own test: one plan, one restart."""
    ops = draft(workload(metadata)).ops
    with pytest.raises(Unmet):
        apply(apply(workload(metadata), ops), ops)


@pytest.mark.parametrize(("planned", "found"), [(None, {"labels": {}}), ({}, {"annotations": {"x": "y"}})])
def test_maps_that_appear_meanwhile_are_not_overwritten(planned: Json, found: Json) -> None:
    """A map that was absent when planned and is there now fails the test instead of being replaced."""
    with pytest.raises(Unmet):
        apply(workload(found), draft(workload(planned)).ops)


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (workload(paused=True), "is paused"),
        (workload(kind="StatefulSet", updateStrategy={"type": "OnDelete"}), "OnDelete"),
        (workload(kind="DaemonSet", updateStrategy={"type": "OnDelete"}), "OnDelete"),
        (workload(kind="StatefulSet", updateStrategy={"rollingUpdate": {"partition": 2}}), "partition 2"),
    ],
)
def test_a_restart_that_would_not_roll_is_refused(target: Json, word: str) -> None:
    """A paused or held workload would keep its pods: the reason says so."""
    refused = draft(target)
    assert isinstance(refused, CannotPlan)
    assert word in refused.reason


def test_it_has_no_inverse_and_says_so() -> None:
    """A restart escalates instead of being undone."""
    before = workload({})
    made = draft(before)
    assert ACTION.undo(TargetRef(kind="Deployment", name="api"), before, apply(before, made.ops)) is None
    assert "no inverse" in made.undo_note
    assert (ACTION.tier, ACTION.irreversible, AT.tzinfo is not UTC) == (1, False, True)
