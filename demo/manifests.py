"""Manifests of the demonstrations' applications: one Deployment with one container that answers over HTTP."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
BED = "docker.io/local/app"
"""The testbed's application: `:v1` works, `:v2` crashes when it starts."""


def namespace(name: str) -> Json:
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def container(image: str, script: str = "", *, port: int = 8080, **more: Any) -> Json:
    """The container. `script` runs in a shell in the place of the image's own program; `more` are fields of the container."""
    command = {"command": ["sh", "-c", script]} if script else {}
    probe = {"httpGet": {"path": "/healthz", "port": port}, "periodSeconds": 1}
    return {"name": "app", "image": image, **command, "ports": [{"containerPort": port}], "readinessProbe": probe, **more}


def deployment(name: str, within: str, app: Json, *, replicas: int = 2, volumes: tuple[Json, ...] = (), **more: Any) -> Json:
    """A Deployment in a namespace, whose pods carry the label `app` with its name; `more` are fields of its spec."""
    labels = {"app": name}
    pod: Json = {"terminationGracePeriodSeconds": 1, "containers": [app]} | ({"volumes": list(volumes)} if volumes else {})
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": within, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **more},
    }


def service(name: str, within: str, port: int) -> Json:
    """A Service over the pods of the Deployment of the same name."""
    spec = {"selector": {"app": name}, "ports": [{"port": port}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": within}, "spec": spec}
