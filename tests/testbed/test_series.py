"""The exporter's series have kube-state-metrics' names, labels and values."""

from typing import Any

from testbed import series

POD: dict[str, Any] = {
    "metadata": {
        "namespace": "shop",
        "name": "web-1",
        "uid": "u1",
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web-abc", "controller": True}],
    },
    "spec": {"nodeName": "testbed"},
    "status": {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [
            {
                "name": "app",
                "ready": False,
                "restartCount": 4,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 3}},
            }
        ],
    },
}
DEPLOYMENT: dict[str, Any] = {
    "metadata": {"namespace": "shop", "name": "web", "generation": 7},
    "spec": {"replicas": 3},
    "status": {"observedGeneration": 6, "availableReplicas": 2, "unavailableReplicas": 1},
}
WHO = 'namespace="shop",pod="web-1",uid="u1"'


def _lines(**objects: list[dict[str, Any]]) -> list[str]:
    return series.render(objects).splitlines()


def test_phase_has_one_series_per_phase() -> None:
    """A pod has a series for each phase, and only its own is 1."""
    lines = [line for line in _lines(pods=[POD]) if line.startswith("kube_pod_status_phase{")]
    assert len(lines) == 5
    assert [line for line in lines if line.endswith(" 1")] == [f'kube_pod_status_phase{{{WHO},phase="Running"}} 1']


def test_waiting_reason() -> None:
    """A waiting container has a series with its reason."""
    wanted = f'kube_pod_container_status_waiting_reason{{{WHO},container="app",reason="CrashLoopBackOff"}} 1'
    assert wanted in _lines(pods=[POD])


def test_running_container_has_no_waiting_reason() -> None:
    """A container that runs has no series of a reason to wait."""
    status = {"containerStatuses": [{"name": "app", "ready": True, "restartCount": 0, "state": {"running": {}}}]}
    text = "\n".join(_lines(pods=[POD | {"status": status}]))
    assert "waiting_reason" not in text


def test_restarts_are_a_counter() -> None:
    """Restarts are counted, and declared as a counter."""
    lines = _lines(pods=[POD])
    assert "# TYPE kube_pod_container_status_restarts_total counter" in lines
    assert f'kube_pod_container_status_restarts_total{{{WHO},container="app"}} 4' in lines


def test_last_termination() -> None:
    """How the container ended last is told."""
    wanted = f'kube_pod_container_status_last_terminated_reason{{{WHO},container="app",reason="Error"}} 1'
    assert wanted in _lines(pods=[POD])


def test_ready_condition() -> None:
    """Readiness is one series per answer, in lower case."""
    lines = _lines(pods=[POD])
    assert f'kube_pod_status_ready{{{WHO},condition="true"}} 0' in lines
    assert f'kube_pod_status_ready{{{WHO},condition="false"}} 1' in lines


def test_pod_owner() -> None:
    """A pod's owner is told with whether it is its controller."""
    wanted = f'kube_pod_owner{{{WHO},owner_kind="ReplicaSet",owner_name="web-abc",owner_is_controller="true"}} 1'
    assert wanted in _lines(pods=[POD])


def test_no_owner_has_empty_labels() -> None:
    """A pod without an owner has the series with empty labels, as in kube-state-metrics."""
    alone = POD | {"metadata": {"namespace": "shop", "name": "web-1", "uid": "u1"}}
    assert f'kube_pod_owner{{{WHO},owner_kind="",owner_name="",owner_is_controller=""}} 1' in _lines(pods=[alone])


def test_replicaset_owner() -> None:
    """A ReplicaSet's Deployment is told."""
    thing = {
        "metadata": {
            "namespace": "shop",
            "name": "web-abc",
            "ownerReferences": [{"kind": "Deployment", "name": "web", "controller": True}],
        }
    }
    wanted = (
        'kube_replicaset_owner{namespace="shop",replicaset="web-abc",'
        'owner_kind="Deployment",owner_name="web",owner_is_controller="true"} 1'
    )
    assert wanted in _lines(replicasets=[thing])


def test_deployment_numbers() -> None:
    """A Deployment's wanted, available and unavailable replicas and its generations are told; absent means 0."""
    lines = _lines(deployments=[DEPLOYMENT])
    who = '{namespace="shop",deployment="web"}'
    for name, value in (
        ("spec_replicas", 3),
        ("status_replicas_available", 2),
        ("status_replicas_unavailable", 1),
        ("status_replicas_updated", 0),
        ("metadata_generation", 7),
        ("status_observed_generation", 6),
    ):
        assert f"kube_deployment_{name}{who} {value}" in lines


def test_big_numbers_are_not_rounded() -> None:
    """A generation of seven digits is told exactly."""
    thing = DEPLOYMENT | {"metadata": {"namespace": "shop", "name": "web", "generation": 1234567}}
    assert 'kube_deployment_metadata_generation{namespace="shop",deployment="web"} 1234567' in _lines(deployments=[thing])


def test_node_condition() -> None:
    """A node's condition is one series per answer."""
    thing = {"metadata": {"name": "testbed"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    lines = _lines(nodes=[thing])
    assert 'kube_node_status_condition{node="testbed",condition="Ready",status="true"} 1' in lines
    assert 'kube_node_status_condition{node="testbed",condition="Ready",status="unknown"} 0' in lines


def test_labels_are_escaped() -> None:
    """Quotes and line breaks in a label do not break the page."""
    thing = {"metadata": {"name": 'a"b\n'}, "status": {"conditions": []}}
    assert 'kube_node_spec_unschedulable{node="a\\"b\\n"} 0' in _lines(nodes=[thing])
