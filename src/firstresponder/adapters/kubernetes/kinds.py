"""Which kinds can be named, and where the API server keeps them. Secrets are left out on purpose: nothing here reads one."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from firstresponder.errors import NotFound


class Kind(NamedTuple):
    """One row of the table."""

    api_version: str
    plural: str
    namespaced: bool = True


KINDS: dict[str, Kind] = {
    "ConfigMap": Kind("v1", "configmaps"),
    "ControllerRevision": Kind("apps/v1", "controllerrevisions"),
    "CronJob": Kind("batch/v1", "cronjobs"),
    "DaemonSet": Kind("apps/v1", "daemonsets"),
    "Deployment": Kind("apps/v1", "deployments"),
    "EndpointSlice": Kind("discovery.k8s.io/v1", "endpointslices"),
    "Endpoints": Kind("v1", "endpoints"),
    "Event": Kind("v1", "events"),
    "HorizontalPodAutoscaler": Kind("autoscaling/v2", "horizontalpodautoscalers"),
    "Ingress": Kind("networking.k8s.io/v1", "ingresses"),
    "Job": Kind("batch/v1", "jobs"),
    "Lease": Kind("coordination.k8s.io/v1", "leases"),
    "LimitRange": Kind("v1", "limitranges"),
    "Namespace": Kind("v1", "namespaces", namespaced=False),
    "NetworkPolicy": Kind("networking.k8s.io/v1", "networkpolicies"),
    "Node": Kind("v1", "nodes", namespaced=False),
    "PersistentVolume": Kind("v1", "persistentvolumes", namespaced=False),
    "PersistentVolumeClaim": Kind("v1", "persistentvolumeclaims"),
    "Pod": Kind("v1", "pods"),
    "PodDisruptionBudget": Kind("policy/v1", "poddisruptionbudgets"),
    "PriorityClass": Kind("scheduling.k8s.io/v1", "priorityclasses", namespaced=False),
    "ReplicaSet": Kind("apps/v1", "replicasets"),
    "ReplicationController": Kind("v1", "replicationcontrollers"),
    "ResourceQuota": Kind("v1", "resourcequotas"),
    "Service": Kind("v1", "services"),
    "ServiceAccount": Kind("v1", "serviceaccounts"),
    "StatefulSet": Kind("apps/v1", "statefulsets"),
    "StorageClass": Kind("storage.k8s.io/v1", "storageclasses", namespaced=False),
}


def kind_of(name: str) -> Kind:
    """Return a row. Raises NotFound for a kind that is not in the table."""
    if name not in KINDS:
        raise NotFound(f"kind {name!r} is not one that is read here; there are: {', '.join(KINDS)}")
    return KINDS[name]


def path(kind: str, namespace: str, name: str = "") -> str:
    """Return the path of an object, or of a collection; names are quoted, so that none can leave its place.

    An empty namespace means all of them (a collection only). Raises NotFound where no such place can exist.
    """
    row = kind_of(kind)
    root = f"/api/{row.api_version}" if row.api_version == "v1" else f"/apis/{row.api_version}"
    if name and row.namespaced and not namespace:
        raise NotFound(f"{kind} {name!r} lives in a namespace, and none was given")
    if name in {".", ".."} or namespace in {".", ".."}:
        raise NotFound(f"{kind} {namespace}/{name}: no object can be called so")
    place = f"{root}/namespaces/{quote(namespace, safe='')}" if row.namespaced and namespace else root
    return f"{place}/{row.plural}" + (f"/{quote(name, safe='')}" if name else "")
