"""A workload as it is now: its counts, and the pods of its newest revision."""

from __future__ import annotations

import copy
from typing import Any

from firstresponder.errors import NotFound
from firstresponder.model import Json, Noun, Permission, TargetRef
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.selectors import written

NEEDS: tuple[Permission, ...] = (*Permission.each("list", "", "pods"), *Permission.each("list", "apps", "replicasets"))
"""Beside the workload itself, which the action must be allowed to read."""
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""The kinds that have pods of their own to look at."""
HASH_LABEL = "pod-template-hash"
_ENDED = frozenset({"Succeeded", "Failed"})


class Workload(Noun, frozen=True, kw_only=True):
    """One look. `newest` is None where no revision of the present template exists yet; `pods` are all, by UID."""

    obj: Json
    desired: int
    updated: int
    ready: int
    available: int
    total: int  # pods of all revisions, as the controller counts them
    newest: tuple[Json, ...] | None
    pods: tuple[Json, ...]

    @property
    def observed(self) -> bool:
        """Whether the status speaks about the present spec."""
        generation = self.obj["metadata"].get("generation", 0)
        return bool((self.obj.get("status") or {}).get("observedGeneration", 0) >= generation)


async def see(read: ClusterRead, target: TargetRef) -> Workload:
    """Look at a Deployment, StatefulSet or DaemonSet: two or three reads.

    Raises NotFound (also when another object has the name now), Forbidden, Unreachable.
    """
    obj = await read.get(target.kind, target.namespace, target.name)
    uid = obj["metadata"]["uid"]
    if target.uid not in {"", uid}:
        raise NotFound(f"{target} with UID {target.uid} is gone; another of that name has UID {uid}")
    labels = written(obj["spec"].get("selector"))
    listed = await read.list("Pod", target.namespace, labels=labels)
    if target.kind == "Deployment":
        sets = [item for item in await read.list("ReplicaSet", target.namespace, labels=labels) if _owner(item) == uid]
        owners = {item["metadata"]["uid"] for item in sets}
        pods = tuple(pod for pod in listed if _owner(pod) in owners and _current(pod))
        newest = _of_deployment(obj, sets, pods)
    else:
        pods = tuple(pod for pod in listed if _owner(pod) == uid and _current(pod))
        newest = _of_revision(obj, pods)
    return _counted(obj, newest, pods)


def restarts(pod: Json) -> int:
    """All restarts of a pod's containers, init containers included."""
    return sum(int(status.get("restartCount", 0)) for status in statuses(pod))


def statuses(pod: Json) -> list[Json]:
    """The status of each container, init containers first."""
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _owner(obj: Json) -> str:
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((str(owner.get("uid", "")) for owner in owners if owner.get("controller")), "")


def _current(pod: Json) -> bool:
    """A pod that is neither on its way out nor at its end."""
    return not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("phase") not in _ENDED


def _of_deployment(obj: Json, sets: list[Json], pods: tuple[Json, ...]) -> tuple[Json, ...] | None:
    """The pods of the ReplicaSet that has the Deployment's present template."""
    match = next((item for item in sets if _template(item) == obj["spec"]["template"]), None)
    if match is None:
        return None
    return tuple(pod for pod in pods if _owner(pod) == match["metadata"]["uid"])


def _template(replicaset: Json) -> Json:
    template: dict[str, Any] = copy.deepcopy(replicaset["spec"]["template"])
    ((template.get("metadata") or {}).get("labels") or {}).pop(HASH_LABEL, None)
    return template


def _of_revision(obj: Json, pods: tuple[Json, ...]) -> tuple[Json, ...]:
    """The pods that carry the newest revision's label; all of them where the controller names none."""
    status, annotations = obj.get("status") or {}, obj["metadata"].get("annotations") or {}
    if obj["kind"] == "DaemonSet":
        label, wanted = "pod-template-generation", annotations.get("deprecated.daemonset.template.generation")
    else:
        label, wanted = "controller-revision-hash", status.get("updateRevision")
    return tuple(pod for pod in pods if not wanted or (pod["metadata"].get("labels") or {}).get(label) == wanted)


def _counted(obj: Json, newest: tuple[Json, ...] | None, pods: tuple[Json, ...]) -> Workload:
    status = obj.get("status") or {}
    if obj["kind"] == "DaemonSet":
        names = ("updatedNumberScheduled", "numberReady", "numberAvailable", "currentNumberScheduled")
        desired = status.get("desiredNumberScheduled", 0)
    else:
        names = ("updatedReplicas", "readyReplicas", "availableReplicas", "replicas")
        desired = obj["spec"].get("replicas", 1)
    updated, ready, available, total = (int(status.get(name) or 0) for name in names)
    return Workload(
        obj=obj, desired=int(desired), updated=updated, ready=ready, available=available, total=total, newest=newest, pods=pods
    )
