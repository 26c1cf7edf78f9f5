"""The end of the logs of failing containers, of the present run and of the one before."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.errors import Forbidden, NotFound, Unreachable
from firstresponder.evidence.gaps import gap
from firstresponder.evidence.owners import ref
from firstresponder.evidence.rights import PODS
from firstresponder.evidence.scene import Finding, Scene, statuses
from firstresponder.model import Evidence, Json, Permission

NEEDS: tuple[Permission, ...] = (*PODS, *Permission.each("get", "", "pods/log"))

_PODS = 3
_WHEN_NOTHING_FAILS = 2
_MAX_BYTES = 65536


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield `log:<pod>/<container>` and `log:<pod>/<container>@previous`; the newest pods where nothing fails."""
    if scene.subject is not None and scene.subject.kind == "Node":
        return
    pods, _ = await scene.pods()
    chosen = [(pod, c) for pod in pods for c in statuses(pod) if _failing(c)]
    names = list(dict.fromkeys(pod["metadata"]["name"] for pod, _ in chosen))[:_PODS]
    chosen = [(pod, c) for pod, c in chosen if pod["metadata"]["name"] in names]
    if not chosen:
        newest = sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)
        chosen = [(p, c) for p in newest[:_WHEN_NOTHING_FAILS] for c in (p.get("status") or {}).get("containerStatuses") or []]
    for pod, container in chosen:
        if not _ever_ran(container):
            continue
        for previous in (False, True) if (container.get("lastState") or {}).get("terminated") else (False,):
            yield await _tail(scene, pod, str(container["name"]), previous=previous)


async def _tail(scene: Scene, pod: Json, container: str, *, previous: bool) -> Finding:
    about = ref(pod)
    which = f"{about.name}/{container}" + ("@previous" if previous else "")
    scene.read.budget.spend(f"log of {which}")
    try:
        text = await scene.logs.tail(
            about.namespace, about.name, container, previous=previous, lines=scene.limits.log_lines, max_bytes=_MAX_BYTES
        )
    except (NotFound, Forbidden, Unreachable) as error:
        return gap("container_logs", f"log of {which}", error)
    run = "the run before" if previous else "the present run"
    return Evidence(
        id=f"log:{which}",
        collector="container_logs",
        title=f"Log of pod {about.name}, container {container}, {run}",
        at=scene.at,
        about=about,
        text=text,
        key=f"{about.namespace}/{which}",
    )


def _failing(container: Json) -> bool:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    ended = state.get("terminated") or {}
    return bool(
        ended.get("exitCode") or (not container.get("ready") and (not ended or ended.get("exitCode"))) or last.get("terminated")
    )


def _ever_ran(container: Json) -> bool:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    return bool(state.get("running") or state.get("terminated") or last.get("terminated"))
