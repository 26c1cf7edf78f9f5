"""A small shop in memory: the Deployment `api`, a healthy release and one that crashes, and the controllers' part.

It behaves as the recorded ones do: a rollout of the good template becomes healthy, of the bad one it keeps the old pods
and crash-loops the new ones. `cursed` makes every pod crash from then on, whatever it runs.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from firstresponder.model import Json, TargetRef
from firstresponder.testing import objects
from firstresponder.testing.cluster import FakeCluster

GOOD = "registry.example/app:v1"
BAD = "registry.example/app:v2"
REPLICAS = 3


class Shop:
    """A cluster with the Deployment shop/api at revision 5, which crashes; revision 4 ran well."""

    def __init__(self, *, new_release: bool = True) -> None:
        """`new_release=False`: the same symptom, but there was no release: the old revision itself began to crash."""
        self.cursed = False
        self.cluster = FakeCluster(on_rollout=self._roll_out)
        self._revision = 5 if new_release else 4
        good, bad = objects.template(objects.container(image=GOOD)), objects.template(objects.container(image=BAD))
        self.cluster.put(_namespace())
        self.cluster.put(objects.node())
        if new_release:
            self._write(bad, self._revision, old=good)
        else:
            self._write(good, self._revision, old=None, crash=True)

    @property
    def target(self) -> TargetRef:
        """The Deployment."""
        found = self.deployment()
        return TargetRef(kind="Deployment", name="api", namespace="shop", api_version="apps/v1", uid=found["metadata"]["uid"])

    def deployment(self) -> Json:
        """The Deployment as it is now."""
        return self.cluster.look("Deployment", "shop", "api")

    def image(self) -> str:
        """The image that the template names now."""
        name: str = self.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
        return name

    def crashing(self) -> str:
        """The name of a pod that crash-loops."""
        for key, pod in self.cluster.objects.items():
            if key[0] == "Pod" and not pod["status"]["containerStatuses"][0]["ready"]:
                return key[2]
        raise LookupError("no pod crashes")

    def touch(self) -> None:
        """Somebody else changes the Deployment: another image in the template."""
        found = self.deployment()
        found["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/app:v3"
        self.cluster.put(found)

    def curse(self) -> None:
        """From now on every pod crashes."""
        self.cursed = True
        found = self.deployment()
        self._write(found["spec"]["template"], self._revision, old=None, crash=True)

    def _roll_out(self, _: FakeCluster, workload: Json) -> None:
        self._revision += 1
        template = copy.deepcopy(workload["spec"]["template"])
        image = template["spec"]["containers"][0]["image"]
        if self.cursed:
            self._write(template, self._revision, old=None, crash=True, workload=workload)
        elif image == GOOD:
            self._write(template, self._revision, old=None, workload=workload)
        else:
            old = objects.template(objects.container(image=GOOD))
            self._write(template, self._revision, old=old, workload=workload)

    def _write(self, new: Json, revision: int, *, old: Json | None, crash: bool = False, workload: Json = None) -> None:
        """Put the Deployment, its ReplicaSets and pods as the controllers would leave them."""
        cluster = self.cluster
        crashes = crash or new["spec"]["containers"][0]["image"] != GOOD
        ready = REPLICAS if not crashes else (REPLICAS - 1 if old is not None else 0)
        made = 3.0 if old is not None or workload is not None else 9999.0
        if workload is None:
            workload = objects.deployment(
                revision=revision, replicas=REPLICAS, ready=ready, pod_template=new, available=(ready > 0, 9999)
            )
        workload["metadata"].setdefault("annotations", {})[objects.REVISION] = str(revision)
        workload["status"] = _status(workload, ready, complete=not crashes)
        stored = cluster.put(workload)
        fixed = {**stored, "metadata": {**stored["metadata"], "generation": stored["metadata"]["generation"]}}
        fixed["status"]["observedGeneration"] = fixed["metadata"]["generation"]
        cluster.put(fixed)
        for key in [key for key in cluster.objects if key[0] == "Pod"]:
            cluster.remove(*key)
        newest = cluster.put(objects.replicaset(fixed, revision, new, made=made, replicas=1 if old else REPLICAS))
        if old is not None:
            previous = cluster.put(
                objects.replicaset(fixed, revision - 1, old, made=9999, replicas=REPLICAS - 1, ready=REPLICAS - 1)
            )
            for number in range(REPLICAS - 1):
                cluster.put(objects.pod(previous, f"old{number}", [objects.running(since=9000)], made=9000))
        for number in range(1 if old is not None else REPLICAS):
            status = objects.crashed(code=3) if crashes else objects.running(since=0.1, image=GOOD)
            pod = cluster.put(objects.pod(newest, f"r{revision}x{number}", [status], made=made))
            if crashes:
                name = f"shop/{pod['metadata']['name']}/app"
                cluster.logs[name] = cluster.logs[f"{name}@previous"] = "loading config\nFATAL: missing scheme\n"


def _namespace() -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "uid-ns-shop", "labels": {}}}


def _status(workload: Json, ready: int, *, complete: bool) -> Json:
    updated = REPLICAS if complete or ready == 0 else 1
    return {
        "observedGeneration": workload["metadata"].get("generation", 1),
        "replicas": REPLICAS if complete or ready == 0 else ready + 1,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": REPLICAS - ready,
        "conditions": [
            {"type": "Available", "status": "True" if ready else "False", "lastTransitionTime": objects.ago(9999)},
            {
                "type": "Progressing",
                "status": "True",
                "reason": "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated",
                "lastTransitionTime": objects.ago(3),
            },
        ],
    }


def alert_body(pod: str, status: str = "firing", started: datetime | None = None) -> Json:
    """Return a webhook body about one pod of the shop, as kube-prometheus-stack's rule makes it."""
    started = started or datetime(2026, 3, 10, 14, 27, tzinfo=UTC)
    one = {
        "status": status,
        "labels": {
            "alertname": "KubePodCrashLooping",
            "namespace": "shop",
            "pod": pod,
            "container": "app",
            "reason": "CrashLoopBackOff",
            "severity": "warning",
            "job": "kube-state-metrics",
        },
        "annotations": {"summary": "Pod is crash looping."},
        "startsAt": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if status == "resolved":
        one["endsAt"] = started.strftime("%Y-%m-%dT%H:%M:59Z")
    return {"version": "4", "groupKey": "{}:{namespace=shop}", "status": status, "alerts": [one]}
