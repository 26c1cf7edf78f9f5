"""The alerts themselves: what they say is evidence too."""

from __future__ import annotations

from collections.abc import AsyncIterator

from firstresponder.evidence.scene import Finding, Scene
from firstresponder.model import Evidence, Permission

NEEDS: tuple[Permission, ...] = ()


async def collect(scene: Scene) -> AsyncIterator[Finding]:
    """Yield one evidence per alert: `alert:<fingerprint>`, one line per label and annotation."""
    for alert in scene.alerts:
        lines = [f"{alert.name} {alert.status} since {alert.starts_at:%Y-%m-%dT%H:%M:%SZ}"]
        lines += [f"{key}: {value}" for part in (alert.labels, alert.annotations) for key, value in sorted(part.items())]
        yield Evidence(
            id=f"alert:{alert.fingerprint}",
            collector="alert",
            title=f"Alert {alert.name}",
            at=scene.at,
            about=scene.resolution.target,
            objects=({"labels": alert.labels, "annotations": alert.annotations},),
            text="\n".join(lines),
        )
