"""A stored plan holds no secret, and can be opened again where the cluster still knows the values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.errors import NotFound
from firstresponder.model import Change, Json, PatchObject, PatchOp, PlannedAction, Rung, Touched, canonical, is_sealed
from firstresponder.remediation import patch
from firstresponder.remediation.plan import plan_action
from firstresponder.remediation.seal import CannotUnseal, seal, unseal

FEW = settings(max_examples=60, deadline=None)
ACTIONS = st.sampled_from(["rollback-deployment", "restart-workload"])
DIRECTIONS = st.sampled_from(["do", "undo"])


async def planned(bench: Any, action: str) -> PlannedAction:
    """Plan an action on the cluster as it is."""
    live = bench.target
    made = await plan_action(
        Rung(action=action), live, {"good_revision": 1}, bench.cluster, bench.cluster, bench.clock.now()
    )  # fmt: skip
    assert isinstance(made, PlannedAction), made.reason
    return made


def written(change: Change | None) -> list[tuple[str, str, Json]]:
    """What a change tests and writes."""
    return [(op.op, op.path, op.value) for op in change.ops] if change else []


@FEW
@given(data=st.data(), action=ACTIONS)
def test_no_secret_of_either_template_is_stored(planting: Any, data: st.DataObject, action: str) -> None:
    """A secret in variables, arguments, annotations or URLs of the old or the new template is nowhere in a sealed plan."""
    bench, secrets = planting(data)
    text = msgspec.json.encode(seal(asyncio.run(planned(bench, action)))).decode()
    assert [secret for secret in secrets if secret in text] == []


@FEW
@given(data=st.data(), place=st.sampled_from(["test", "add", "replace"]), undo=st.booleans())
def test_no_secret_of_any_change_is_stored(planting: Any, data: st.DataObject, place: Any, undo: bool) -> None:  # noqa: FBT001
    """Whatever an action changes and however large the part is, a secret in it is stored in no field, texts included."""
    bench, secrets = planting(data)
    action = asyncio.run(planned(bench, "rollback-deployment"))
    parts = list(_parts("", action.do.ops[-1].value)) + list(_parts("", action.do.ops[0].value))
    path, value = data.draw(st.sampled_from(parts))
    change = PatchObject(target=action.target, ops=(PatchOp(op=place, path=path, value=value),))
    free = PatchObject(target=action.target, ops=())
    held = [secret for secret in secrets if secret in canonical(value).decode()]
    made = msgspec.structs.replace(
        action,
        do=free if undo else change,
        undo=change if undo else free,
        touched=(Touched(path=path, old=value, new=None), Touched(path=path, old=None, new=value)),
        diff=f"+ {' '.join(held)}",
        dry_run=f"not permitted: {held} in token={secrets[0]}",
        summary="Change",
    )
    text = msgspec.json.encode(seal(made)).decode()
    assert [secret for secret in secrets if secret in text] == []


def _parts(path: str, value: Json) -> Any:
    """Every part of a JSON value below a pod template, with its pointer."""
    yield f"/spec/template{path}", value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _parts(f"{path}/{patch.escape(str(key))}", inner)


@FEW
@given(data=st.data(), action=ACTIONS)
def test_sealing_twice_is_sealing_once(planting: Any, data: st.DataObject, action: str) -> None:
    """A sealed action is sealed into itself."""
    bench, _ = planting(data)
    once = seal(asyncio.run(planned(bench, action)))
    assert seal(once) == once


@FEW
@given(data=st.data(), action=ACTIONS, direction=DIRECTIONS)
def test_what_is_needed_to_write_comes_back(planting: Any, data: st.DataObject, action: str, direction: Any) -> None:
    """Sealed and opened for a direction, an action tests, writes and leads away from exactly what was planned."""
    bench, _ = planting(data)

    async def story() -> None:
        made = await planned(bench, action)
        if direction == "undo":
            await bench.cluster.apply(made.do, timeout=1)
        opened = await unseal(seal(made), direction, bench.cluster)
        assert written(getattr(opened, direction)) == written(getattr(made, direction))
        side = "old" if direction == "do" else "new"
        if getattr(made, direction) is not None:
            assert [getattr(one, side) for one in opened.touched] == [getattr(one, side) for one in made.touched]
            await bench.cluster.apply(getattr(opened, direction), timeout=1)

    asyncio.run(story())


@pytest.mark.parametrize("shape", [{}, {"annotations": None}, {"annotations": {"a": "b"}}])
async def test_a_restart_opens_whatever_annotations_there_are(make_bench: Callable[..., Any], shape: Json) -> None:
    """A restart is planned, stored, opened and written on a template without annotations as on one with them."""
    bench = make_bench()
    live = bench.cluster.look("Deployment", "shop", "api")
    live["spec"]["template"]["metadata"].update(shape)
    bench.cluster.put(live)
    plan = await bench.plan("restart-workload")
    opened = await unseal(seal(plan.action), "do", bench.cluster)
    after = await bench.cluster.apply(opened.do, timeout=1)
    assert "kubectl.kubernetes.io/restartedAt" in after["spec"]["template"]["metadata"]["annotations"]


async def test_objects_lists_and_long_texts_are_named_by_their_digest(bench: Any) -> None:
    """Of a rollback's values none is written out; small plain ones, and empty maps, are."""
    sealed = seal((await bench.plan()).action)
    assert all(is_sealed(op.value) for change in (sealed.do, sealed.undo) for op in change.ops)
    assert all(is_sealed(value) for one in sealed.touched for value in (one.old, one.new))
    values: list[Json] = ["x" * 201, ["a"], {"a": 1}, "x" * 200, 3, None, True, {}, []]
    ops = tuple(PatchOp(op="add", path="/x", value=value) for value in values)
    kept = seal(msgspec.structs.replace(sealed, do=PatchObject(target=sealed.target, ops=ops))).do.ops
    assert [is_sealed(op.value) for op in kept] == [True] * 3 + [False] * 6


