"""What is kept of the things that a pod template refers to."""

from __future__ import annotations

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs
from firstresponder.config import Limits
from firstresponder.evidence.collect import collect
from firstresponder.evidence.collectors.namespace_context import existence, references
from firstresponder.model import Alert, Json
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import NOW, bad_release, container, meta, template


def test_of_a_secret_only_its_existence_is_kept() -> None:
    """The collector itself drops values and annotations, before any redaction."""
    metadata = {**meta("Secret", "creds", "shop", made=9), "annotations": {"note": "hidden"}}
    kept = existence(
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"user": "aGlkZGVu"}, "stringData": {"a": "b"}}
    )
    assert kept["data"] == {"user": ""}
    assert set(kept["metadata"]) == {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}
    assert set(kept) == {"apiVersion", "kind", "metadata", "data"}


def test_every_way_to_refer_to_configuration_is_known() -> None:
    """envFrom, env, volumes, projected volumes and pull secrets are all found."""
    spec = {
        "initContainers": [container("init", envFrom=[{"configMapRef": {"name": "a"}}])],
        "containers": [
            container(
                envFrom=[{"secretRef": {"name": "b"}}],
                env=[
                    {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "x"}}},
                    {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "d", "key": "y"}}},
                ],
            )
        ],
        "volumes": [
            {"name": "1", "configMap": {"name": "e"}},
            {"name": "2", "secret": {"secretName": "f"}},
            {"name": "3", "projected": {"sources": [{"configMap": {"name": "g"}}, {"secret": {"name": "h"}}]}},
        ],
        "imagePullSecrets": [{"name": "i"}],
    }
    found = set(references(spec))
    assert found == {(kind, name) for kind, names in (("ConfigMap", "aceg"), ("Secret", "bdfhi")) for name in names}


async def test_no_secret_is_asked_for() -> None:
    """A Secret that the template names is never read, and never said to be missing: nothing here has that right."""
    source = [{"secretRef": {"name": "creds"}}]
    cluster = BundleCluster(bad_release(new_template=template(container(image="app:v2", envFrom=source))))
    asked: list[str] = []

    class Watched:
        async def get(self, kind: str, namespace: str, name: str) -> Json:
            asked.append(kind)
            return await cluster.get(kind, namespace, name)

        async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
            asked.append(kind)
            return await cluster.list(kind, namespace, labels=labels, fields=fields, limit=limit)

    alert = Alert(
        fingerprint="1" * 16,
        labels={"alertname": "A", "namespace": "shop", "deployment": "api"},
        annotations={},
        status="firing",
        starts_at=NOW,
        received_at=NOW,
    )
    seen = await collect("i", 1, [alert], Watched(), BundleLogs({}), FakeClock(), Limits())
    assert asked
    assert "Secret" not in asked
    (references,) = [item for item in seen.items if item.id == "references"]
    assert "does not exist" not in references.text
    assert "creds" in references.text
