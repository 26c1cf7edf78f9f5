"""System namespaces, critical workloads, our own pods, bare pods."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

GUARD = "never_touch"


def in_namespace(case: Any, namespace: str) -> dict[str, Any]:
    """The same plan in another namespace."""
    return {"action": case.action(target=replace(case.target, namespace=namespace))}


def pod_spec(case: Any, **spec: Any) -> dict[str, Any]:
    """The target with this in its pods' spec."""
    return {"target": case.deployment(spec={"template": {"metadata": {"labels": {"app": "api"}}, "spec": spec}})}


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", "kube-node-lease", "openshift-dns", "cattle-system", "pay"])
def test_system_and_listed_namespaces(case: Any, namespace: str) -> None:
    """System namespaces are refused without any setting, and those that the configuration lists."""
    facts = case.facts(**in_namespace(case, namespace), settings=case.guards(never_touch=("pay",)))
    verdict = case.word(GUARD, facts)
    assert verdict.decision == "deny"
    assert namespace in verdict.reason


@pytest.mark.parametrize("namespace", ["shop", "kubernetes-apps", "paypal"])
def test_other_namespaces(case: Any, namespace: str) -> None:
    """A namespace whose name only resembles a system or listed one is not refused."""
    facts = case.facts(**in_namespace(case, namespace), settings=case.guards(never_touch=("pay",)))
    assert case.word(GUARD, facts).decision == "allow"


@pytest.mark.parametrize(
    "spec",
    [{"priorityClassName": "system-cluster-critical"}, {"priorityClassName": "system-node-critical"}, {"priority": 2000000000}],
)
def test_critical_workloads(case: Any, spec: Any) -> None:
    """A workload of a critical priority class is refused."""
    assert case.word(GUARD, case.facts(**pod_spec(case, **spec))).decision == "deny"


def test_an_ordinary_priority(case: Any) -> None:
    """A workload of any other priority is not refused."""
    assert case.word(GUARD, case.facts(**pod_spec(case, priorityClassName="gold", priority=1000))).decision == "allow"


@pytest.mark.parametrize(
    ("namespace", "labels", "decision"),
    [
        ("", "", "allow"),
        ("shop", "", "deny"),
        ("shop", "app=api", "deny"),
        ("shop", "app=firstresponder", "allow"),
        ("shop", "app=api,part=web", "allow"),
        ("ops", "app=api", "allow"),
    ],
)
def test_our_own_pods(case: Any, namespace: str, labels: str, decision: str) -> None:
    """Our own pods are refused; where their labels are not known, our whole namespace is."""
    assert case.word(GUARD, case.facts(own_namespace=namespace, own_labels=labels)).decision == decision


def test_a_bare_pod(case: Any) -> None:
    """A pod that nothing controls does not come back, so it is refused; one with a controller is not."""
    pod = {"kind": "Pod", "metadata": {"name": "api"}, "spec": {}}
    assert case.word(GUARD, case.facts(target=pod)).decision == "deny"
    owned = {**pod, "metadata": {"ownerReferences": [{"controller": True, "kind": "ReplicaSet", "name": "api-5"}]}}
    assert case.word(GUARD, case.facts(target=owned)).decision == "allow"
