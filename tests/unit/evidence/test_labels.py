"""Which labels name an object."""

from __future__ import annotations

from firstresponder.evidence.labels import named


def test_beside_exported_labels_the_plain_ones_are_the_scrapers() -> None:
    """With exported_service, the plain pod and service name the process that was scraped, and are passed over."""
    labels = {
        "pod": "ingress-0",
        "service": "ingress",
        "namespace": "edge",
        "exported_service": "api",
        "exported_namespace": "shop",
    }
    assert [(n.kind, n.name, n.namespace) for n in named(labels)] == [("Service", "api", "shop")]


def test_a_controller_goes_before_a_pod_and_a_pod_before_a_service() -> None:
    """The names are ordered by how far they can be trusted."""
    labels = {"service": "s", "pod": "p", "deployment": "d", "namespace": "n"}
    assert [n.kind for n in named(labels)] == ["Deployment", "Pod", "Service"]


def test_job_instance_and_container_name_no_object() -> None:
    """The scrape job is no Kubernetes Job, and an address or a container is no object."""
    assert named({"job": "backup", "instance": "10.0.0.1:80", "container": "app", "namespace": "n"}) == []


def test_workload_and_its_type_belong_together() -> None:
    """A workload label counts with workload_type, as recording rules write them, and not alone."""
    assert [(n.kind, n.name) for n in named({"workload": "api", "workload_type": "deployment"})] == [("Deployment", "api")]
    assert named({"workload": "api"}) == []
