"""System namespaces, critical workloads, our own pods and bare pods are never touched."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.guard.objects import controller, meta, spec
from firstresponder.model import Json, Verdict

GUARD = Guard(name="never_touch", hard=True, undo=True)

SYSTEM_PREFIXES = ("kube-", "openshift-", "gke-")
SYSTEM_NAMESPACES = frozenset({
    "openshift", "calico-system", "calico-apiserver", "tigera-operator", "cilium", "gmp-system", "metallb-system",
    "cattle-system", "istio-system", "linkerd", "cert-manager", "gatekeeper-system", "longhorn-system", "rook-ceph",
})  # fmt: skip
CRITICAL_CLASSES = frozenset({"system-cluster-critical", "system-node-critical"})
CRITICAL_PRIORITY = 2_000_000_000
"""From here on Kubernetes keeps priorities for itself (scheduling API, HighestUserDefinablePriority is half of it)."""

CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
"""Labels of nodes that the control plane runs on, today's and the one before (Kubernetes, well-known labels)."""


def check(facts: Facts) -> Verdict:
    """Allow what is none of these."""
    return _node(facts) if facts.planned().target.kind == "Node" else _workload(facts)


def _node(facts: Facts) -> Verdict:
    labels = meta(facts.live()).get("labels") or {}
    role = next((each for each in CONTROL_PLANE if each in labels), "")
    if role:
        return _no("the cluster itself runs on this node", role, "")
    return GUARD.allow("no node of the control plane", measured=facts.place())


def _workload(facts: Facts) -> Verdict:
    action, live = facts.planned(), facts.live()
    namespace = action.target.namespace
    if namespace.startswith(SYSTEM_PREFIXES) or namespace in SYSTEM_NAMESPACES:
        return _no(f"{namespace} is a system namespace", namespace, "")
    if namespace in facts.settings.never_touch:
        return _no(f"the configuration says never to touch namespace {namespace}", namespace, "guards.never_touch says otherwise")
    if live.get("kind") == "Pod" and controller(live) is None:
        return _no("a bare pod does not come back once it is gone", facts.place(), "a controller owns it")
    template = live if live.get("kind") == "Pod" else spec(live).get("template") or {}
    pod = spec(template)
    if pod.get("priorityClassName") in CRITICAL_CLASSES or int(pod.get("priority") or 0) >= CRITICAL_PRIORITY:
        name = str(pod.get("priorityClassName") or pod.get("priority"))
        return _no(f"the cluster depends on it: its priority is {name}", name, "")
    if facts.own_namespace and namespace == facts.own_namespace and _covers(facts.own_labels, meta(template).get("labels") or {}):
        return _no("these are the pods of this tool itself", facts.place(), "")
    return GUARD.allow("no system, critical or own workload", measured=facts.place())


def _no(reason: str, measured: str, clears_when: str) -> Verdict:
    return GUARD.deny(reason, measured=measured, limit="never", clears_when=clears_when or "never", then="escalate")


def _covers(selector: str, labels: dict[str, Json]) -> bool:
    """Whether the labels carry everything that `a=b,c=d` names; an empty selector covers all."""
    pairs = (part.partition("=") for part in selector.split(",") if part.strip())
    return all(labels.get(name.strip()) == value.strip() for name, _, value in pairs)
