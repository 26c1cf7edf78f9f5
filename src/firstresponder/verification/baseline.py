"""How things stood before an action: what "worse" and "since the repair" are measured against."""

from __future__ import annotations

import msgspec

from firstresponder.errors import Forbidden, NotFound, Temporary
from firstresponder.model import Noun, TargetRef
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.verification.jobs import jobs_of
from firstresponder.verification.workload import WORKLOADS, restarts, see


class Baseline(Noun, frozen=True, kw_only=True):
    """Counts of pods, and restarts by pod UID. `unknown` says why it could not be read; then nothing counts as worse."""

    target: TargetRef
    desired: int = 0
    updated: int = 0
    ready: int = 0
    available: int = 0
    restarts: dict[str, int] = msgspec.field(default_factory=dict)
    jobs: tuple[str, ...] = ()  # UIDs of the Jobs that a CronJob had made
    unknown: str = ""


async def baseline(read: ClusterRead, target: TargetRef) -> Baseline:
    """Look at the target before anything is done to it. Raises nothing that was to be expected."""
    try:
        if target.kind == "CronJob":
            return Baseline(target=target, jobs=tuple(job["metadata"]["uid"] for job in await jobs_of(read, target)))
        if target.kind not in WORKLOADS:
            return Baseline(target=target)  # what a probe of it looks for is in the probe
        seen = await see(read, target)
    except (NotFound, Forbidden, Temporary) as error:
        return Baseline(target=target, unknown=str(error) or type(error).__name__)
    return Baseline(
        target=target,
        desired=seen.desired,
        updated=seen.updated,
        ready=seen.ready,
        available=seen.available,
        restarts={pod["metadata"]["uid"]: restarts(pod) for pod in seen.pods},
    )
