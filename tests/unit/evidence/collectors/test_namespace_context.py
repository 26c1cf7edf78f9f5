"""What is kept of the things that a pod template refers to."""

from __future__ import annotations

from firstresponder.evidence.collectors.namespace_context import existence, references
from firstresponder.testing.objects import container, meta


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
