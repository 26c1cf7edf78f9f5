"""The cluster in memory keeps what the gate relies on in a real one."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.errors import NotFound, OutcomeUnknown, PreconditionFailed, Unreachable
from firstresponder.model import PatchObject, PatchOp, TargetRef
from firstresponder.testing.cluster import FakeCluster

API = TargetRef(kind="Deployment", namespace="shop", name="api")


def change(path: str, value: Any, *tests: PatchOp) -> PatchObject:
    """Replace one value."""
    return PatchObject(target=API, ops=(*tests, PatchOp(op="add", path=path, value=value)))


def fresh(**more: Any) -> FakeCluster:
    """A cluster with one Deployment."""
    obj = {"kind": "Deployment", "metadata": {"name": "api", "namespace": "shop", "labels": {"app": "api", "tier": "web"}}}
    return FakeCluster({**obj, "spec": {"replicas": 1, "template": {"a": 1}}, "status": {}}, **more)


def generation(cluster: FakeCluster) -> int:
    """The Deployment's."""
    return int(cluster.look("Deployment", "shop", "api")["metadata"]["generation"])


async def test_the_generation_grows_with_the_spec_only() -> None:
    """A change of the spec moves the generation, one of metadata or status only the resource version."""
    cluster = fresh()
    first = cluster.look("Deployment", "shop", "api")["metadata"]["resourceVersion"]
    await cluster.apply(change("/metadata/annotations", {"a": "b"}), timeout=1)
    cluster.put({**cluster.look("Deployment", "shop", "api"), "status": {"x": 1}})
    assert generation(cluster) == 1
    assert cluster.look("Deployment", "shop", "api")["metadata"]["resourceVersion"] != first
    await cluster.apply(change("/spec/replicas", 2), timeout=1)
    assert generation(cluster) == 2


async def test_a_dry_run_has_no_effect_and_a_failed_test_neither() -> None:
    """A preview shows the new generation and keeps nothing; a failed test is PreconditionFailed."""
    cluster = fresh()
    seen = await cluster.preview(change("/spec/replicas", 2))
    assert (seen["spec"]["replicas"], seen["metadata"]["generation"], generation(cluster)) == (2, 2, 1)
    with pytest.raises(PreconditionFailed, match="/spec/replicas: expected 9, got 1"):
        await cluster.apply(change("/spec/replicas", 2, PatchOp(op="test", path="/spec/replicas", value=9)), timeout=1)
    assert (cluster.previews, cluster.writes, cluster.effects) == (1, 1, 0)


async def test_faults_come_when_they_are_told() -> None:
    """A failure has no effect and is counted as no write; a lost answer has its effect; both happen once."""
    cluster = fresh()
    cluster.fail_next("write", Unreachable("x"))
    cluster.lose_answer_of_next_write()
    with pytest.raises(Unreachable):
        await cluster.apply(change("/spec/replicas", 2), timeout=1)
    assert (cluster.writes, generation(cluster)) == (0, 1)
    with pytest.raises(OutcomeUnknown):
        await cluster.apply(change("/spec/replicas", 2), timeout=1)
    assert generation(cluster) == 2
    await cluster.apply(change("/spec/replicas", 3), timeout=1)
    assert cluster.effects == 2


async def test_the_hook_sees_a_changed_template_once() -> None:
    """The stand-in for controllers runs on a template change, not on a stamp."""
    seen: list[Any] = []
    cluster = fresh(on_rollout=lambda _, obj: seen.append(obj["spec"]["template"]))
    await cluster.apply(change("/metadata/annotations", {"a": "b"}), timeout=1)
    await cluster.apply(change("/spec/template/a", 2), timeout=1)
    assert seen == [{"a": 2}]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("", 1),
        ("app=api", 1),
        ("app==api,tier in (web, db)", 1),
        ("tier notin (web)", 0),
        ("app!=api", 0),
        ("app,!old", 1),
        ("!app", 0),
        ("app=other", 0),
    ],
)
async def test_lists_are_selected_by_labels(labels: str, found: int) -> None:
    """Every form of a label selector."""
    assert len(await fresh().list("Deployment", "shop", labels=labels)) == found


async def test_lists_are_selected_by_fields_and_namespace() -> None:
    """Fields are dotted paths; an empty namespace means all."""
    cluster = fresh()
    assert len(await cluster.list("Deployment", "", fields="metadata.name=api,spec.replicas!=2")) == 1
    assert await cluster.list("Deployment", "", fields="metadata.name=x") == []
    assert await cluster.list("Deployment", "other") == []
    assert await cluster.list("Deployment", "", limit=0) == []


async def test_logs_are_the_end_of_what_was_put_there() -> None:
    """Lines and bytes are cut from the front; what is not there is NotFound."""
    cluster = fresh()
    cluster.logs["shop/p/c@previous"] = "a\nbb\nccc"
    assert await cluster.tail("shop", "p", "c", previous=True, lines=2) == "bb\nccc"
    assert await cluster.tail("shop", "p", "c", previous=True, max_bytes=2) == "cc"
    with pytest.raises(NotFound):
        await cluster.tail("shop", "p", "c")
