"""Collect evidence: resolve first, then all collectors side by side, each within its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from firstresponder.config import Limits
from firstresponder.errors import FirstresponderError
from firstresponder.evidence import redact
from firstresponder.evidence.catalog import COLLECTORS
from firstresponder.evidence.gaps import gap
from firstresponder.evidence.reads import ApiBudget, CachedRead
from firstresponder.evidence.resolve import find
from firstresponder.evidence.rest import rest
from firstresponder.evidence.scene import Collect, Finding, Scene
from firstresponder.model import Alert, Evidence, EvidenceSet, Gap, Resolution, canonical
from firstresponder.ports.clock import Clock
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.logs import Logs
from firstresponder.redaction import Redactor

_KEEP_AT_LEAST = 512  # bytes: less of an evidence than this says nothing


async def collect(  # noqa: PLR0917 - the design fixes the order of these words
    incident_id: str,
    n: int,
    alerts: Sequence[Alert],
    read: ClusterRead,
    logs: Logs,
    clock: Clock,
    limits: Limits,
    *,
    collectors: Mapping[str, Collect] = COLLECTORS,
) -> EvidenceSet:
    """Return all that could be seen within `limits`, redacted; what could not be seen is a Gap.

    Never raises for what the cluster does or does not answer. Cancelling it cancels every read in flight.
    """
    started, ends = clock.now(), asyncio.get_running_loop().time() + float(limits.total_timeout)
    cached = CachedRead(read, ApiBudget(limits.max_api_calls))
    gaps: list[Gap] = []
    try:
        resolution = await _resolve(alerts, cached, limits, gaps)
        redactor = Redactor()
        scene = Scene(tuple(alerts), resolution, cached, logs, limits, started, redactor)
        answers = await asyncio.gather(*(_run(name, one, scene, ends) for name, one in collectors.items()))
        seen = cached.seen()
    finally:
        await cached.close()
    items = []
    for finding in (finding for answer in answers for finding in answer):
        if isinstance(finding, Gap):
            gaps.append(msgspec.structs.replace(finding, why=redactor.text(finding.why)))
        else:
            items.append(redact.evidence(redactor, finding))
    gaps = [msgspec.structs.replace(one, why=redactor.forget(one.why)) for one in gaps]
    kept, size = _fit(redact.recall(redactor, items), limits.max_bytes, gaps)
    others, left_out = rest(seen, kept, redactor, limits.max_bytes - size)
    return EvidenceSet(
        incident_id=incident_id,
        n=n,
        resolution=resolution,
        items=tuple(kept),
        gaps=tuple(gaps),
        started_at=started,
        finished_at=clock.now(),
        api_calls=cached.budget.calls,
        bytes=size + sum(len(canonical(obj)) for obj in others),
        others=tuple(others),
        left_out=left_out,
    )


async def _resolve(alerts: Sequence[Alert], read: CachedRead, limits: Limits, gaps: list[Gap]) -> Resolution:
    try:
        async with asyncio.timeout(float(limits.collector_timeout)):
            return await find(alerts, read)
    except (FirstresponderError, TimeoutError) as error:
        gaps.append(_to_gap("resolve", error, limits))
        return Resolution(target=None, how=f"the cluster could not be asked: {gaps[-1].why}")


async def _run(name: str, one: Collect, scene: Scene, ends: float) -> list[Finding]:
    found: list[Finding] = []
    left = ends - asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(max(0.0, min(float(scene.limits.collector_timeout), left))):
            async for finding in one(scene):
                found.append(finding)  # noqa: PERF401 - one by one: what was found before a time limit strikes is kept
    except Exception as error:  # noqa: BLE001 - a collector that fails costs its own evidence, never the investigation
        found.append(_to_gap(name, error, scene.limits))
    return found


def _to_gap(collector: str, error: Exception, limits: Limits) -> Gap:
    """A whole collector that was kept from its evidence."""
    if isinstance(error, TimeoutError):
        error = TimeoutError(f"no answer within {limits.collector_timeout:g} s")
    return gap(collector, collector, error)


def _fit(items: list[Evidence], max_bytes: int, gaps: list[Gap]) -> tuple[list[Evidence], int]:
    """Keep what fits, in the catalog's order; cut the beginning of a text, drop objects from the end."""
    kept: list[Evidence] = []
    size = 0
    for item in items:
        length = len(canonical(item))
        if size + length > max_bytes:
            smaller = _cut(item, max_bytes - size)
            if smaller is None:
                why = f"{length} bytes, and only {max(0, max_bytes - size)} of max_bytes={max_bytes} were left"
                gaps.append(Gap(collector=item.collector, what=item.id, why=why, kind="too_large"))
                continue
            item, length = smaller, len(canonical(smaller))  # noqa: PLW2901 - the smaller one takes its place
        kept.append(item)
        size += length
    return kept, size


def _cut(item: Evidence, room: int) -> Evidence | None:
    if room < _KEEP_AT_LEAST:
        return None
    objects = item.objects
    while objects and len(canonical(objects)) > room // 2:
        objects = objects[:-1]
    bare = msgspec.structs.replace(item, objects=objects, text="", truncated=True)
    text = item.text
    while text and len(canonical(msgspec.structs.replace(bare, text=text))) > room:
        # The end of a log says why it died.
        text = text[max(1, len(text) // 4) :]
    smaller = msgspec.structs.replace(bare, text=text)
    return smaller if len(canonical(smaller)) <= room and (text or objects) else None
