"""Kubernetes objects → Prometheus text, with the names and labels of kube-state-metrics.

Source: docs/metrics/{workload,cluster}/*.md of kube-state-metrics v2. Only the series that the rules and usual queries read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Object = Mapping[str, Any]
Sample = tuple[str, dict[str, str], float]

PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
CONDITIONS = ("true", "false", "unknown")
_COUNTERS = {"kube_pod_container_status_restarts_total"}


def render(objects: Mapping[str, Iterable[Object]]) -> str:
    """Render all objects, given by kind (`pods`, `replicasets`, `deployments`, `nodes`)."""
    families: dict[str, list[str]] = {}
    for kind, read in _READERS.items():
        for thing in objects.get(kind, ()):
            for name, labels, value in read(thing):
                inside = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
                families.setdefault(name, []).append(f"{name}{{{inside}}} {value:.17g}")
    lines = []
    for name, samples in families.items():
        lines += [f"# TYPE {name} {'counter' if name in _COUNTERS else 'gauge'}", *samples]
    return "\n".join(lines) + "\n"


def pod(thing: Object) -> Iterator[Sample]:
    """Series of one pod and its containers."""
    meta, status = thing["metadata"], thing.get("status", {})
    base = {"namespace": meta["namespace"], "pod": meta["name"], "uid": meta["uid"]}
    for phase in PHASES:
        yield "kube_pod_status_phase", base | {"phase": phase}, float(status.get("phase") == phase)
    ready = _condition(status, "Ready")
    if ready is not None:
        for word in CONDITIONS:
            yield "kube_pod_status_ready", base | {"condition": word}, float(ready == word)
    yield from _owners("kube_pod_owner", base, meta)
    created_by = _controller(meta)
    info = {
        "host_ip": status.get("hostIP", ""),
        "pod_ip": status.get("podIP", ""),
        "node": thing.get("spec", {}).get("nodeName", ""),
        "created_by_kind": created_by.get("kind", ""),
        "created_by_name": created_by.get("name", ""),
    }
    yield "kube_pod_info", base | info, 1.0
    for container in status.get("containerStatuses", ()):
        yield from _container(base | {"container": container["name"]}, container)


def _container(labels: dict[str, str], status: Object) -> Iterator[Sample]:
    yield "kube_pod_container_status_restarts_total", labels, float(status.get("restartCount", 0))
    yield "kube_pod_container_status_ready", labels, float(bool(status.get("ready")))
    now = status.get("state", {})
    for state in ("running", "waiting", "terminated"):
        yield f"kube_pod_container_status_{state}", labels, float(state in now)
    if "waiting" in now:
        reason = now["waiting"].get("reason", "")
        yield "kube_pod_container_status_waiting_reason", labels | {"reason": reason}, 1.0
    if "terminated" in now:
        reason = now["terminated"].get("reason", "")
        yield "kube_pod_container_status_terminated_reason", labels | {"reason": reason}, 1.0
    last = status.get("lastState", {}).get("terminated")
    if last is not None:
        yield "kube_pod_container_status_last_terminated_reason", labels | {"reason": last.get("reason", "")}, 1.0
        yield "kube_pod_container_status_last_terminated_exitcode", labels, float(last.get("exitCode", 0))


def replicaset(thing: Object) -> Iterator[Sample]:
    """Series of one ReplicaSet."""
    meta = thing["metadata"]
    base = {"namespace": meta["namespace"], "replicaset": meta["name"]}
    yield from _owners("kube_replicaset_owner", base, meta)


def deployment(thing: Object) -> Iterator[Sample]:
    """Series of one Deployment."""
    meta, spec, status = thing["metadata"], thing.get("spec", {}), thing.get("status", {})
    base = {"namespace": meta["namespace"], "deployment": meta["name"]}
    values: Sequence[tuple[str, Any]] = (
        ("spec_replicas", spec.get("replicas", 1)),
        ("spec_paused", bool(spec.get("paused"))),
        ("metadata_generation", meta.get("generation", 0)),
        ("status_replicas", status.get("replicas", 0)),
        ("status_replicas_ready", status.get("readyReplicas", 0)),
        ("status_replicas_available", status.get("availableReplicas", 0)),
        ("status_replicas_unavailable", status.get("unavailableReplicas", 0)),
        ("status_replicas_updated", status.get("updatedReplicas", 0)),
        ("status_observed_generation", status.get("observedGeneration", 0)),
    )
    for name, value in values:
        yield f"kube_deployment_{name}", base, float(value)
    for condition in status.get("conditions", ()):
        labels = base | {"condition": condition["type"], "reason": condition.get("reason", "")}
        for word in CONDITIONS:
            held = float(condition["status"].lower() == word)
            yield "kube_deployment_status_condition", labels | {"status": word}, held


def node(thing: Object) -> Iterator[Sample]:
    """Series of one Node."""
    name = thing["metadata"]["name"]
    for condition in thing.get("status", {}).get("conditions", ()):
        for word in CONDITIONS:
            labels = {"node": name, "condition": condition["type"], "status": word}
            yield "kube_node_status_condition", labels, float(condition["status"].lower() == word)
    unschedulable = thing.get("spec", {}).get("unschedulable", False)
    yield "kube_node_spec_unschedulable", {"node": name}, float(unschedulable)


_READERS: dict[str, Callable[[Object], Iterator[Sample]]] = {
    "pods": pod,
    "replicasets": replicaset,
    "deployments": deployment,
    "nodes": node,
}


def _owners(name: str, base: dict[str, str], meta: Object) -> Iterator[Sample]:
    owners = meta.get("ownerReferences") or [{}]
    for owner in owners:
        is_controller = str(bool(owner["controller"])).lower() if "controller" in owner else ("false" if owner else "")
        labels = {
            "owner_kind": owner.get("kind", ""),
            "owner_name": owner.get("name", ""),
            "owner_is_controller": is_controller,
        }
        yield name, base | labels, 1.0


def _controller(meta: Object) -> Object:
    empty: Object = {}
    return next((owner for owner in meta.get("ownerReferences", ()) if owner.get("controller")), empty)


def _condition(status: Object, kind: str) -> str | None:
    for condition in status.get("conditions", ()):
        if condition["type"] == kind:
            return str(condition["status"]).lower()
    return None


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