async def test_people_still_read_what_the_plan_does(bench: Any) -> None:
    """Sealing leaves the summary, the diff and all else of a plan as they are where they hold no secret."""
    action = (await bench.plan()).action
    bare = {"do": action.do, "undo": action.undo, "touched": action.touched}
    assert msgspec.structs.replace(seal(action), **bare) == action


@pytest.mark.parametrize("gone", ["revision", "template"])
async def test_a_value_that_is_gone_cannot_be_opened(bench: Any, gone: str) -> None:
    """A revision that is not kept any more, or a template that changed, raises CannotUnseal, which names the target."""
    sealed = seal((await bench.plan()).action)
    if gone == "revision":
        bench.cluster.remove("ReplicaSet", "shop", "api-h1")
    else:
        for kind, name in (("Deployment", "api"), ("ReplicaSet", "api-h2")):
            changed = bench.cluster.look(kind, "shop", name)
            changed["spec"]["template"]["spec"]["containers"][0]["image"] = "shop/api:hotfix"
            bench.cluster.put(changed)
    with pytest.raises(CannotUnseal, match="Deployment/api"):
        await unseal(sealed, "do", bench.cluster)


async def test_a_target_that_is_gone_is_not_found(bench: Any) -> None:
    """Without the object there is nothing to open from; the cluster's own error says so."""
    sealed = seal((await bench.plan()).action)
    bench.cluster.remove("Deployment", "shop", "api")
    with pytest.raises(NotFound):
        await unseal(sealed, "do", bench.cluster)


async def test_undo_of_what_has_none_needs_nothing(bench: Any) -> None:
    """An action without inverse is handed back as it is, without a read."""
    sealed = seal((await bench.plan("restart-workload")).action)
    reads = bench.cluster.reads
    assert await unseal(sealed, "undo", bench.cluster) == sealed
    assert bench.cluster.reads == reads
