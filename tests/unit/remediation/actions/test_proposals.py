"""Proposed values: the diagnosis's, at allowed places only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.model import Json, TargetRef
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.actions.proposals import PROPOSALS
from firstresponder.remediation.kept import changes, written
from firstresponder.remediation.patch import ABSENT, apply, same

AT = datetime(2026, 3, 10, tzinfo=UTC)
BY_ID = {each.id: each for each in PROPOSALS}
C = "/spec/template/spec/containers/0"
REF = TargetRef(kind="Deployment", name="api")


def workload(**container: Json) -> Json:
    """A Deployment with one container."""
    resources = {"limits": {"memory": "128Mi", "cpu": "500m"}}
    pod = {"containers": [{"name": "app", "image": "i:1", "resources": resources, **container}], "volumes": [{"name": "v"}]}
    return {"kind": "Deployment", "metadata": {"name": "api"}, "spec": {"replicas": 2, "template": {"spec": pod}}}


def revision(**container: Json) -> Json:
    """A kept revision of it."""
    return {"kind": "ReplicaSet", "metadata": {}, "spec": workload(**container)["spec"]}


def step(op: str, path: str, value: Json = None) -> Json:
    """One operation of a diagnosis's patch."""
    return {"op": op, "path": path, "value": value}


def ask(action: str, target: Json, *steps: Json, beside: Any = ()) -> Any:
    """Ask an action."""
    return BY_ID[action].apply(target, list(beside), {}, {"patch": list(steps)}, AT)


def done(action: str, target: Json, *steps: Json, beside: Any = ()) -> Json:
    """The object after the change; undo restores it where there is one."""
    made = ask(action, target, *steps, beside=beside)
    assert isinstance(made, Draft), made.reason
    after = apply(target, made.ops)
    undo = BY_ID[action].undo(REF, target, after)
    assert undo is None or apply(after, undo.ops) == target
    assert (undo is None) == made.undo_note.startswith("none")
    return after


