"""The Jobs of a CronJob, as they are now."""

from __future__ import annotations

from firstresponder.errors import NotFound
from firstresponder.model import Json, Permission, TargetRef
from firstresponder.ports.cluster_read import ClusterRead

NEEDS: tuple[Permission, ...] = Permission.each("list", "batch", "jobs")
"""Beside the CronJob itself, which the action must be allowed to read."""


async def jobs_of(read: ClusterRead, target: TargetRef) -> list[Json]:
    """List the Jobs that the CronJob controls. Raises NotFound, Forbidden, Unreachable."""
    listed = await read.list("Job", target.namespace)
    return [job for job in listed if any(_is(ref, target) for ref in job["metadata"].get("ownerReferences") or ())]


async def the_same(read: ClusterRead, target: TargetRef) -> Json:
    """Read an object. Raises NotFound (also when another has the name now), Forbidden, Unreachable."""
    obj = await read.get(target.kind, target.namespace, target.name)
    uid = obj["metadata"]["uid"]
    if target.uid not in {"", uid}:
        raise NotFound(f"{target} with UID {target.uid} is gone; another of that name has UID {uid}")
    return obj


def _is(ref: Json, target: TargetRef) -> bool:
    known = ref.get("uid") == target.uid if target.uid else (ref.get("kind"), ref.get("name")) == (target.kind, target.name)
    return bool(ref.get("controller")) and known
