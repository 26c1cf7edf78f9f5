"""Are so many replicas wanted, there and ready, and do they live? One look.

Scaling makes no new revision, so that the count is the proof: as many pods as were asked for, all ready and available, none
more, and none of them crashing since.
"""

from __future__ import annotations

from collections.abc import Iterator

from firstresponder.model import Json, Probe
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.verification.baseline import Baseline
from firstresponder.verification.living import ailing
from firstresponder.verification.look import Direction, Look
from firstresponder.verification.workload import Workload, restarts, see


async def look(read: ClusterRead, probe: Probe, before: Baseline, direction: Direction = "do") -> Look:
    """Read the workload and its pods, and judge them. Raises NotFound, Forbidden, Unreachable."""
    return judge(await see(read, probe.target), before, int(probe.params[direction]))


def judge(seen: Workload, before: Baseline, wanted: int) -> Look:
    """Say how it stands: failing goes before on its way, on its way before healthy. Pure."""
    worse = not before.unknown and seen.ready < min(before.ready, wanted)
    if seen.desired != wanted:
        said = f"{seen.desired} replicas are wanted now, not {wanted}: somebody else set the number"
        return Look(state="failing", detail=said, worse=worse, figures=_figures(seen))
    if failing := "; ".join(ailing(seen, before)):
        return Look(state="failing", detail=failing, worse=worse, figures=_figures(seen))
    if missing := next(_missing(seen, wanted), ""):
        return Look(state="rolling", detail=missing, worse=worse, figures=_figures(seen))
    said = f"{seen.ready} of {wanted} replicas are ready, none restarted since the action" if wanted else "no pod is left"
    return Look(state="healthy", detail=said, worse=worse, figures=_figures(seen))


def _missing(seen: Workload, wanted: int) -> Iterator[str]:
    if not seen.observed:
        yield "the controller has not seen the change yet"
    if seen.total != wanted:
        yield f"there are {seen.total} pods, {wanted} are wanted"
    for name, value in (("ready", seen.ready), ("available", seen.available)):
        if value < wanted:
            yield f"{value} of {wanted} pods are {name}"
    if len(seen.pods) != wanted:
        yield f"{len(seen.pods)} pods are seen, {wanted} are wanted"


def _figures(seen: Workload) -> dict[str, Json]:
    return {
        "desired": seen.desired,
        "ready": seen.ready,
        "available": seen.available,
        "pods": len(seen.pods),
        "max_restarts": max((restarts(pod) for pod in seen.pods), default=0),
    }
