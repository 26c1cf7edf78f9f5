"""What an investigation keeps, and what it costs at most."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs
from firstresponder.config import Limits, Seconds
from firstresponder.errors import Forbidden, Unreachable
from firstresponder.evidence.catalog import COLLECTORS
from firstresponder.evidence.collect import collect
from firstresponder.evidence.scene import Collect, Finding, Scene
from firstresponder.model import Alert, Evidence, EvidenceSet, Json
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import NOW, bad_release

FIRING = Alert(
    fingerprint="ab" * 8,
    labels={"alertname": "KubePodCrashLooping", "namespace": "shop", "deployment": "api"},
    annotations={},
    status="firing",
    starts_at=NOW,
    received_at=NOW,
)


class Counting(BundleCluster):
    """Counts every question, and may refuse kinds."""

    def __init__(self, objects: Sequence[Json], refused: dict[str, Exception] | None = None) -> None:
        """Serve these objects; a kind in `refused` is answered with its error."""
        super().__init__(objects)
        self.asked: Counter[tuple[str, ...]] = Counter()
        self.refused = refused or {}

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Count, refuse or answer."""
        self.asked["get", kind, namespace, name] += 1
        if kind in self.refused:
            raise self.refused[kind]
        await asyncio.sleep(0)
        return await super().get(kind, namespace, name)

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Count, refuse or answer."""
        self.asked["list", kind, namespace, labels, fields] += 1
        if kind in self.refused:
            raise self.refused[kind]
        await asyncio.sleep(0)
        return await super().list(kind, namespace, labels=labels, fields=fields, limit=limit)


async def looked(cluster: BundleCluster, limits: Limits | None = None, logs: dict[str, str] | None = None) -> EvidenceSet:
    """Collect for the one alert."""
    return await collect("inc", 1, [FIRING], cluster, BundleLogs(logs or {}), FakeClock(NOW), limits or Limits())


async def with_collectors(limits: Limits, **collectors: Collect) -> EvidenceSet:
    """Collect with these collectors only."""
    return await collect(
        "inc", 1, [FIRING], Counting(bad_release()), BundleLogs({}), FakeClock(NOW), limits, collectors=collectors
    )


async def test_no_question_is_asked_twice() -> None:
    """Collectors that need the same object or list share one API call."""
    cluster = Counting(bad_release())
    found = await looked(cluster)
    assert max(cluster.asked.values()) == 1
    assert sum(cluster.asked.values()) <= found.api_calls <= 30


async def test_a_release_is_seen_from_every_side() -> None:
    """Alert, workload, revisions with their diff, pods, events, previous log and node are all there."""
    objects = bad_release()
    name = next(o["metadata"]["name"] for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    found = await looked(BundleCluster(objects), logs={f"{name}/app@previous": "panic: boom"})
    ids = {item.id for item in found.items}
    assert {"alert:" + "ab" * 8, "workload", "revisions", "diff:4..5", "pods", "events", "node:node-1"} <= ids
    log = next(item for item in found.items if item.id == f"log:{name}/app@previous")
    assert log.text == "panic: boom"
    assert log.key == f"shop/{name}/app@previous"


async def test_the_ids_are_unique_and_the_same_on_a_repeat() -> None:
    """An evidence is known by its id within its investigation, and a second look gives the same ids."""
    first, second = await looked(BundleCluster(bad_release())), await looked(BundleCluster(bad_release()))
    ids = [item.id for item in first.items]
    assert len(ids) == len(set(ids))
    assert ids == [item.id for item in second.items]


async def test_a_forbidden_kind_is_a_gap_and_the_rest_is_kept() -> None:
    """A 403 on events costs the events only, and is told as forbidden."""
    found = await looked(Counting(bad_release(), {"Event": Forbidden("events is forbidden")}))
    assert [(gap.collector, gap.kind) for gap in found.gaps if gap.collector == "events"] == [("events", "forbidden")]
    assert {"pods", "revisions"} <= {item.id for item in found.items}


async def test_without_a_cluster_there_are_gaps_and_the_alert() -> None:
    """An unreachable cluster gives an evidence set with the alert itself and gaps, never an exception."""

    class Nowhere(BundleCluster):
        async def get(self, kind: str, namespace: str, name: str) -> Json:  # noqa: ARG002 - the port's own words
            raise Unreachable("no cluster is configured")

    found = await looked(Nowhere([]))
    assert [item.collector for item in found.items] == ["alert"]
    assert found.resolution.target is None
    assert {gap.kind for gap in found.gaps} == {"unreachable"}


async def test_a_collector_that_hangs_keeps_what_it_had_and_costs_its_own_time_only() -> None:
    """What was found before the time limit is kept, the rest is a timeout gap, and the others are not touched."""

    async def slow(scene: Scene) -> AsyncIterator[Finding]:
        yield Evidence(id="early", collector="slow", title="early", at=scene.at)
        await asyncio.sleep(60)

    found = await with_collectors(Limits(collector_timeout=Seconds(0.05)), slow=slow, pods=COLLECTORS["pods"])
    assert {item.id for item in found.items} == {"early", "pods"}
    assert [(gap.collector, gap.kind) for gap in found.gaps] == [("slow", "timeout")]


async def test_the_total_time_bounds_every_collector() -> None:
    """A total shorter than a collector's own limit is what counts."""

    async def slow(_: Scene) -> AsyncIterator[Finding]:
        await asyncio.sleep(60)
        yield Evidence(id="late", collector="slow", title="late", at=NOW)

    started = asyncio.get_running_loop().time()
    found = await with_collectors(Limits(collector_timeout=Seconds(30), total_timeout=Seconds(0.1)), slow=slow)
    assert asyncio.get_running_loop().time() - started < 5
    assert found.gaps[0].kind == "timeout"


