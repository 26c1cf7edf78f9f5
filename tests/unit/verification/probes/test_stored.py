"""One look at a value that was written."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.errors import NotFound
from firstresponder.model import SEALED, Probe, TargetRef, digest
from firstresponder.testing.cluster import FakeCluster
from firstresponder.verification.baseline import baseline
from firstresponder.verification.probes.stored import look

HPA = TargetRef(kind="HorizontalPodAutoscaler", namespace="shop", name="api", uid="u")
NODE = TargetRef(kind="Node", name="n1", uid="u")


async def state(target: TargetRef, spec: Any, row: list[Any], direction: Any = "do", **status: Any) -> Any:
    """Look once at an object with this spec."""
    metadata = {"name": target.name, "uid": "u"} | ({"namespace": target.namespace} if target.namespace else {})
    cluster = FakeCluster({"kind": target.kind, "metadata": metadata, "spec": spec, "status": status})
    before = await baseline(cluster, target)
    assert before.unknown == ""
    return await look(cluster, Probe(kind="stored", target=target, params={"values": [row]}), before, direction)


@pytest.mark.parametrize(
    ("maximum", "direction", "expected"),
    [(8, "do", "healthy"), (4, "do", "failing"), (4, "undo", "healthy"), (8, "undo", "failing")],
)
async def test_a_maximum_stands_or_was_set_back(maximum: int, direction: str, expected: str) -> None:
    """What was written is there, or somebody took it back; the figures say what the autoscaler does with it."""
    row = ["/spec/maxReplicas", 8, 4]
    seen = await state(HPA, {"maxReplicas": maximum}, row, direction, currentReplicas=4, desiredReplicas=6)
    assert seen.state == expected
    assert seen.figures == {"max_replicas": maximum, "desired": 6, "replicas": 4}


@pytest.mark.parametrize(
    ("spec", "expected"), [({"unschedulable": True}, "failing"), ({"unschedulable": False}, "healthy"), ({}, "healthy")]
)
async def test_an_absent_flag_is_false(spec: Any, expected: str) -> None:
    """A server leaves out what is false: an uncordoned node has no such field."""
    assert (await state(NODE, spec, ["/spec/unschedulable", False, True])).state == expected


async def test_a_large_value_is_compared_by_its_digest() -> None:
    """The probe need not hold the value itself."""
    sealed = {SEALED: digest({"app": "api"})}
    assert (await state(HPA, {"selector": {"app": "api"}}, ["/spec/selector", sealed, None])).state == "healthy"
    assert (await state(HPA, {"selector": {"app": "web"}}, ["/spec/selector", sealed, None])).state == "failing"


async def test_another_object_of_that_name_is_gone() -> None:
    """The proof is about the object that was changed."""
    with pytest.raises(NotFound, match="another of that name"):
        await state(TargetRef(kind="Node", name="n1", uid="before"), {}, ["/spec/unschedulable", True, False])
