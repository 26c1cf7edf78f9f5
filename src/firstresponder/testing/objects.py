"""Builders of Kubernetes objects, as a real API server returns them: UIDs, owner references, revisions, conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from firstresponder.model import Json, digest

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
REVISION = "deployment.kubernetes.io/revision"


def ago(minutes: float) -> str:
    """Return the time that many minutes before NOW, RFC 3339."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def uid(kind: str, namespace: str, name: str) -> str:
    """Return a stable UID."""
    d = digest(kind, namespace, name)
    return f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:32]}"


def meta(
    kind: str, name: str, namespace: str, *, made: float, owner: Json = None, labels: Mapping[str, str] | None = None
) -> Json:
    """Return metadata; `made` is minutes before NOW, `owner` the controlling object."""
    metadata: dict[str, Json] = {
        "name": name,
        "uid": uid(kind, namespace, name),
        "resourceVersion": "1000",
        "creationTimestamp": ago(made),
        "labels": dict(labels or {}),
    }
    if namespace:
        metadata["namespace"] = namespace
    if owner is not None:
        metadata["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return metadata


def container(name: str = "app", image: str = "registry.example/app:v1", **fields: Json) -> Json:
    """Return a container spec; `env` may be given as a plain mapping."""
    env = fields.pop("env", None)
    spec = {"name": name, "image": image, "resources": {}, "imagePullPolicy": "IfNotPresent", **fields}
    if env is not None:
        spec["env"] = [{"name": key, "value": value} for key, value in env.items()] if isinstance(env, dict) else env
    return spec


def template(*containers: Json, app: str = "api", annotations: Mapping[str, str] | None = None, **spec: Json) -> Json:
    """Return a pod template."""
    metadata: dict[str, Json] = {"labels": {"app": app}}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"metadata": metadata, "spec": {"containers": list(containers) or [container()], "restartPolicy": "Always", **spec}}


def deployment(
    name: str = "api",
    namespace: str = "shop",
    *,
    revision: int = 1,
    replicas: int = 3,
    ready: int = 3,
    made: float = 60 * 24 * 30,
    pod_template: Json = None,
    available: tuple[bool, float] | None = (True, 60 * 24 * 30),
) -> Json:
    """Return a Deployment; `available` is the condition's status and how many minutes ago it turned."""
    metadata = meta("Deployment", name, namespace, made=made, labels={"app": name})
    metadata |= {"generation": revision, "annotations": {REVISION: str(revision)}}
    conditions = []
    if available is not None:
        ok, turned = available
        conditions.append(
            {
                "type": "Available",
                "status": "True" if ok else "False",
                "reason": "MinimumReplicasAvailable" if ok else "MinimumReplicasUnavailable",
                "message": f"Deployment {'has' if ok else 'does not have'} minimum availability.",
                "lastUpdateTime": ago(turned),
                "lastTransitionTime": ago(turned),
            }
        )
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": pod_template or template(app=name),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "progressDeadlineSeconds": 600,
        },
        "status": {"observedGeneration": revision, "replicas": replicas, "readyReplicas": ready, "conditions": conditions},
    }


def replicaset(owner: Json, revision: int, pod_template: Json, *, made: float, replicas: int = 0, ready: int = 0) -> Json:
    """Return the ReplicaSet of one revision; its name and hash follow from the template."""
    app = owner["metadata"]["name"]
    hashed = digest(pod_template)[:9]
    name, namespace = f"{app}-{hashed}", owner["metadata"]["namespace"]
    labels = {"app": app, "pod-template-hash": hashed}
    metadata = meta("ReplicaSet", name, namespace, made=made, owner=owner, labels=labels)
    metadata["annotations"] = {REVISION: str(revision)}
    inner = {**pod_template, "metadata": {**pod_template["metadata"], "labels": labels}}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": inner},
        "status": {"replicas": replicas, "readyReplicas": ready, "observedGeneration": 1},
    }


def running(name: str = "app", *, since: float, image: str = "registry.example/app:v1") -> Json:
    """Return the status of a container that runs and is ready."""
    state = {"running": {"startedAt": ago(since)}}
    return {"name": name, "state": state, "lastState": {}, "ready": True, "restartCount": 0, "image": image, "started": True}


