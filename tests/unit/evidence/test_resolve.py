"""Which object an alert is about."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from firstresponder.adapters.replay.bundle import BundleCluster
from firstresponder.errors import Forbidden, Unreachable
from firstresponder.evidence.reads import ApiBudget
from firstresponder.evidence.resolve import resolve
from firstresponder.model import Alert, Json, Resolution
from firstresponder.testing.objects import (
    NOW,
    bad_release,
    crashed,
    deployment,
    event,
    meta,
    node,
    pod,
    replicaset,
    service,
    template,
)

EXPORTER = {
    "job": "kube-state-metrics",
    "service": "prom-kube-state-metrics",
    "pod": "prom-kube-state-metrics-6c9f4b7d8-x2k4q",
    "container": "kube-state-metrics",
    "instance": "10.0.0.3:8080",
}


def alert(**labels: str) -> Alert:
    """Return an alert with these labels, in namespace shop unless told otherwise."""
    labels = {"alertname": "X", "namespace": "shop", **labels}
    return Alert(
        fingerprint="ab" * 8,
        labels={key: value for key, value in labels.items() if value},
        annotations={},
        status="firing",
        starts_at=NOW,
        received_at=NOW,
    )


async def found(objects: Sequence[Json], *alerts: Alert) -> Resolution:
    """Resolve these alerts over these objects."""
    return await resolve(alerts, BundleCluster(objects), budget=ApiBudget(50))


def crashing_pod(objects: Sequence[Json]) -> Json:
    """Return the pod of the new revision."""
    return next(o for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))


async def test_a_pod_is_followed_to_its_deployment() -> None:
    """A pod's alert is about the Deployment that controls it; the pod is the culprit, and the way is told."""
    objects = bad_release()
    name = crashing_pod(objects)["metadata"]["name"]
    answer = await found(objects, alert(pod=name))
    assert str(answer.target) == "Deployment/api"
    assert answer.target is not None
    assert answer.target.uid == objects[0]["metadata"]["uid"]
    assert str(answer.culprit) == f"Pod/{name}"
    assert "→ ReplicaSet" in answer.how
    assert "→ Deployment api" in answer.how


async def test_the_name_of_a_pod_is_never_cut() -> None:
    """A bare pod whose name looks like a Deployment's pod is itself the target."""
    bare = pod(None, "api-6c9f4b7d8-x2k4q", [crashed()], made=5)
    answer = await found([deployment(), bare], alert(pod="api-6c9f4b7d8-x2k4q"))
    assert str(answer.target) == "Pod/api-6c9f4b7d8-x2k4q"


async def test_an_owner_of_another_uid_is_not_the_owner() -> None:
    """A Deployment that was made anew under the old name does not control the old one's pods."""
    objects = bad_release()
    objects[0]["metadata"]["uid"] = "another"
    answer = await found(objects, alert(pod=crashing_pod(objects)["metadata"]["name"]))
    assert answer.target is None
    assert "made anew" in answer.how
    assert answer.culprit is not None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("deployment", "Deployment"),
        ("statefulset", "StatefulSet"),
        ("daemonset", "DaemonSet"),
        ("job_name", "Job"),
        ("cronjob", "CronJob"),
        ("horizontalpodautoscaler", "HorizontalPodAutoscaler"),
        ("persistentvolumeclaim", "PersistentVolumeClaim"),
    ],
)
async def test_the_exporters_own_labels_are_never_the_target(label: str, kind: str) -> None:
    """A specific label wins, though kube-state-metrics' own pod exists and is named beside it."""
    one = {"apiVersion": "v1", "kind": kind, "metadata": meta(kind, "x", "shop", made=9)}
    own = pod(None, EXPORTER["pod"], [crashed()], made=5)
    answer = await found([one, own], alert(**{label: "x"}, **EXPORTER))
    assert str(answer.target) == f"{kind}/x"


async def test_a_node_alert_is_about_the_node() -> None:
    """The node label counts where pod and service are the exporter's."""
    own = pod(None, EXPORTER["pod"], [crashed()], made=5)
    answer = await found([node("n1"), own], alert(node="n1", **EXPORTER))
    assert str(answer.target) == "Node/n1"


