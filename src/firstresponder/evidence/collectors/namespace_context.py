"""What surrounds the pods: quotas, limit ranges, Services that select them, and what their template refers to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from firstresponder.errors import Forbidden, NotFound, Unreachable
from firstresponder.evidence.gaps import gap
from firstresponder.evidence.render import trim
from firstresponder.evidence.rights import PODS
from firstresponder.evidence.scene import Finding, Scene
from firstresponder.model import Evidence, Json, Permission
from firstresponder.selectors import selects

NEEDS: tuple[Permission, ...] = (
    *PODS,
    *Permission.each("list", "", "resourcequotas", "limitranges", "services"),
    *Permission.each("get", "", "configmaps"),
)

_REFERENCES = 20  # one API call each


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield `resourcequotas`, `limitranges`, `services`, `references` (ConfigMaps: only that they exist; Secrets: the name)."""
    subject = scene.subject
    if subject is None or not subject.namespace:
        return
    workload = await scene.workload()
    pods, _ = await scene.pods()
    template = ((workload or {}).get("spec") or {}).get("template") or (pods[0] if pods else {})
    labels = [(template.get("metadata") or {}).get("labels") or {}, *((pod["metadata"].get("labels") or {}) for pod in pods)]
    for kind in ("ResourceQuota", "LimitRange", "Service"):
        name = f"{kind.lower()}s"
        try:
            found = await scene.read.list(kind, subject.namespace)
        except (Forbidden, Unreachable) as error:
            yield gap("namespace_context", name, error)
            continue
        if kind == "Service":
            found = [s for s in found if any(selects((s.get("spec") or {}).get("selector"), one) for one in labels)]
        if found:
            title = f"{len(found)} {kind} in namespace {subject.namespace}"
            yield _evidence(name, title, [trim(obj) for obj in found], [_line(obj) for obj in found], scene)
    async for finding in _referred(scene, subject.namespace, template.get("spec") or {}):
        yield finding


async def _referred(scene: Scene, namespace: str, spec: Json) -> AsyncIterator[Finding]:
    """Say which of the ConfigMaps that the template names exist."""
    objects, lines = [], []
    for kind, name in sorted(set(references(spec)))[:_REFERENCES]:
        if kind == "Secret":
            # No right to read a Secret is wanted, not even that it exists: the kubelet's events say when one is missing.
            lines.append(f"Secret {name} is referred to; Secrets are never read, so that it exists is not known from here")
            continue
        try:
            objects.append(existence(await scene.read.get(kind, namespace, name)))
            lines.append(f"{kind} {name} exists, resourceVersion {objects[-1]['metadata'].get('resourceVersion', 'unknown')}")
        except NotFound:
            lines.append(f"{kind} {name} does not exist")
        except (Forbidden, Unreachable) as error:
            yield gap("namespace_context", f"{kind} {name}", error)
    if lines:
        yield _evidence("references", "What the pod template refers to", objects, lines, scene)


def references(spec: Json) -> Iterable[tuple[str, str]]:
    """Yield (kind, name) of each ConfigMap and Secret that a pod spec needs."""
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        for source in container.get("envFrom") or []:
            yield from _named(source, "configMapRef", "secretRef", "name")
        for env in container.get("env") or []:
            yield from _named(env.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef", "name")
    for volume in spec.get("volumes") or []:
        for source in [volume, *((volume.get("projected") or {}).get("sources") or [])]:
            if name := (source.get("configMap") or {}).get("name"):
                yield "ConfigMap", name
            secret = source.get("secret") or {}
            if name := secret.get("secretName") or secret.get("name"):
                yield "Secret", name
    for secret in spec.get("imagePullSecrets") or []:
        if secret.get("name"):
            yield "Secret", secret["name"]


def existence(obj: Json) -> Json:
    """Return what may be kept of a ConfigMap: its version and its keys' names, no value."""
    metadata = {
        key: obj["metadata"][key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "managedFields")
        if key in obj["metadata"]
    }
    kept = {
        "apiVersion": obj.get("apiVersion"),
        "kind": obj.get("kind"),
        "metadata": metadata,
        "data": dict.fromkeys(obj.get("data") or {}, ""),
    }
    return trim(kept)


def _named(source: Json, configmap: str, secret: str, field: str) -> Iterable[tuple[str, str]]:
    for kind, place in (("ConfigMap", configmap), ("Secret", secret)):
        if name := (source.get(place) or {}).get(field):
            yield kind, name


def _line(obj: Json) -> str:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    name = f"{obj['kind']} {obj['metadata']['name']}"
    match obj["kind"]:
        case "ResourceQuota":
            used = status.get("used") or {}
            return f"{name}, " + ", ".join(
                f"{key} {used.get(key, '?')} of {hard}" for key, hard in sorted((spec.get("hard") or {}).items())
            )
        case "Service":
            ports = ", ".join(f"{p.get('port')}→{p.get('targetPort', p.get('port'))}" for p in spec.get("ports") or [])
            return f"{name}, selects {spec.get('selector')}, ports {ports}"
        case _:
            return f"{name}, {spec.get('limits')}"


def _evidence(name: str, title: str, objects: list[Json], lines: list[str], scene: Scene) -> Evidence:
    return Evidence(
        id=name,
        collector="namespace_context",
        title=title,
        at=scene.at,
        about=scene.subject,
        objects=tuple(objects),
        text="\n".join(lines),
    )
