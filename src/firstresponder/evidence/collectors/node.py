"""The nodes that the pods are on: conditions, taints, what they have to give."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.errors import NotFound
from firstresponder.evidence.gaps import gap
from firstresponder.evidence.owners import ref
from firstresponder.evidence.render import trim
from firstresponder.evidence.rights import PODS
from firstresponder.evidence.scene import Finding, Scene
from firstresponder.model import Evidence, Json, Permission

NEEDS: tuple[Permission, ...] = (*PODS, *Permission.each("get", "", "nodes"))

_MOST = 5


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield `node:<name>` for each node, one line per condition and taint."""
    subject = scene.subject
    if subject is None:
        return
    if subject.kind == "Node":
        names = [subject.name]
    else:
        pods, _ = await scene.pods()
        names = list(dict.fromkeys(str((pod.get("spec") or {}).get("nodeName") or "") for pod in pods))
    for name in [name for name in names if name][:_MOST]:
        try:
            node = await scene.read.get("Node", "", name)
        except NotFound as error:
            yield gap("node", f"node {name}", error)
            continue
        yield Evidence(
            id=f"node:{name}",
            collector="node",
            title=f"Node {name}",
            at=scene.at,
            about=ref(node),
            objects=(_small(node),),
            text="\n".join(_lines(node)),
        )


def _small(node: Json) -> Json:
    status = {
        key: value
        for key, value in (node.get("status") or {}).items()
        if key not in ("images", "volumesInUse", "volumesAttached")
    }
    return trim({**node, "status": status})


def _lines(node: Json) -> list[str]:
    name, spec = node["metadata"]["name"], node.get("spec") or {}
    lines = [
        f"node {name}, {c.get('type')}={c.get('status')} since {c.get('lastTransitionTime', 'unknown')} {c.get('reason', '')}"
        for c in (node.get("status") or {}).get("conditions") or []
    ]
    lines += [f"node {name}, taint {t.get('key')}={t.get('value', '')}:{t.get('effect')}" for t in spec.get("taints") or []]
    return [*lines, f"node {name}, unschedulable"] if spec.get("unschedulable") else lines
