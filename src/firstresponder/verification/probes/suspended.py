"""Is the CronJob suspended, and did no Job of it start since? One look."""

from __future__ import annotations

from firstresponder.model import Json, Probe
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.verification.baseline import Baseline
from firstresponder.verification.jobs import jobs_of, the_same
from firstresponder.verification.look import Direction, Look

MANAGER = "firstresponder"


async def look(read: ClusterRead, probe: Probe, before: Baseline, direction: Direction = "do") -> Look:
    """Read the CronJob and its Jobs, and judge them. Raises NotFound, Forbidden, Unreachable."""
    return judge(await the_same(read, probe.target), await jobs_of(read, probe.target), before, direction)


def judge(cronjob: Json, jobs: list[Json], before: Baseline, direction: Direction) -> Look:
    """Say whether it rests as it should; taken back, it only has to be on again. Pure."""
    suspended = bool((cronjob.get("spec") or {}).get("suspend"))
    active = sum(1 for job in jobs if int((job.get("status") or {}).get("active") or 0))
    figures: dict[str, Json] = {"jobs": len(jobs), "active_jobs": active}
    if suspended != (direction == "do"):
        said = "it is not suspended any more" if direction == "do" else "it is still suspended"
        return Look(state="failing", detail=said, figures=figures)
    if direction == "undo":
        return Look(state="healthy", detail="it is not suspended any more, as before", figures=figures)
    if before.unknown:
        return Look(state="unknown", detail=f"which Jobs it had before is not known: {before.unknown}", figures=figures)
    since = _since(cronjob)
    started = [job for job in jobs if job["metadata"]["uid"] not in before.jobs and _later(job, since)]
    if started:
        names = ", ".join(job["metadata"]["name"] for job in started)
        return Look(state="failing", detail=f"started although it is suspended: {names}", figures=figures)
    runs = f"; {active} that ran before still run" if active else ""
    return Look(state="healthy", detail=f"it is suspended, and no Job started since{runs}", figures=figures)


def _since(cronjob: Json) -> str:
    """When we suspended it, as the server recorded (RFC 3339, to the second); empty where it does not say."""
    for entry in cronjob["metadata"].get("managedFields") or ():
        fields = (entry.get("fieldsV1") or {}).get("f:spec") or {}
        if entry.get("manager") == MANAGER and "f:suspend" in fields:
            return str(entry.get("time", ""))
    return ""


def _later(job: Json, since: str) -> bool:
    """Whether the Job was made after that moment; one that slipped in between our look and our write was not."""
    made = str(job["metadata"].get("creationTimestamp", ""))
    return not since or not made or made > since
