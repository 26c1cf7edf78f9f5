"""A Deployment with its ReplicaSet and pods, in any state that a test wants."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from firstresponder.model import Json, TargetRef
from firstresponder.testing.cluster import FakeCluster

API = TargetRef(kind="Deployment", namespace="shop", name="api", uid="uid-api")


class Shop:
    """A Deployment `shop/api` of `desired` pods; revision 2 is the newest, revision 1 the one before."""

    def __init__(self, desired: int = 2) -> None:
        """Start healthy."""
        self.cluster = FakeCluster()
        self.desired = desired
        self.templates = {number: {"metadata": {"labels": {"app": "api"}}, "spec": {"image": f"i:{number}"}} for number in (1, 2)}
        for number, template in self.templates.items():
            pod = copy.deepcopy(template)
            pod["metadata"]["labels"]["pod-template-hash"] = f"h{number}"  # type: ignore[index]
            self.cluster.put(self.owned("ReplicaSet", f"api-h{number}", "uid-api", uid=f"uid-h{number}", spec={"template": pod}))
        self.workload()
        for number in range(desired):
            self.pod(f"api-{number}")

    def owned(self, kind: str, name: str, owner: str, *, uid: str = "", **rest: Json) -> Json:
        """An object with a controller."""
        metadata = {
            "name": name,
            "namespace": "shop",
            "uid": uid or f"uid-{name}",
            "labels": {"app": "api"},
            "ownerReferences": [{"uid": owner, "controller": True}],
        }
        return {"kind": kind, "metadata": metadata, **rest}

    def workload(self, *, generation: int = 2, spec: Any = None, **status: Json) -> None:
        """Set the Deployment; its status is healthy but for what is given."""
        number = self.desired
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), number)
        selector = {"matchLabels": {"app": "api"}}
        self.cluster.remove("Deployment", "shop", "api")
        self.cluster.put(
            {
                "kind": "Deployment",
                "metadata": {"name": "api", "namespace": "shop", "uid": "uid-api", "generation": generation},
                "spec": {"replicas": number, "selector": selector, "template": self.templates[2], **(spec or {})},
                "status": {"observedGeneration": 2, **counts, **status},
            }
        )

    def pod(
        self, name: str, *, revision: int = 2, restarts: int = 0, waits: str = "", leaving: bool = False, phase: str = "Running"
    ) -> None:
        """Set a pod."""
        state = {"waiting": {"reason": waits}} if waits else {"running": {}}
        containers = [{"name": "app", "restartCount": restarts, "state": state}]
        obj = self.owned("Pod", name, f"uid-h{revision}", status={"phase": phase, "containerStatuses": containers})
        if leaving:
            obj["metadata"]["deletionTimestamp"] = "2026-03-10T14:30:00Z"
        self.cluster.put(obj)

    target = API


@pytest.fixture
def shop() -> Shop:
    """A healthy Deployment of two pods."""
    return Shop()
