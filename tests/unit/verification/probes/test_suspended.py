"""One look at a CronJob that was suspended."""

from __future__ import annotations

from typing import Any

from firstresponder.errors import Unreachable
from firstresponder.model import Probe, TargetRef
from firstresponder.testing.cluster import FakeCluster
from firstresponder.verification.baseline import baseline
from firstresponder.verification.probes.suspended import look

NIGHTLY = TargetRef(kind="CronJob", namespace="shop", name="nightly", uid="u")
PROBE = Probe(kind="suspended", target=NIGHTLY)


def put(cluster: FakeCluster, *, suspend: bool, since: str = "") -> None:
    """Set the CronJob; `since` is when the server recorded our write."""
    managed = [{"manager": "firstresponder", "time": since, "fieldsV1": {"f:spec": {"f:suspend": {}}}}] if since else []
    metadata = {"name": "nightly", "namespace": "shop", "uid": "u", "managedFields": managed}
    cluster.put({"kind": "CronJob", "metadata": metadata, "spec": {"suspend": suspend}})


def start(cluster: FakeCluster, name: str, owner: str = "u", at: str = "", active: int = 0) -> None:
    """A Job begins."""
    owners = [{"kind": "CronJob", "name": "nightly", "uid": owner, "controller": True}]
    metadata: Any = {"name": name, "namespace": "shop", "ownerReferences": owners, "creationTimestamp": at}
    cluster.put({"kind": "Job", "metadata": metadata, "status": {"active": active}})


async def test_no_new_job_is_healthy_and_one_that_runs_is_said() -> None:
    """Jobs from before and other people's do not count against it; one that still runs is in the words and figures."""
    cluster = FakeCluster()
    put(cluster, suspend=False)
    start(cluster, "nightly-1", active=1)
    before = await baseline(cluster, NIGHTLY)
    put(cluster, suspend=True)
    start(cluster, "weekly-1", owner="other")
    seen = await look(cluster, PROBE, before)
    assert (seen.state, seen.figures) == ("healthy", {"jobs": 1, "active_jobs": 1})
    assert "1 that ran before still run" in seen.detail


async def test_a_job_that_starts_all_the_same_is_failing() -> None:
    """Suspended means that nothing starts; one that slipped in before our write does not count."""
    cluster = FakeCluster()
    put(cluster, suspend=True, since="2026-03-10T14:30:00Z")
    before = await baseline(cluster, NIGHTLY)
    start(cluster, "nightly-1", at="2026-03-10T14:30:00Z")
    assert (await look(cluster, PROBE, before)).state == "healthy"
    start(cluster, "nightly-2", at="2026-03-10T14:30:01Z")
    seen = await look(cluster, PROBE, before)
    assert (seen.state, "nightly-2" in seen.detail) == ("failing", True)


async def test_set_back_is_failing_and_taken_back_is_healthy() -> None:
    """Somebody else's switch is a failure after the repair, and the aim after its undo."""
    cluster = FakeCluster()
    put(cluster, suspend=False)
    before = await baseline(cluster, NIGHTLY)
    assert (await look(cluster, PROBE, before)).state == "failing"
    assert (await look(cluster, PROBE, before, "undo")).state == "healthy"
    put(cluster, suspend=True)
    assert (await look(cluster, PROBE, before, "undo")).state == "failing"


async def test_without_a_baseline_it_is_not_known() -> None:
    """Which Jobs are new cannot be told: that is no success."""
    cluster = FakeCluster()
    put(cluster, suspend=True)
    cluster.fail_next("read", Unreachable("down"))
    before = await baseline(cluster, NIGHTLY)
    assert (await look(cluster, PROBE, before)).state == "unknown"
