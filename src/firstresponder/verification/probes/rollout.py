"""Is a rollout done, and do its pods live? One look.

"Done" is what `kubectl rollout status` waits for (Kubernetes, `kubectl/pkg/polymorphichelpers/rollout_status.go`). That a
pod is ready is not enough: a container that crashes every minute is ready in between. So no pod of the newest revision
may have restarted since the action, nor wait in a crash loop or for an image.
"""

from __future__ import annotations

from collections.abc import Iterator

from firstresponder.model import Json, Probe
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.verification.baseline import Baseline
from firstresponder.verification.living import ailing
from firstresponder.verification.look import Direction, Look
from firstresponder.verification.workload import Workload, restarts, see

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


async def look(read: ClusterRead, probe: Probe, before: Baseline, direction: Direction = "do") -> Look:  # noqa: ARG001  # a rollout is one either way
    """Read the workload and its pods, and judge them. Raises NotFound, Forbidden, Unreachable."""
    return judge(await see(read, probe.target), before)


def judge(seen: Workload, before: Baseline) -> Look:
    """Say how a rollout stands: failing goes before rolling, rolling before healthy. Pure."""
    worse = not before.unknown and seen.ready < min(before.ready, seen.desired)
    if failing := "; ".join(ailing(seen, before)):
        return Look(state="failing", detail=failing, worse=worse, figures=_figures(seen))
    if rolling := next(_rolling(seen), ""):
        return Look(state="rolling", detail=rolling, worse=worse, figures=_figures(seen))
    detail = f"{seen.ready} of {seen.desired} pods of the newest revision are ready, none restarted since the action"
    return Look(state="healthy", detail=detail, worse=worse, figures=_figures(seen))


def _rolling(seen: Workload) -> Iterator[str]:
    if not seen.observed:
        yield "the controller has not seen the change yet"
    if seen.obj["spec"].get("paused"):
        yield "the rollout is paused"
    if seen.desired == 0:
        yield "it is scaled to zero: nothing runs, so nothing is proven"
    if seen.newest is None:
        yield "no revision of the present template exists yet"
    if seen.updated < seen.desired:
        yield f"{seen.updated} of {seen.desired} pods are of the newest revision"
    if seen.total > seen.updated:
        yield f"{seen.total - seen.updated} pods of an old revision are left"
    for name, value in (("ready", seen.ready), ("available", seen.available)):
        if value < seen.desired:
            yield f"{value} of {seen.desired} pods are {name}"
    if len(seen.newest or ()) != seen.desired:
        yield f"{len(seen.newest or ())} pods of the newest revision are seen, {seen.desired} are wanted"


def _figures(seen: Workload) -> dict[str, Json]:
    newest = seen.newest or ()
    annotations = ((seen.obj["spec"]["template"].get("metadata") or {}).get("annotations")) or {}
    return {
        "desired": seen.desired,
        "updated": seen.updated,
        "ready": seen.ready,
        "available": seen.available,
        "pods": len(newest),
        "max_restarts": max((restarts(pod) for pod in newest), default=0),
        "restarted_at": annotations.get(RESTARTED_AT, ""),
    }