async def test_a_node_label_on_a_pods_alert_is_not_the_target() -> None:
    """When the pod that was named is gone, the node it ran on is not taken instead."""
    answer = await found([node("n1")], alert(node="n1", pod="gone"))
    assert answer.target is None


async def test_only_the_exporters_labels_are_no_target() -> None:
    """An alert that names nothing but its exporter has no target, and says so."""
    answer = await found([pod(None, EXPORTER["pod"], [crashed()], made=5)], alert(**EXPORTER))
    assert answer.target is None
    assert "exporter's own" in answer.how


async def test_the_pod_label_of_a_pod_series_is_real_beside_the_exporters_service() -> None:
    """With honor_labels the pod is the failing one, while job and service are the exporter's."""
    objects = bad_release()
    labels = {**EXPORTER, "pod": crashing_pod(objects)["metadata"]["name"]}
    assert str((await found(objects, alert(**labels))).target) == "Deployment/api"


async def test_a_crashing_exporter_can_be_the_subject() -> None:
    """kube-state-metrics' own crash carries its pod's uid: then the pod is meant."""
    own = pod(None, EXPORTER["pod"], [crashed()], made=5)
    answer = await found([own], alert(**EXPORTER, uid=own["metadata"]["uid"]))
    assert str(answer.target) == f"Pod/{EXPORTER['pod']}"


async def test_exported_labels_are_the_objects_own() -> None:
    """Without honor_labels the object's labels arrive as exported_*, and the plain ones are the exporter's."""
    objects = bad_release()
    name = crashing_pod(objects)["metadata"]["name"]
    labels = {"pod": "scraper-0", "namespace": "monitoring", "exported_pod": name, "exported_namespace": "shop"}
    assert str((await found(objects, alert(**labels))).target) == "Deployment/api"


async def test_a_service_stands_for_the_controller_of_its_pods() -> None:
    """Service → selector → pods → the Deployment that they have in common, whatever its name."""
    objects = [*bad_release(), service("frontdoor", {"app": "api"})]
    answer = await found(objects, alert(service="frontdoor"))
    assert str(answer.target) == "Deployment/api"
    assert "Service frontdoor selects" in answer.how


async def test_a_service_of_two_controllers_is_ambiguous() -> None:
    """Pods of two Deployments behind one Service are no single target."""
    objects = []
    for name in ("one", "two"):
        inner = template(app="shared")
        owner = deployment(name, pod_template=inner)
        rs = replicaset(owner, 1, inner, made=9, replicas=1)
        one = pod(rs, "x", [crashed()], made=9)
        one["metadata"]["labels"] = {"app": "shared"}
        objects += [owner, rs, one]
    answer = await found([*objects, service("both", {"app": "shared"})], alert(service="both"))
    assert answer.target is None
    assert {str(one) for one in answer.ambiguous} == {"Deployment/one", "Deployment/two"}


async def test_without_such_a_service_a_deployment_of_the_name_is_assumed_and_said() -> None:
    """service=api with no Service api is taken for Deployment api, and `how` says that it is an assumption."""
    answer = await found(bad_release(), alert(service="api"))
    assert str(answer.target) == "Deployment/api"
    assert "of that very name" in answer.how


async def test_a_service_without_pods_is_its_own_target() -> None:
    """A Service that selects nothing, with no Deployment of its name, is what the alert is about."""
    answer = await found([service("lonely", {"app": "nobody"})], alert(service="lonely"))
    assert str(answer.target) == "Service/lonely"


