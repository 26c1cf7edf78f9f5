"""What every collector is handed: the alerts, the target, and questions that several of them ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from firstresponder.config import Limits
from firstresponder.evidence.owners import owned_by
from firstresponder.evidence.reads import CachedRead
from firstresponder.model import Alert, Evidence, Gap, Json, Permission, Resolution, TargetRef
from firstresponder.ports.logs import Logs
from firstresponder.redaction import Redactor
from firstresponder.selectors import plain, written

Finding = Evidence | Gap
# A collector yields what it finds as it finds it: what was yielded before a time limit struck is kept.
Collect = Callable[["Scene"], AsyncIterator[Finding]]


class Collector(Protocol):
    """A file in `collectors/`, as the catalog wants it."""

    NEEDS: tuple[Permission, ...]  # all that it reads in the alert's namespace, and cluster-wide resources

    def collect(self, scene: Scene) -> AsyncIterator[Finding]:
        """Yield what can be seen."""
        ...


_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})
_MAX_PODS = 12


@dataclass(frozen=True)
class Scene:
    """One investigation as its collectors see it. All reads are shared and counted."""

    alerts: tuple[Alert, ...]
    resolution: Resolution
    read: CachedRead
    logs: Logs
    limits: Limits
    at: datetime
    redactor: Redactor

    @property
    def subject(self) -> TargetRef | None:
        """The target; where there is none, the pod that was named."""
        return self.resolution.target or self.resolution.culprit

    async def workload(self) -> Json | None:
        """Return the workload in question: the target itself, or what an autoscaler scales. None where there is none."""
        subject = self.subject
        if subject is None:
            return None
        if subject.kind == "HorizontalPodAutoscaler":
            scaler = await self.read.get(subject.kind, subject.namespace, subject.name)
            scaled = (scaler.get("spec") or {}).get("scaleTargetRef") or {}
            return await self.read.get(str(scaled.get("kind", "")), subject.namespace, str(scaled.get("name", "")))
        if subject.kind in _WORKLOADS:
            return await self.read.get(subject.kind, subject.namespace, subject.name)
        return None

    async def replicasets(self) -> list[Json]:
        """Return the ReplicaSets that the workload controls, the newest revision first."""
        workload = await self.workload()
        if workload is None or workload.get("kind") != "Deployment":
            return []
        metadata = workload["metadata"]
        sets = await self.read.list(
            "ReplicaSet", metadata.get("namespace", ""), labels=written(workload.get("spec", {}).get("selector"))
        )
        return sorted((rs for rs in sets if owned_by(rs, metadata.get("uid", ""))), key=revision, reverse=True)

    async def pods(self) -> tuple[list[Json], bool]:
        """Return the subject's pods, the worst first, at least one of each ReplicaSet; and whether some were left out."""
        found = await self._pods()
        found.sort(key=trouble, reverse=True)
        kept: list[Json] = []
        owners: set[str] = set()
        rest: list[Json] = []
        for pod in found:
            owner = next((o.get("uid", "") for o in pod["metadata"].get("ownerReferences") or []), "")
            (rest if owner in owners else kept).append(pod)
            owners.add(owner)
        kept = sorted([*kept[:_MAX_PODS], *rest[: max(0, _MAX_PODS - len(kept))]], key=trouble, reverse=True)
        return kept, len(kept) < len(found)

    async def _pods(self) -> list[Json]:
        match self.subject:
            case None:
                return []
            case TargetRef(kind="Pod") as pod:
                return list(await self.read.list("Pod", pod.namespace, fields=f"metadata.name={pod.name}"))
            case TargetRef(kind="Node") as node:
                return list(await self.read.list("Pod", "", fields=f"spec.nodeName={node.name}"))
            case TargetRef(kind="Service") as named:
                service = await self.read.get("Service", named.namespace, named.name)
                selector = plain((service.get("spec") or {}).get("selector"))
                return list(await self.read.list("Pod", named.namespace, labels=selector)) if selector else []
            case TargetRef(kind="PersistentVolumeClaim") as claim:
                return [pod for pod in await self.read.list("Pod", claim.namespace) if claim.name in _claims(pod)]
        workload = await self.workload()
        return await self._controlled(workload) if workload is not None else []

    async def _controlled(self, workload: Json) -> list[Json]:
        namespace, uid = workload["metadata"].get("namespace", ""), workload["metadata"].get("uid", "")
        if workload.get("kind") == "CronJob":
            jobs = [job for job in await self.read.list("Job", namespace) if owned_by(job, uid)]
            uids = {job["metadata"]["uid"] for job in jobs}
            candidates = await self.read.list("Pod", namespace)
        else:
            uids = {uid, *(rs["metadata"]["uid"] for rs in await self.replicasets())}
            selector = written((workload.get("spec") or {}).get("selector"))
            candidates = await self.read.list("Pod", namespace, labels=selector)
        return [pod for pod in candidates if any(owned_by(pod, owner) for owner in uids)]


def revision(rs: Json) -> int:
    """Return a ReplicaSet's revision number; 0 where it has none."""
    number = (rs["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "")
    return int(number) if number.isdigit() else 0


def statuses(pod: Json) -> list[Json]:
    """Return the statuses of all containers of a pod, init containers first."""
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def ready(pod: Json) -> bool:
    """Whether the pod's Ready condition is true."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


def trouble(pod: Json) -> tuple[bool, bool, int, str]:
    """Order pods from healthy to worst: not ready, crashing, many restarts, young."""
    restarts = sum(int(status.get("restartCount") or 0) for status in statuses(pod))
    waiting = any((status.get("state") or {}).get("waiting") for status in statuses(pod))
    return not ready(pod), waiting, restarts, str(pod["metadata"].get("creationTimestamp") or "")


def _claims(pod: Json) -> set[str]:
    volumes = (pod.get("spec") or {}).get("volumes") or []
    return {str((volume.get("persistentVolumeClaim") or {}).get("claimName", "")) for volume in volumes}
