"""Scaling up, down, back and to zero."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.model import Json, TargetRef
from firstresponder.remediation import replicas
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.actions.restore_replicas import APPLIED, DESIRED, REVISION, RestoreReplicas
from firstresponder.remediation.actions.scale_down import ScaleDown
from firstresponder.remediation.actions.scale_to_zero import ScaleToZero
from firstresponder.remediation.actions.scale_up import ScaleUp
from firstresponder.remediation.patch import Unmet, apply

AT = datetime(2026, 3, 10, tzinfo=UTC)
REF = TargetRef(kind="Deployment", name="api")


def workload(count: int | None = 3, kind: str = "Deployment", **annotations: str) -> Json:
    """A workload of so many replicas."""
    template = {"metadata": {"labels": {"app": "api"}}, "spec": {}}
    spec = {"template": template} | ({} if count is None else {"replicas": count})
    return {"kind": kind, "metadata": {"name": "api", "annotations": annotations}, "spec": spec}


def hpa(kind: str = "Deployment", name: str = "api", made_by: str = "") -> Json:
    """An autoscaler of that workload."""
    owners = [{"kind": made_by, "name": "queue"}] if made_by else []
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "api-hpa", "ownerReferences": owners},
        "spec": {"scaleTargetRef": {"kind": kind, "name": name}},
    }


def pdb(labels: Json, *, allowed: int | None = 9, **spec: Json) -> Json:
    """A PodDisruptionBudget over pods with these labels."""
    status = {} if allowed is None else {"disruptionsAllowed": allowed}
    return {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "keep"},
        "spec": {"selector": {"matchLabels": labels}, **spec},
        "status": status,
    }


def ask(action: Any, target: Json, *beside: Json, facts: Json = None, **params: Json) -> Any:
    """Ask an action."""
    return action.apply(target, list(beside), params, facts or {}, AT)


def after(target: Json, made: Any) -> int:
    """The number that the draft leads to."""
    assert isinstance(made, Draft), made.reason
    return int(apply(target, made.ops)["spec"]["replicas"])


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({"to": 5, "ceiling": 8}, 5),
        ({"by": 2, "ceiling": 8}, 5),
        ({"factor": 1.5, "ceiling": 8}, 5),
        ({"by": 20, "ceiling": 8}, 8),
    ],
)
def test_up_by_number_or_factor_and_no_higher_than_the_ceiling(params: Any, number: int) -> None:
    """Each way of asking is understood, a fraction is rounded up, and the ceiling holds and is said."""
    made = ask(ScaleUp(), workload(), **params)
    assert after(workload(), made) == number
    assert ("ceiling" in made.summary) == (number == 8)


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({"to": 2, "floor": 1}, 2),
        ({"by": 1, "floor": 1}, 2),
        ({"factor": 0.5, "floor": 1}, 1),
        ({"by": 9, "floor": 2}, 2),
    ],
)
def test_down_by_number_or_factor_and_no_lower_than_the_floor(params: Any, number: int) -> None:
    """Each way of asking is understood, a fraction is rounded down, and the floor holds."""
    assert after(workload(), ask(ScaleDown(), workload(), **params)) == number


@given(
    now=st.integers(0, 50),
    way=st.sampled_from(replicas.WAYS),
    value=st.one_of(st.integers(-5, 99), st.floats(allow_nan=True), st.booleans(), st.text(max_size=2)),
    limit=st.one_of(st.integers(-5, 99), st.none(), st.booleans()),
)
def test_whatever_is_asked_the_limits_hold(now: int, way: str, value: Json, limit: Json) -> None:
    """Up never passes the ceiling nor lowers, down never passes the floor nor reaches zero; nonsense is a reason."""
    target = workload(now)
    up, down = ask(ScaleUp(), target, **{way: value, "ceiling": limit}), ask(ScaleDown(), target, **{way: value, "floor": limit})
    if isinstance(up, Draft):
        assert 0 < now < after(target, up) <= limit
    if isinstance(down, Draft):
        assert 1 <= limit <= after(target, down) < now


@pytest.mark.parametrize(
    ("action", "params", "word"),
    [
        (ScaleUp(), {"by": 1}, "ceiling: the step must set one"),
        (ScaleDown(), {"by": 1}, "floor: the step must set one"),
        (ScaleDown(), {"by": 1, "floor": 0}, "floor"),
        (ScaleUp(), {"ceiling": 9}, "it says none"),
        (ScaleUp(), {"by": 1, "to": 4, "ceiling": 9}, "it says to and by"),
        (ScaleUp(), {"by": True, "ceiling": 9}, "by: expected"),
        (ScaleUp(), {"to": 2, "ceiling": 9}, "has 3 replicas"),
        (ScaleUp(), {"by": 1, "ceiling": 3}, "the ceiling is 3"),
        (ScaleDown(), {"by": 1, "floor": 3}, "at least 3"),
    ],
)
def test_what_is_not_said_is_not_guessed(action: Any, params: Any, word: str) -> None:
    """Without a limit or a number, or with both, there is no plan, and the reason says what is missing."""
    refused = ask(action, workload(), **params)
    assert isinstance(refused, CannotPlan)
    assert word in refused.reason


@pytest.mark.parametrize("action", [ScaleUp(), ScaleDown(), RestoreReplicas()])
@pytest.mark.parametrize(
    ("made_by", "named"), [("", "HorizontalPodAutoscaler api-hpa"), ("ScaledObject", "KEDA (ScaledObject queue)")]
)
def test_an_autoscalers_number_is_its_own(action: Any, made_by: str, named: str) -> None:
    """Where an HPA or KEDA sets the number it is refused, and the reason names who does."""
    params = {"by": 1, "ceiling": 9, "floor": 1, "replicas": 9}
    assert named in ask(action, workload(), hpa(made_by=made_by), **params).reason
    for other in (hpa(kind="StatefulSet"), hpa(name="web")):
        assert isinstance(ask(action, workload(), other, **params), Draft)


@pytest.mark.parametrize(
    ("budget", "left"),
    [
        (pdb({"app": "api"}, minAvailable=3), 3),
        (pdb({"app": "api"}, allowed=1, maxUnavailable=1), 4),
        (pdb({"app": "web"}, allowed=0, minAvailable=5), 1),
        (pdb({"app": "api"}, minAvailable="50%"), 1),
    ],
)
def test_a_disruption_budget_is_a_floor(budget: Json, left: int) -> None:
    """What a budget over these pods demands stays, and no more go at once than it allows; another's does not count."""
    assert after(workload(5), ask(ScaleDown(), workload(5), budget, to=1, floor=1)) == left


