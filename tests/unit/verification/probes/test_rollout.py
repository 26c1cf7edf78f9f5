"""One look at a rollout."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.model import Probe
from firstresponder.verification.baseline import baseline
from firstresponder.verification.living import BAD_WAITS
from firstresponder.verification.look import Look
from firstresponder.verification.probes.rollout import look


async def looked(shop: Any, before: Any = None) -> Look:
    """Look once."""
    before = before or await baseline(shop.cluster, shop.target)
    return await look(shop.cluster, Probe(kind="rollout", target=shop.target), before)


async def test_a_done_rollout_with_living_pods_is_healthy(shop: Any) -> None:
    """All pods new, ready, available and not restarted: healthy, with the figures."""
    seen = await looked(shop)
    assert (seen.state, seen.worse) == ("healthy", False)
    assert seen.figures == {
        "desired": 2,
        "updated": 2,
        "ready": 2,
        "available": 2,
        "pods": 2,
        "max_restarts": 0,
        "restarted_at": "",
    }


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"generation": 3}, "has not seen the change"),
        ({"updatedReplicas": 1}, "1 of 2 pods are of the newest revision"),
        ({"replicas": 3}, "1 pods of an old revision are left"),
        ({"readyReplicas": 1}, "1 of 2 pods are ready"),
        ({"readyReplicas": None}, "0 of 2 pods are ready"),
        ({"availableReplicas": 1}, "1 of 2 pods are available"),
        ({"spec": {"paused": True}}, "paused"),
        ({"spec": {"replicas": 0}}, "nothing is proven"),
        ({"spec": {"replicas": 3}}, "2 of 3 pods"),
        ({"spec": {"template": {"metadata": {"labels": {"app": "api"}}, "spec": {"image": "i:3"}}}}, "no revision"),
    ],
)
async def test_what_is_not_done_is_rolling(shop: Any, change: dict[str, Any], word: str) -> None:
    """A rollout under way is neither good nor bad, and the look says what is missing."""
    shop.workload(**change)
    seen = await looked(shop)
    assert seen.state == "rolling"
    assert word in seen.detail


async def test_a_status_that_is_ahead_of_the_pods_is_rolling(shop: Any) -> None:
    """Counts alone prove nothing: the pods of the newest revision must be there."""
    shop.pod("api-1", leaving=True)
    assert (await looked(shop)).state == "rolling"


@pytest.mark.parametrize("reason", sorted(BAD_WAITS))
async def test_a_container_that_waits_for_good_is_failing(shop: Any, reason: str) -> None:
    """A crash loop or an image that cannot be pulled fails the look, whatever the counts say."""
    shop.pod("api-1", waits=reason)
    seen = await looked(shop)
    assert seen.state == "failing"
    assert reason in seen.detail


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
async def test_a_container_that_is_being_made_is_not_failing(shop: Any, reason: str) -> None:
    """Waiting for the kubelet is part of every start."""
    shop.pod("api-1", waits=reason)
    assert (await looked(shop)).state == "healthy"


async def test_restarts_since_the_action_are_failing_though_it_is_ready(shop: Any) -> None:
    """A ready pod that restarted since the action fails; restarts from before it do not."""
    shop.pod("api-0", restarts=7)
    before = await baseline(shop.cluster, shop.target)
    assert (await looked(shop, before)).state == "healthy"
    shop.pod("api-0", restarts=8)
    assert "pod api-0 restarted 1 times since" in (await looked(shop, before)).detail
    shop.pod("api-0", restarts=7)
    shop.pod("api-new", restarts=1)
    assert (await looked(shop, before)).state == "failing"


async def test_a_crashing_init_container_is_failing(shop: Any) -> None:
    """Init containers count like others."""
    obj = shop.cluster.look("Pod", "shop", "api-0")
    obj["status"]["initContainerStatuses"] = [
        {"name": "init", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    ]
    before = await baseline(shop.cluster, shop.target)
    shop.cluster.put(obj)
    assert "restarted 3 times" in (await looked(shop, before)).detail


async def test_pods_of_the_old_revision_do_not_speak(shop: Any) -> None:
    """The bad release's pods crash until they are gone: that is no failure of the repair."""
    before = await baseline(shop.cluster, shop.target)
    shop.pod("bad", revision=1, restarts=40, waits="CrashLoopBackOff")
    shop.pod("evicted", revision=2, restarts=3, phase="Failed")
    shop.pod("leaving", revision=2, restarts=3, waits="CrashLoopBackOff", leaving=True)
    assert (await looked(shop, before)).state == "healthy"


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        ({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}, "progress deadline"),
        ({"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}, "exceeded quota"),
    ],
)
async def test_the_controllers_own_no_is_failing_once_it_is_about_this_spec(shop: Any, condition: Any, word: str) -> None:
    """A condition counts only when the controller has seen the present spec: before, it is about the old one."""
    shop.workload(conditions=[condition])
    seen = await looked(shop)
    assert (seen.state, word in seen.detail) == ("failing", True)
    shop.workload(generation=3, conditions=[condition])
    assert (await looked(shop)).state == "rolling"


async def test_fewer_ready_than_before_is_worse(shop: Any) -> None:
    """Worse is measured against the baseline, and not where fewer are wanted now."""
    before = await baseline(shop.cluster, shop.target)
    shop.workload(readyReplicas=1)
    assert (await looked(shop, before)).worse
    shop.desired = 1
    shop.workload()
    assert not (await looked(shop, before)).worse


@pytest.mark.parametrize(
    ("kind", "status", "label", "annotations"),
    [
        (
            "StatefulSet",
            {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updateRevision": "r2"},
            ("controller-revision-hash", "r2"),
            {},
        ),
        (
            "DaemonSet",
            dict.fromkeys(
                ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable", "currentNumberScheduled"),
                1,
            ),
            ("pod-template-generation", "4"),
            {"deprecated.daemonset.template.generation": "4"},
        ),
    ],
)
async def test_other_workloads_have_their_own_counts(shop: Any, kind: str, status: Any, label: Any, annotations: Any) -> None:
    """StatefulSets and DaemonSets are judged by their own fields and revision labels."""
    obj = shop.cluster.look("Deployment", "shop", "api")
    metadata = {**obj["metadata"], "name": "db", "uid": "uid-db", "annotations": annotations}
    spec = {**obj["spec"], "replicas": 1}
    shop.cluster.put({"kind": kind, "metadata": metadata, "spec": spec, "status": {**status, "observedGeneration": 2}})
    new, old = (shop.owned("Pod", name, "uid-db", status={"phase": "Running"}) for name in ("db-new", "db-old"))
    new["metadata"]["labels"] = {"app": "api", label[0]: label[1]}
    old["metadata"]["labels"] = {"app": "api", label[0]: "old"}
    old["status"]["containerStatuses"] = [{"name": "x", "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
    shop.cluster.put(new)
    shop.cluster.put(old)
    shop.target = type(shop.target)(kind=kind, namespace="shop", name="db", uid="uid-db")
    seen = await looked(shop)
    assert (seen.state, seen.figures["pods"]) == ("healthy", 1), seen.detail