def crashed(
    name: str = "app",
    *,
    code: int = 1,
    reason: str = "Error",
    restarts: int = 4,
    ended: float = 1,
    ran: float = 2,
    message: str = "",
    image: str = "registry.example/app:v2",
) -> Json:
    """Return the status of a container in its back-off; it ended `ended` minutes ago after `ran` seconds."""
    finished = datetime.fromisoformat(ago(ended))
    terminated = {
        "exitCode": code,
        "reason": reason,
        "startedAt": (finished - timedelta(seconds=ran)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "finishedAt": ago(ended),
    }
    if message:
        terminated["message"] = message
    waiting = {"reason": "CrashLoopBackOff", "message": f"back-off 5m0s restarting failed container={name}"}
    return {
        "name": name,
        "state": {"waiting": waiting},
        "lastState": {"terminated": terminated},
        "ready": False,
        "restartCount": restarts,
        "image": image,
        "started": False,
    }


def waiting(name: str = "app", *, reason: str, message: str = "", image: str = "registry.example/app:v2") -> Json:
    """Return the status of a container that was never started."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": name, "state": state, "lastState": {}, "ready": False, "restartCount": 0, "image": image, "started": False}


def pod(
    owner: Json | None,
    suffix: str,
    statuses: Sequence[Json],
    *,
    made: float,
    namespace: str = "shop",
    spec: Json = None,
    init_statuses: Sequence[Json] = (),
    node: str = "node-1",
) -> Json:
    """Return a pod of `owner` (None: a bare pod, whose name is `suffix`); it is ready when all its containers are."""
    if owner is not None:
        name, namespace = f"{owner['metadata']['name']}-{suffix}", owner["metadata"]["namespace"]
        inner = owner["spec"]["template"]
        labels, spec = inner["metadata"]["labels"], spec or inner["spec"]
    else:
        name, labels, spec = suffix, {"app": suffix}, spec or template()["spec"]
    well = bool(statuses) and all(status["ready"] for status in statuses)
    condition = {"type": "Ready", "status": "True" if well else "False", "lastTransitionTime": ago(made)}
    if not well:
        condition |= {"reason": "ContainersNotReady", "message": "containers with unready status"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta("Pod", name, namespace, made=made, owner=owner, labels=labels),
        "spec": {**spec, "nodeName": node},
        "status": {
            "phase": "Running",
            "startTime": ago(made),
            "conditions": [condition],
            "containerStatuses": list(statuses),
            **({"initContainerStatuses": list(init_statuses)} if init_statuses else {}),
        },
    }


def event(
    about: Json,
    reason: str,
    message: str,
    *,
    first: float,
    last: float = 1,
    count: int = 1,
    kind: str = "Warning",
    path: str = "",
) -> Json:
    """Return an Event about an object, first and last seen that many minutes ago."""
    metadata = about["metadata"]
    involved = {
        "kind": about["kind"],
        "name": metadata["name"],
        "namespace": metadata.get("namespace", "default"),
        "uid": metadata["name"] if about["kind"] == "Node" else metadata["uid"],
        "apiVersion": about["apiVersion"],
    }
    if path:
        involved["fieldPath"] = path
    name = f"{metadata['name']}.{digest(reason, message, first)[:16]}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": meta("Event", name, involved["namespace"], made=first),
        "involvedObject": involved,
        "reason": reason,
        "message": message,
        "type": kind,
        "count": count,
        "firstTimestamp": ago(first),
        "lastTimestamp": ago(last),
    }


def service(name: str, selector: Mapping[str, str], namespace: str = "shop") -> Json:
    """Return a Service."""
    spec = {"type": "ClusterIP", "selector": dict(selector), "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta("Service", name, namespace, made=9999), "spec": spec}


def node(name: str = "node-1", *, ready: bool = True) -> Json:
    """Return a Node."""
    condition = {
        "type": "Ready",
        "status": "True" if ready else "Unknown",
        "lastTransitionTime": ago(9999),
        "reason": "KubeletReady",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": meta("Node", name, "", made=9999),
        "spec": {},
        "status": {"conditions": [condition]},
    }


def bad_release(
    *,
    old_status: Json = None,
    new_status: Json = None,
    old_template: Json = None,
    new_template: Json = None,
    rolled_out: float = 8,
    previous_made: float = 60 * 24 * 5,
    name: str = "api",
    namespace: str = "shop",
    old_pods: int = 2,
    new_pods: int = 1,
) -> list[Json]:
    """Return a whole bad release: revision 4 with ready pods, revision 5 whose pods crash since it was rolled out."""
    before = old_template or template(container(image="registry.example/app:v1"), app=name)
    after = new_template or template(container(image="registry.example/app:v2"), app=name)
    owner = deployment(name, namespace, revision=5, pod_template=after, replicas=3, ready=old_pods)
    old = replicaset(owner, 4, before, made=previous_made, replicas=old_pods, ready=old_pods)
    new = replicaset(owner, 5, after, made=rolled_out, replicas=new_pods)
    healthy = [
        pod(
            old,
            f"old{i}",
            [old_status or running(since=previous_made)],
            made=previous_made if old_status is None else rolled_out + 60,
        )
        for i in range(old_pods)
    ]
    broken = [pod(new, f"new{i}", [new_status or crashed(code=3)], made=rolled_out) for i in range(new_pods)]
    events = [
        event(
            one,
            "BackOff",
            f"Back-off restarting failed container app in pod {one['metadata']['name']}",
            first=rolled_out - 0.5,
            count=9,
        )
        for one in broken
    ]
    return [owner, old, new, *healthy, *broken, *events, node()]
