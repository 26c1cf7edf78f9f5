"""What a change does to pods, and what the guards make of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Allow, Auto
from firstresponder.guard.effects import effect_of, takes_pods
from firstresponder.model import Json, TargetRef, Touched

NODE = TargetRef(kind="Node", name="n1", uid="u1")


def scaling(case: Any, old: int, new: int, kind: str = "Deployment") -> Any:
    """A change of the number of replicas."""
    target = replace(case.target, kind=kind)
    return case.action(action="scale-down", target=target, touched=(Touched(path="/spec/replicas", old=old, new=new),))


def cordon(case: Any) -> Any:
    """A cordon of node n1."""
    touched = (Touched(path="/spec/unschedulable", old=None, new=True),)
    return case.action(action="cordon-node", target=NODE, touched=touched, template_hash="")


def node(name: str = "n1", *, ready: str = "True", taint: str = "", labels: Json = None, **spec: Json) -> Json:
    """A node."""
    taints = [{"key": "k", "effect": taint}] if taint else []
    metadata = {"name": name, "uid": "u1", "labels": labels or {}}
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    return {"kind": "Node", "metadata": metadata, "spec": {"taints": taints, **spec}, "status": status}


def on_node(case: Any, *others: Json, **change: Any) -> Any:
    """The facts of cordoning n1, which is allowed."""
    live = change.pop("target", node())
    allow = change.pop("allow", (Allow(action="cordon-node", kind="Node", namespace=""),))
    settings = case.guards(allow=allow)
    return case.facts(
        **{"action": cordon(case), "target": live, "nodes": (live, *others), "settings": settings, "pods": None, **change}
    )


@pytest.mark.parametrize(
    ("kind", "paths", "effect"),
    [
        ("Deployment", ["/spec/replicas"], "scales"),
        ("Deployment", ["/metadata/annotations/a~1b", "/spec/replicas"], "scales"),
        ("Deployment", ["/spec/template"], "rolls"),
        ("Deployment", ["/spec/replicas", "/spec/template/x"], "rolls"),
        ("Deployment", ["/spec/strategy"], "rolls"),
        ("Rollout", ["/spec/anything"], "rolls"),
        ("Deployment", [], "rolls"),
        ("Node", ["/spec/unschedulable"], "none"),
        ("HorizontalPodAutoscaler", ["/spec/maxReplicas"], "none"),
    ],
)
def test_what_a_change_does_to_pods(case: Any, kind: str, paths: list[str], effect: str) -> None:
    """Only the number scales; what is not known to leave pods alone replaces them."""
    touched = tuple(Touched(path=path, old=1, new=2) for path in paths)
    assert effect_of(case.action(target=replace(case.target, kind=kind), touched=touched)) == effect


@pytest.mark.parametrize(
    ("kind", "wanted", "after", "ready", "decision"),
    [
        ("Deployment", 3, 6, 3, "allow"),
        ("Deployment", 3, 1, 3, "allow"),
        ("Deployment", 3, 1, 1, "allow"),  # pods that are not ready go first
        ("Deployment", 3, 0, 3, "deny"),
        ("Deployment", 3, 0, 0, "deny"),
        ("Deployment", 0, 3, 0, "allow"),  # restored from zero
        ("StatefulSet", 3, 2, 2, "allow"),
        ("StatefulSet", 3, 2, 1, "deny"),  # the highest ordinal goes, ready or not
        ("StatefulSet", 3, 1, 0, "allow"),  # nothing is left to lose
    ],
)
def test_scaling_leaves_a_pod_that_serves(  # noqa: PLR0917  # a row of the table
    case: Any, kind: str, wanted: int, after: int, ready: int, decision: str
) -> None:
    """Up is fine, down keeps one ready pod, and zero is nobody's to do yet."""
    target = {**case.settled(spec={"replicas": wanted}), "kind": kind}
    facts = case.facts(action=scaling(case, wanted, after, kind), target=target, pods=case.pods(ready=ready))
    assert case.word("last_replica", facts).decision == decision


def test_scaling_waits_for_a_rollout(case: Any) -> None:
    """A number is not changed in the middle of somebody's rollout."""
    action = scaling(case, 3, 5)
    assert case.word("rollout_in_progress", case.facts(action=action)).decision == "deny"
    assert case.word("rollout_in_progress", case.facts(action=action, target=case.settled())).decision == "allow"


@pytest.mark.parametrize(
    ("other", "takes"),
    [
        (node("n2"), True),
        (node("n2", ready="False"), False),
        (node("n2", unschedulable=True), False),
        (node("n2", taint="NoSchedule"), False),
        (node("n2", taint="PreferNoSchedule"), True),
    ],
)
def test_the_last_node_that_takes_pods_is_not_cordoned(case: Any, other: Json, takes: bool) -> None:  # noqa: FBT001  # a row
    """Another ready, open node has to be there; unknown nodes are no."""
    assert takes_pods(other) is takes
    assert case.word("last_replica", on_node(case, other)).decision == ("allow" if takes else "deny")
    assert case.word("last_replica", on_node(case, other, nodes=None)).decision == "deny"


@pytest.mark.parametrize("label", ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"])
def test_nodes_of_the_control_plane_are_never_touched(case: Any, label: str) -> None:
    """The label alone counts, whatever its value."""
    assert case.word("never_touch", on_node(case, target=node(labels={label: ""}))).decision == "deny"
    assert case.word("never_touch", on_node(case)).decision == "allow"


@pytest.mark.parametrize(
    "guard", ["opt_out", "owner_match", "rollout_in_progress", "gitops_owner", "action_budget", "max_concurrent"]
)
def test_a_node_has_no_namespace_and_no_pods_and_that_is_known(case: Any, guard: str) -> None:
    """What a node cannot have is not taken for unknown."""
    assert case.word(guard, on_node(case, namespace=None)).decision == "allow"


def test_a_node_that_opted_out_is_left_alone(case: Any) -> None:
    """The annotation counts on a node as anywhere."""
    out = node()
    out["metadata"]["annotations"] = {"firstresponder.internal/opt-out": "true"}
    assert case.word("opt_out", on_node(case, target=out)).decision == "deny"


def test_a_node_is_allowed_by_an_empty_namespace_only(case: Any) -> None:
    """The rule for a node has the namespace "" written out; that is no wildcard for anything in a namespace."""
    assert case.word("allowlist", on_node(case)).decision == "allow"
    for allow in (
        (),
        (Allow(action="cordon-node", namespace=""),),
        (Allow(action="cordon-node", kind="Node", namespace="shop"),),
    ):
        assert case.word("allowlist", on_node(case, allow=allow)).decision == "deny"
    everywhere = case.guards(allow=(Allow(action="rollback-deployment", namespace=""),))
    assert case.word("allowlist", case.facts(settings=everywhere)).decision == "deny"


def test_a_proposed_value_is_asked_about_even_where_auto_was_granted(case: Any) -> None:
    """A grant for exactly this does not lift the question of an action that always asks."""
    grant = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")
    settings = case.guards(auto=(grant,))
    assert case.word("execution_mode", case.facts(settings=settings)).decision == "allow"
    asks = case.action(always_asks=True)
    assert case.word("execution_mode", case.facts(settings=settings, action=asks)).decision == "ask"
    assert case.word("approval_ttl", case.facts(settings=settings, action=asks, at_gate=True)).decision == "deny"
