"""One look at a scaled workload."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.model import Probe
from firstresponder.verification.baseline import baseline
from firstresponder.verification.look import Look
from firstresponder.verification.probes.replicas import look


async def looked(shop: Any, *, do: int, undo: int = 9, direction: Any = "do", before: Any = None) -> Look:
    """Look once."""
    before = before or await baseline(shop.cluster, shop.target)
    return await look(
        shop.cluster, Probe(kind="replicas", target=shop.target, params={"do": do, "undo": undo}), before, direction
    )


async def test_so_many_ready_pods_are_healthy(shop: Any) -> None:
    """All wanted pods are there and ready, none more: healthy, with the figures; after an undo its own number counts."""
    seen = await looked(shop, do=2)
    assert (seen.state, seen.worse) == ("healthy", False)
    assert seen.figures == {"desired": 2, "ready": 2, "available": 2, "pods": 2, "max_restarts": 0}
    assert (await looked(shop, do=9, undo=2, direction="undo")).state == "healthy"


async def test_a_number_that_somebody_set_back_is_failing(shop: Any) -> None:
    """Another number in the spec is no "not yet": somebody else set it."""
    seen = await looked(shop, do=3)
    assert (seen.state, "somebody else" in seen.detail) == ("failing", True)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"generation": 3}, "has not seen the change"),
        ({"replicas": 3}, "there are 3 pods"),
        ({"readyReplicas": 1}, "1 of 2 pods are ready"),
        ({"availableReplicas": None}, "0 of 2 pods are available"),
    ],
)
async def test_what_is_on_its_way_is_rolling(shop: Any, change: dict[str, Any], word: str) -> None:
    """Not all there yet, or still too many, is neither good nor bad."""
    shop.workload(**change)
    seen = await looked(shop, do=2)
    assert seen.state == "rolling"
    assert word in seen.detail


async def test_a_pod_that_the_status_does_not_count_yet_is_rolling(shop: Any) -> None:
    """Counts alone prove nothing."""
    shop.pod("late")
    assert "3 pods are seen" in (await looked(shop, do=2)).detail


async def test_new_pods_that_crash_are_failing(shop: Any) -> None:
    """More replicas of something that cannot start help nobody."""
    before = await baseline(shop.cluster, shop.target)
    shop.pod("api-1", waits="CrashLoopBackOff")
    assert (await looked(shop, do=2, before=before)).state == "failing"


async def test_fewer_ready_pods_are_worse_only_below_the_number_asked_for(shop: Any) -> None:
    """Scaled down to one, one ready pod is no loss; none is."""
    before = await baseline(shop.cluster, shop.target)
    shop.workload(spec={"replicas": 1}, readyReplicas=1)
    assert not (await looked(shop, do=1, before=before)).worse
    shop.workload(spec={"replicas": 1}, readyReplicas=0)
    assert (await looked(shop, do=1, before=before)).worse


async def test_zero_is_reached_when_no_pod_is_left(shop: Any) -> None:
    """At zero the proof is that nothing is there."""
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 0)
    shop.workload(spec={"replicas": 0}, **counts)
    assert (await looked(shop, do=0)).state == "rolling"
    for number in range(2):
        shop.cluster.remove("Pod", "shop", f"api-{number}")
    assert (await looked(shop, do=0)).state == "healthy"
