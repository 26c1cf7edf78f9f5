"""The pods: what state their containers are in."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.evidence.render import trim
from firstresponder.evidence.rights import PODS
from firstresponder.evidence.scene import Finding, Scene, ready, statuses
from firstresponder.model import Evidence, Json, Permission

NEEDS: tuple[Permission, ...] = PODS


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield `pods`: the worst pods first, with one line per pod and per container."""
    pods, truncated = await scene.pods()
    if scene.subject is None:
        return
    yield Evidence(
        id="pods",
        collector="pods",
        title=f"{len(pods)} pods{' (the worst of more)' if truncated else ''}",
        at=scene.at,
        about=scene.subject,
        objects=tuple(trim(pod) for pod in pods),
        text="\n".join(line for pod in pods for line in _lines(pod)) or "no pods",
        truncated=truncated,
    )


def _lines(pod: Json) -> list[str]:
    # Commas, not colons: `token-api: Running` would read as a secret and its value.
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    lines = [
        f"pod {name}, {status.get('phase', 'Unknown')}, {'ready' if ready(pod) else 'not ready'}, "
        f"made {pod['metadata'].get('creationTimestamp', 'unknown')}, on node {(pod.get('spec') or {}).get('nodeName', '(none)')}"
        + (f", {status['reason']}: {status.get('message', '')}" if status.get("reason") else "")
    ]
    lines += [
        f"pod {name}, {c.get('type')}=False {c.get('reason', '')}: {c.get('message', '')}"
        for c in status.get("conditions") or []
        if c.get("status") == "False" and c.get("message")
    ]
    return lines + [f"pod {name} container {c.get('name')}, {_state(c)}" for c in statuses(pod)]


def _state(container: Json) -> str:
    parts = []
    state = container.get("state") or {}
    if waiting := state.get("waiting"):
        parts.append(f"waiting {waiting.get('reason', '')} {waiting.get('message', '')}".strip())
    if running := state.get("running"):
        parts.append(f"running since {running.get('startedAt', 'unknown')}")
    for word, ended in (
        ("ended", state.get("terminated")),
        ("last run ended", (container.get("lastState") or {}).get("terminated")),
    ):
        if ended:
            message = f" {ended['message']}" if ended.get("message") else ""
            why = f"{ended.get('reason', 'no reason')}"
            parts.append(f"{word} with exit code {ended.get('exitCode')} ({why}) at {ended.get('finishedAt')}{message}")
    return "; ".join([*parts, f"{container.get('restartCount', 0)} restarts", "ready" if container.get("ready") else "not ready"])