async def test_a_collector_with_a_bug_is_a_gap() -> None:
    """An unexpected exception costs that collector's evidence only, and names itself."""

    async def broken(scene: Scene) -> AsyncIterator[Finding]:
        if scene.alerts:
            raise KeyError("metadata")
        yield Evidence(id="never", collector="broken", title="never", at=NOW)

    found = await with_collectors(Limits(), broken=broken, alert=COLLECTORS["alert"])
    assert [item.collector for item in found.items] == ["alert"]
    assert [(gap.collector, gap.kind) for gap in found.gaps] == [("broken", "failed")]
    assert "KeyError" in found.gaps[0].why


@pytest.mark.parametrize("most", [0, 1, 5, 9])
async def test_no_more_api_calls_than_allowed(most: int) -> None:
    """Whatever the limit, the cluster is not asked more often, and what was left out is a gap."""
    cluster = Counting(bad_release())
    found = await looked(cluster, Limits(max_api_calls=most))
    assert sum(cluster.asked.values()) <= most
    assert found.api_calls <= most
    assert any(gap.kind == "too_large" for gap in found.gaps)


@pytest.mark.parametrize("most", [600, 3000, 9000])
async def test_no_more_bytes_than_allowed(most: int) -> None:
    """The evidence that is kept fits the limit; a long log keeps its end."""
    objects = bad_release()
    name = next(o["metadata"]["name"] for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    text = "".join(f"line {i}\n" for i in range(5000)) + "the last words"
    found = await looked(BundleCluster(objects), Limits(max_bytes=most, log_lines=100000), {f"{name}/app@previous": text})
    assert found.bytes <= most
    for item in found.items:
        if item.collector == "container_logs":
            assert item.text.endswith("the last words")
    assert any(gap.kind == "too_large" for gap in found.gaps) or any(item.truncated for item in found.items)


async def test_bookkeeping_is_left_out() -> None:
    """Field managers' sets and last-applied annotations are not kept; who wrote when is."""
    objects = bad_release()
    objects[0]["metadata"]["managedFields"] = [
        {"manager": "helm", "operation": "Update", "time": "t", "fieldsV1": {"f:spec": {}}}
    ]
    objects[0]["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
    found = await looked(BundleCluster(objects))
    workload = next(item for item in found.items if item.id == "workload").objects[0]
    assert workload["metadata"]["managedFields"] == [{"manager": "helm", "operation": "Update", "time": "t"}]
    assert list(workload["metadata"]["annotations"]) == ["deployment.kubernetes.io/revision"]


async def test_many_pods_are_cut_to_the_worst_and_one_of_each_revision() -> None:
    """Of forty pods twelve are kept: the crashing one first, and at least one that is well."""
    found = await looked(BundleCluster(bad_release(old_pods=3, new_pods=40)))
    pods = next(item for item in found.items if item.id == "pods")
    assert len(pods.objects) == 12
    assert pods.truncated
    assert pods.objects[0]["status"]["containerStatuses"][0]["ready"] is False
    assert any(one["status"]["containerStatuses"][0]["ready"] for one in pods.objects)
