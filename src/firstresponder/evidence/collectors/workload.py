"""The workload: what is wanted, what there is, and its conditions."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.evidence.owners import ref
from firstresponder.evidence.render import trim
from firstresponder.evidence.rights import WORKLOAD
from firstresponder.evidence.scene import Finding, Scene
from firstresponder.model import Evidence, Json, Permission

NEEDS: tuple[Permission, ...] = (
    *WORKLOAD,
    *Permission.each("get", "", "services", "persistentvolumeclaims", "resourcequotas"),
    *Permission.each("get", "policy", "poddisruptionbudgets"),
)


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield the target (`target`) unless it is a Pod or Node, and the workload behind it (`workload`) where that differs."""
    subject = scene.subject
    if subject is None or subject.kind in ("Pod", "Node"):
        return
    target = await scene.read.get(subject.kind, subject.namespace, subject.name)
    workload = await scene.workload()
    if workload is not None:
        yield _evidence("workload", workload, scene)
    if workload is None or workload["metadata"].get("uid") != target["metadata"].get("uid"):
        yield _evidence("target", target, scene)


def _evidence(name: str, obj: Json, scene: Scene) -> Evidence:
    about = ref(obj)
    return Evidence(
        id=name,
        collector="workload",
        title=f"{about.kind} {about.name} as it stands",
        at=scene.at,
        about=about,
        objects=(trim(obj),),
        text="\n".join(_lines(obj)),
    )


def _lines(obj: Json) -> list[str]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    kind, name = obj.get("kind"), obj["metadata"].get("name")
    counts = ", ".join(f"{key} {status[key]}" for key in sorted(status) if key.endswith(("eplicas", "Scheduled", "Ready")))
    lines = [f"{kind} {name}, wants {spec.get('replicas', 'no number of')} replicas; {counts or 'no counts'}"]
    for c in status.get("conditions") or []:
        since = f"since {c.get('lastTransitionTime', 'unknown')}"
        lines += [f"{kind} {name}, {c.get('type')}={c.get('status')} {since} {c.get('reason', '')}: {c.get('message', '')}"]
    return lines
