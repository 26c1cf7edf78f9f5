"""Events of the target, its ReplicaSets and its pods: the control plane's own words."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.evidence.owners import ref
from firstresponder.evidence.render import trim
from firstresponder.evidence.rights import PODS
from firstresponder.evidence.scene import Finding, Scene
from firstresponder.model import Evidence, Json, Permission, TargetRef

NEEDS: tuple[Permission, ...] = (*PODS, *Permission.each("list", "", "events"))

_MOST = 60
_OBJECTS = 12  # one API call each


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield `events`: the newest first, one line each."""
    subject = scene.subject
    if subject is None:
        return
    found: dict[str, Json] = {}
    for about in (await _concerned(scene, subject))[:_OBJECTS]:
        fields = f"involvedObject.kind={about.kind},involvedObject.name={about.name}"
        for event in await scene.read.list("Event", about.namespace, fields=fields):
            # An object of the same name may have lived before; a Node's events carry its name as uid.
            uid = (event.get("involvedObject") or {}).get("uid", "")
            if about.kind == "Node" or not uid or not about.uid or uid == about.uid:
                found[event["metadata"].get("uid") or event["metadata"]["name"]] = event
    newest = sorted(found.values(), key=last_seen, reverse=True)
    yield Evidence(
        id="events",
        collector="events",
        title=f"{len(newest)} events",
        at=scene.at,
        about=subject,
        objects=tuple(trim(event) for event in newest[:_MOST]),
        text="\n".join(_line(event) for event in newest[:_MOST]) or "no events",
        truncated=len(newest) > _MOST,
    )


async def _concerned(scene: Scene, subject: TargetRef) -> list[TargetRef]:
    concerned = [subject]
    workload = await scene.workload()
    if workload is not None:
        concerned.append(ref(workload))
    concerned += [ref(rs) for rs in (await scene.replicasets())[:2]]
    pods, _ = await scene.pods()
    concerned += [ref(pod) for pod in pods]
    culprit = scene.resolution.culprit
    if culprit is not None:
        concerned.insert(1, culprit)
    return list({(about.kind, about.namespace, about.name): about for about in concerned}.values())


def last_seen(event: Json) -> str:
    """Return when an event was last seen, RFC 3339; empty when it does not say."""
    series = event.get("series") or {}
    return str(
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )


def _line(event: Json) -> str:
    about = event.get("involvedObject") or {}
    count = (event.get("series") or {}).get("count") or event.get("count") or 1
    what = f"{event.get('reason')} ({count} times) {event.get('message', '')}"
    return f"{last_seen(event)} {about.get('kind')} {about.get('name')}, {what}"
