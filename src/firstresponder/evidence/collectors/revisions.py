"""The revisions of a Deployment, and how the present pod template differs from each earlier one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.evidence.owners import ref
from firstresponder.evidence.render import diff, trim
from firstresponder.evidence.rights import REPLICASETS
from firstresponder.evidence.scene import Finding, Scene, revision
from firstresponder.model import Evidence, Json, Permission
from firstresponder.redaction import MARK, OTHER

NEEDS: tuple[Permission, ...] = REPLICASETS

_MOST = 5


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield `revisions` (ReplicaSets, oldest first, one line each) and `diff:<older>..<present>` for each earlier one.

    Secret values are taken out before the comparison; where they differ, that they differ stays visible.
    """
    sets = await scene.replicasets()
    if not sets:
        return
    kept = sets[:_MOST]
    present = kept[0]["spec"]["template"]
    shown = []
    for rs in kept:
        template = rs["spec"]["template"]
        clean = _told_apart(template, present, scene.redactor.object(template))
        shown.append(trim({**rs, "spec": {**rs["spec"], "template": clean}}))
    about = ref(await scene.workload())
    yield Evidence(
        id="revisions",
        collector="revisions",
        title=f"{len(sets)} revisions of {about.kind} {about.name}",
        at=scene.at,
        about=about,
        objects=tuple(reversed(shown)),
        text="\n".join(_line(rs) for rs in reversed(shown)),
        truncated=len(kept) < len(sets),
    )
    for older in shown[1:]:
        names = (f"revision {revision(older)}", f"revision {revision(shown[0])}")
        yield Evidence(
            id=f"diff:{revision(older)}..{revision(shown[0])}",
            collector="revisions",
            title=f"Pod template, {names[0]} against {names[1]}",
            at=scene.at,
            about=about,
            text=diff(_comparable(older), _comparable(shown[0]), *names) or "the templates are equal",
        )


def _comparable(rs: Json) -> Json:
    template = rs["spec"]["template"]
    metadata = template.get("metadata") or {}
    # Every ReplicaSet has a hash of its own: it says that something differs, the diff says what.
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != "pod-template-hash"}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _line(rs: Json) -> str:
    metadata, status = rs["metadata"], rs.get("status") or {}
    images = ", ".join(str(c.get("image", "")) for c in rs["spec"]["template"]["spec"].get("containers") or [])
    return (
        f"revision {revision(rs)}: ReplicaSet {metadata['name']}, made {metadata.get('creationTimestamp', 'unknown')}, "
        f"image {images}, "
        f"wants {rs['spec'].get('replicas', 0)}, has {status.get('replicas', 0)}, ready {status.get('readyReplicas', 0)}"
    )


def _told_apart(raw: Json, present: Json, clean: Json) -> Json:
    """Mark redacted values of an older template that are not the present ones."""
    if isinstance(clean, dict) and isinstance(raw, dict):
        other = present if isinstance(present, dict) else {}
        return {key: _told_apart(raw.get(key), other.get(key), value) for key, value in clean.items()}
    if isinstance(clean, list) and isinstance(raw, list):
        return [_told_apart(raw[i], _counterpart(raw[i], i, present), value) for i, value in enumerate(clean)]
    if isinstance(clean, str) and MARK in clean and isinstance(present, str) and raw != present:
        return clean.replace(MARK, OTHER)
    return clean


def _counterpart(item: Json, place: int, others: Json) -> Json:
    if not isinstance(others, list):
        return None
    if isinstance(item, dict) and "name" in item:
        return next((other for other in others if isinstance(other, dict) and other.get("name") == item["name"]), None)
    return others[place] if place < len(others) else None