def test_a_limit_is_raised_to_the_value_of_the_diagnosis() -> None:
    """Only that value changes, and undo restores it."""
    after = done("raise-memory-limit", workload(), step("replace", f"{C}/resources/limits/memory", "256Mi"))
    assert after["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] == {"memory": "256Mi", "cpu": "500m"}


@pytest.mark.parametrize("value", ["128Mi", "64Mi", "0.1Gi", "1e9", "much", None, True, 5])
def test_what_is_no_raise_is_refused(value: Json) -> None:
    """Equal, lower, or no quantity: nothing is raised by it."""
    refused = ask("raise-memory-limit", workload(), step("replace", f"{C}/resources/limits/memory", value))
    assert isinstance(refused, CannotPlan)


@pytest.mark.parametrize("facts", [{}, {"patch": None}, {"patch": []}, {"patch": "raise it"}, {"limit": "1Gi"}])
@pytest.mark.parametrize("action", PROPOSALS, ids=lambda each: each.id)
def test_without_a_value_nothing_is_invented(action: Any, facts: Json) -> None:
    """No detector names one: the reason says so."""
    refused = action.apply(workload(), [], {"patch": [step("add", f"{C}/x", 1)]}, facts, AT)
    assert isinstance(refused, CannotPlan)
    assert "none is invented" in refused.reason


@pytest.mark.parametrize(
    ("action", "bad"),
    [
        ("raise-memory-limit", step("replace", "/spec/replicas", 9)),
        ("raise-memory-limit", step("replace", f"{C}/resources/limits/cpu", "9")),
        ("raise-memory-limit", step("replace", f"{C}/resources/limits", {"memory": "256Mi"})),  # takes the CPU limit away
        ("fix-probe", step("replace", f"{C}/image", "evil:1")),
        ("fix-config", step("add", "/spec/template/spec/volumes/0/hostPath", {"path": "/"})),
        ("fix-config", step("add", "/spec/template/spec/hostNetwork", True)),  # noqa: FBT003
        ("fix-scheduling-constraint", step("add", "/spec/template/spec/serviceAccountName", "admin")),
        ("fix-security-context", step("add", f"{C}/securityContext", {"privileged": True})),
        ("fix-security-context", step("add", f"{C}/securityContext", {"capabilities": {"add": ["SYS_ADMIN"]}})),
        ("fix-security-context", step("add", f"{C}/securityContext", {"runAsUser": 0})),
        ("add-resource-requests", step("add", f"{C}/resources/limits/memory", "1Gi")),  # declared already
        ("fix-probe", step("add", "/metadata/labels/x", "y")),
        ("fix-probe", step("add", f"{C}/livenessProbe/httpGet/port", 80)),  # there is no probe
        ("fix-probe", step("move", f"{C}/livenessProbe")),
        ("fix-probe", "nonsense"),
    ],
)
def test_another_place_or_more_rights_are_refused(action: str, bad: Json) -> None:
    """Beside the allowed places, and whatever gives a container more rights, nothing passes; the good half neither."""
    refused = ask(action, workload(), bad)
    assert isinstance(refused, CannotPlan), refused
    assert "Deployment api" in refused.reason


def test_a_restriction_is_not_taken_away() -> None:
    """A security context may only become stricter or other, not laxer."""
    strict = workload(securityContext={"runAsNonRoot": True, "runAsUser": 5})
    assert "restriction" in ask("fix-security-context", strict, step("replace", f"{C}/securityContext", {"runAsUser": 7})).reason
    assert "restriction" in ask("fix-security-context", strict, step("remove", f"{C}/securityContext")).reason
    done("fix-security-context", strict, step("replace", f"{C}/securityContext/runAsUser", 7))


def test_a_stale_diagnosis_is_refused() -> None:
    """Its own tests must hold on the object as it is now."""
    fresh = step("replace", f"{C}/resources/limits/memory", "1Gi")
    assert "no longer what" in ask("raise-memory-limit", workload(), step("test", f"{C}/image", "i:0"), fresh).reason
    done("raise-memory-limit", workload(), step("test", f"{C}/image", "i:1"), fresh)


def test_a_command_comes_from_an_earlier_revision_or_from_a_person() -> None:
    """A command line may hold secrets and is not kept on disk: it is found again in the revision that had it."""
    broken, good = workload(command=["serve", "--typo"]), ["serve", "--port"]
    change = step("replace", f"{C}/command", good)
    assert "no earlier revision holds it" in ask("fix-command", broken, change).reason
    after = done("fix-command", broken, change, beside=[revision(command=good)])
    assert after["spec"]["template"]["spec"]["containers"][0]["command"] == good


def test_without_a_revision_that_keeps_it_there_is_no_undo() -> None:
    """A StatefulSet's earlier template is not read back, so a command there has no inverse, and the note says so."""
    target = {**workload(command=["a", "b"]), "kind": "StatefulSet"}
    made = ask("fix-command", target, step("remove", f"{C}/command"))
    assert made.undo_note.startswith("none")
    assert BY_ID["fix-command"].undo(REF, target, apply(target, made.ops)) is None


def test_items_of_lists_are_replaced_or_added_at_the_end() -> None:
    """Other positions would move what the other operations mean."""
    target = workload(env=[{"name": "A"}, {"name": "B"}])
    for bad in (
        step("add", f"{C}/env/0", {"name": "C"}),
        step("remove", f"{C}/env/0"),
        step("replace", f"{C}/env/2", {"name": "C"}),
    ):
        assert "at its end" in ask("fix-config", target, bad).reason
    for good in (step("add", f"{C}/env/-", {"name": "C"}), step("add", f"{C}/env/2", {"name": "C"})):
        after = done("fix-config", target, good)
        assert [each["name"] for each in after["spec"]["template"]["spec"]["containers"][0]["env"]] == ["A", "B", "C"]
    assert "overlap" in ask("fix-config", target, step("remove", f"{C}/env"), step("replace", f"{C}/env/0/name", "C")).reason


def test_a_service_and_an_autoscaler_are_watched_for_their_value() -> None:
    """They roll nothing out: the probe is that the value stays."""
    service = {"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "wbe"}, "ports": [{"port": 80}]}}
    after = done("fix-service", service, step("replace", "/spec/selector/app", "web"))
    (probe,) = BY_ID["fix-service"].probes(REF, service, after)
    assert (probe.kind, probe.params) == ("stored", {"values": [["/spec/selector/app", "web", "wbe"]]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, old=JSON)
def test_written_leaf_by_leaf_it_is_the_same_value(value: Json, old: Json) -> None:
    """However deep a value is, its operations put exactly it in the place of whatever was there."""
    assert same(apply({"a": old}, list(written("/a", value, "replace"))), {"a": value})


@given(one=JSON, other=JSON)
def test_differences_are_all_there_is(one: Json, other: Json) -> None:
    """Equal values have none, different ones have some, and each names two sides that differ."""
    found = list(changes(one, other))
    assert bool(found) is not same(one, other)
    assert not any(same(old, new) or (old is ABSENT and new is ABSENT) for _, old, new in found)


def test_every_proposal_always_asks_and_is_a_known_action() -> None:
    """No grant lifts the question."""
    assert all(each.always_asks and each.tier == 2 and not each.irreversible for each in PROPOSALS)
    assert all(each.id.startswith(("fix-", "raise-", "add-")) for each in PROPOSALS)