async def test_a_pod_that_is_gone_is_found_by_its_controllers_event() -> None:
    """The ReplicaSet's own event names the pod that it made and carries its UID: sound, without cutting names."""
    objects = [o for o in bad_release() if not (o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))]
    rs = next(
        o
        for o in objects
        if o["kind"] == "ReplicaSet" and o["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "5"
    )
    made = event(rs, "SuccessfulCreate", "Created pod: api-was-here", first=8, kind="Normal")
    answer = await found([*objects, made], alert(pod="api-was-here"))
    assert str(answer.target) == "Deployment/api"
    assert "is gone" in answer.how


async def test_a_pod_that_is_gone_without_a_trace_has_no_target() -> None:
    """No event tells who made it: there is no target, however familiar the name looks."""
    answer = await found(bad_release(), alert(pod="api-5d4f8c7b9-zzzzz"))
    assert answer.target is None
    assert "is gone" in answer.how


async def test_alerts_about_two_objects_are_ambiguous() -> None:
    """Two alerts about two Deployments have no single target."""
    answer = await found([deployment("a"), deployment("b")], alert(deployment="a"), alert(deployment="b"))
    assert answer.target is None
    assert len(answer.ambiguous) == 2


async def test_resolved_alerts_do_not_count_beside_firing_ones() -> None:
    """A resolved alert about another object does not make the firing one ambiguous."""
    answer = await found(
        [deployment("a"), deployment("b")],
        alert(deployment="a"),
        msgspec.structs.replace(alert(deployment="b"), status="resolved"),
    )
    assert str(answer.target) == "Deployment/a"


async def test_without_a_namespace_one_object_of_the_name_is_enough_and_two_are_not() -> None:
    """Without a namespace label a name counts only where it is unique in the cluster."""
    nowhere = alert(deployment="api", namespace="")
    assert str((await found([deployment("api")], nowhere)).target) == "Deployment/api"
    answer = await found([deployment("api"), deployment("api", "other")], nowhere)
    assert answer.target is None
    assert len(answer.ambiguous) == 2


@pytest.mark.parametrize("error", [Forbidden("deployments is forbidden"), Unreachable("no cluster is configured")])
async def test_a_cluster_that_does_not_answer_is_told_not_raised(error: Exception) -> None:
    """Refused or unreachable: no target, and the reason in words."""

    class Silent(BundleCluster):
        async def get(self, kind: str, namespace: str, name: str) -> Json:  # noqa: ARG002 - the port's own words
            raise error

    answer = await resolve([alert(deployment="api")], Silent([]), budget=ApiBudget(5))
    assert answer.target is None
    assert str(error) in answer.how


async def test_the_budget_bounds_the_calls() -> None:
    """With one call left, a chain of three objects ends without a target and says why."""
    objects = bad_release()
    budget = ApiBudget(1)
    answer = await resolve([alert(pod=crashing_pod(objects)["metadata"]["name"])], BundleCluster(objects), budget=budget)
    assert answer.target is None
    assert "max_api_calls" in answer.how
    assert budget.calls == 1


async def test_behind_an_ingress_controller_the_exported_service_is_meant() -> None:
    """With exported_service, the plain pod and service are the scraped controller's, whatever they are called."""
    objects = [
        *bad_release(),
        service("frontdoor", {"app": "api"}),
        pod(None, "ingress-0", [crashed()], made=5, namespace="edge"),
    ]
    labels = {
        "pod": "ingress-0",
        "service": "ingress-metrics",
        "namespace": "edge",
        "exported_service": "frontdoor",
        "exported_namespace": "shop",
    }
    assert str((await found(objects, alert(**labels))).target) == "Deployment/api"


async def test_a_node_beside_the_kubelets_own_service_is_the_node() -> None:
    """A kubelet's series names its node, and the Service that it was scraped through."""
    answer = await found([node("n1"), service("kubelet", {})], alert(node="n1", service="kubelet", job="kubelet"))
    assert str(answer.target) == "Node/n1"


async def test_giving_up_leaves_no_call_running() -> None:
    """A caller's time limit cancels the call in flight."""
    ended = asyncio.Event()

    class Hanging(BundleCluster):
        async def get(self, kind: str, namespace: str, name: str) -> Json:
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()
            return await super().get(kind, namespace, name)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await resolve([alert(deployment="api")], Hanging([]), budget=ApiBudget(5))
    assert ended.is_set()