def test_a_budget_that_does_not_say_allows_nothing() -> None:
    """Before its controller has counted, no pod is taken away."""
    refused = ask(ScaleDown(), workload(5), pdb({"app": "api"}, allowed=None), to=1, floor=1)
    assert "PodDisruptionBudget keep" in refused.reason


@pytest.mark.parametrize("kind", replicas.KINDS)
def test_zero_is_not_scaled_but_restored(kind: str) -> None:
    """What somebody turned off is not scaled up; restoring is another action, and it keeps to a record."""
    off = workload(0, kind)
    assert "restore-replicas" in ask(ScaleUp(), off, by=1, ceiling=5).reason
    assert "none is guessed" in ask(RestoreReplicas(), off).reason
    assert after(off, ask(RestoreReplicas(), off, replicas=4)) == 4


def revision(number: int, desired: int) -> Json:
    """A kept revision and the number that the controller noted on it."""
    return {"kind": "ReplicaSet", "metadata": {"annotations": {REVISION: str(number), DESIRED: str(desired)}}}


def test_the_best_record_of_the_number_counts() -> None:
    """The annotation goes before the runbook, the diagnosis, what was applied and the revisions, newest first."""
    applied = {APPLIED: json.dumps({"spec": {"replicas": 4}})}
    facts = {"replicas_before": 5}
    sets = [revision(9, 0), revision(1, 2), revision(8, 3)]
    off, noted = workload(0, **applied), workload(0, **{**applied, replicas.BEFORE: "7"})
    tries = [
        (noted, sets, {"replicas": 6}, facts, 7),
        (off, sets, {"replicas": 6}, facts, 6),
        (off, sets, {}, facts, 5),
        (off, sets, {}, {}, 4),
        (workload(0), sets, {}, {}, 3),
    ]
    for target, beside, params, known, number in tries:
        assert after(target, RestoreReplicas().apply(target, beside, params, known, AT)) == number


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"spec": null}', '{"spec": {"replicas": "4"}}'])
def test_an_unreadable_record_is_none(text: str) -> None:
    """What was last applied may be anything; only a number in its place counts."""
    assert "none is guessed" in ask(RestoreReplicas(), workload(0, **{APPLIED: text, replicas.BEFORE: "many"})).reason


def test_restoring_never_lowers() -> None:
    """A record below the present number is no reason to take pods away."""
    assert "nothing to restore" in ask(RestoreReplicas(), workload(3), replicas=2).reason


def test_from_zero_an_autoscaler_does_not_stand_in_the_way_but_keda_does() -> None:
    """An HPA rests at zero and goes on from any number; KEDA went to zero by itself."""
    assert after(workload(0), ask(RestoreReplicas(), workload(0), hpa(), replicas=4)) == 4
    assert "KEDA" in ask(RestoreReplicas(), workload(0), hpa(made_by="ScaledObject"), replicas=4).reason


@pytest.mark.parametrize("annotations", [None, {}, {"x": "y"}, {replicas.BEFORE: "9"}])
def test_zero_remembers_the_number_and_comes_back(annotations: Json) -> None:
    """The count is noted on the object, whatever annotations it has; undo restores number and note."""
    target = workload()
    target["metadata"]["annotations"] = annotations
    if annotations is None:
        del target["metadata"]["annotations"]
    made = ask(ScaleToZero(), target)
    off = apply(target, made.ops)
    assert (off["spec"]["replicas"], off["metadata"]["annotations"][replicas.BEFORE]) == (0, "3")
    undo = ScaleToZero().undo(REF, target, off)
    assert undo is not None
    again = apply(off, undo.ops)
    assert (again["spec"], again["metadata"]["annotations"]) == (target["spec"], annotations or {})
    assert "no replicas already" in ask(ScaleToZero(), off).reason


def test_zero_beside_autoscalers() -> None:
    """KEDA would scale it up again, so it is named; an HPA rests, and the note says so."""
    assert "KEDA (ScaledObject queue)" in ask(ScaleToZero(), workload(), hpa(made_by="ScaledObject")).reason
    assert "HorizontalPodAutoscaler api-hpa rests" in ask(ScaleToZero(), workload(), hpa()).undo_note


def test_a_number_that_changed_meanwhile_fails_the_test() -> None:
    """The patch is bound to the number that was read; an absent one is 1, and absent again after undo."""
    with pytest.raises(Unmet):
        apply(workload(4), ask(ScaleUp(), workload(), by=1, ceiling=9).ops)
    bare = workload(None)
    made = ask(ScaleUp(), bare, by=1, ceiling=9)
    assert after(bare, made) == 2
    undo = ScaleUp().undo(REF, bare, apply(bare, made.ops))
    assert undo is not None
    assert apply(apply(bare, made.ops), undo.ops) == bare
