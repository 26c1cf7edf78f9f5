"""Raising an autoscaler's maximum, suspending a CronJob, cordoning and uncordoning a node."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from firstresponder.model import Json, TargetRef
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.actions.cordon_node import CORDON_NODE
from firstresponder.remediation.actions.raise_hpa_max import RaiseHpaMax
from firstresponder.remediation.actions.suspend_cronjob import SUSPEND_CRONJOB
from firstresponder.remediation.actions.uncordon_node import UNCORDON_NODE
from firstresponder.remediation.patch import Unmet, apply

AT = datetime(2026, 3, 10, tzinfo=UTC)


def thing(kind: str, **spec: Json) -> Json:
    """An object."""
    return {"kind": kind, "metadata": {"name": "x"}, "spec": spec}


def ask(action: Any, target: Json, **params: Json) -> Any:
    """Ask an action."""
    return action.apply(target, [], params, {}, AT)


@pytest.mark.parametrize(
    ("action", "before", "field", "value"),
    [
        (SUSPEND_CRONJOB, thing("CronJob"), "suspend", True),
        (SUSPEND_CRONJOB, thing("CronJob", suspend=False), "suspend", True),
        (CORDON_NODE, thing("Node"), "unschedulable", True),
        (UNCORDON_NODE, thing("Node", unschedulable=True), "unschedulable", False),
    ],
)
def test_a_flag_is_set_once_and_taken_back(action: Any, before: Json, field: str, value: bool) -> None:  # noqa: FBT001  # a row of the table
    """The flag is set, repeating it fails its own test, undo restores exactly, and what is set already is said."""
    made = ask(action, before)
    after = apply(before, made.ops)
    assert after["spec"][field] is value
    with pytest.raises(Unmet):
        apply(after, made.ops)
    ref = TargetRef(kind=before["kind"], name="x")
    assert apply(after, action.undo(ref, before, after).ops) == before
    refused = ask(action, after)
    assert isinstance(refused, CannotPlan)
    assert "already" in refused.reason
    # A server leaves out what is false: taking that back puts the flag in again.
    gone = {**after, "spec": {}}
    if not value:
        assert apply(gone, action.undo(ref, before, gone).ops) == before


def test_a_maximum_goes_up_to_the_ceiling() -> None:
    """By number or factor, never above the ceiling, back to the earlier one on undo."""
    before = thing("HorizontalPodAutoscaler", maxReplicas=4)
    made = ask(RaiseHpaMax(), before, factor=3, ceiling=10)
    after = apply(before, made.ops)
    assert after["spec"]["maxReplicas"] == 10
    assert "12 were asked for" in made.summary
    undo = RaiseHpaMax().undo(TargetRef(kind="HorizontalPodAutoscaler", name="x"), before, after)
    assert undo is not None
    assert apply(after, undo.ops) == before


@pytest.mark.parametrize(
    ("owners", "params", "word"),
    [
        ([], {"by": 2}, "ceiling"),
        ([], {"ceiling": 9}, "no number is guessed"),
        ([], {"by": 2, "ceiling": 4}, "the ceiling is 4"),
        ([{"kind": "ScaledObject", "name": "queue"}], {"by": 2, "ceiling": 9}, "KEDA (ScaledObject queue) made"),
    ],
)
def test_a_maximum_is_not_guessed_nor_taken_from_keda(owners: Any, params: Any, word: str) -> None:
    """Without number or ceiling, at the ceiling, or where KEDA made it: a reason."""
    target = thing("HorizontalPodAutoscaler", maxReplicas=4)
    target["metadata"]["ownerReferences"] = owners
    refused = ask(RaiseHpaMax(), target, **params)
    assert isinstance(refused, CannotPlan)
    assert word in refused.reason
