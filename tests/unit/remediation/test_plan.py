"""Making a rung concrete."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from firstresponder.errors import Forbidden, NotFound, PreconditionFailed, Unreachable
from firstresponder.model import PlannedAction, Rung, TargetRef
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.plan import plan_action
from firstresponder.remediation.standing import STAMP

API = TargetRef(kind="Deployment", namespace="shop", name="api")


async def ask(bench: Any, action: str = "rollback-deployment", target: TargetRef = API, **facts: Any) -> Any:
    """Plan one action with a known good revision."""
    rung = Rung(action=action, why="it crashes", undo_on="worse")
    cluster = bench.cluster
    return await plan_action(rung, target, facts or {"good_revision": 1}, cluster, cluster, bench.clock.now())


async def test_a_plan_records_both_ways_and_writes_nothing(bench: Any) -> None:
    """The plan holds do, undo, UID, generation, template hash and touched values; the cluster saw one dry run only."""
    plan = await ask(bench)
    assert isinstance(plan, PlannedAction)
    live = bench.cluster.look("Deployment", "shop", "api")
    assert (plan.target.uid, plan.target.api_version) == (live["metadata"]["uid"], "apps/v1")
    assert [value.path for value in plan.touched] == ["/spec/template"]
    assert plan.touched[0].old == live["spec"]["template"]
    assert plan.undo is not None
    assert (plan.do.ops[-1].value, plan.undo.ops[-1].value) == (plan.touched[0].new, plan.touched[0].old)
    assert (plan.dry_run, plan.generation, plan.tier, plan.undo_on, plan.why) == ("ok", 1, 2, "worse", "it crashes")
    assert plan.summary == "Roll back Deployment api from revision 2 to 1"
    assert (bench.cluster.writes, bench.cluster.previews) == (0, 1)


async def test_a_plan_made_twice_has_the_same_content(bench: Any) -> None:
    """The same cluster at the same time gives the same content, whatever moved in the status."""
    first = await ask(bench)
    live = bench.cluster.look("Deployment", "shop", "api")
    bench.cluster.put({**live, "status": {"readyReplicas": 1}})
    assert (await ask(bench)).content() == first.content()


async def test_new_values_are_what_the_server_would_store(bench: Any) -> None:
    """What admission adds to the template is in the touched values, in the diff, and tested by the undo."""
    real = bench.cluster.preview

    async def with_sidecar(change: Any) -> Any:
        obj = await real(change)
        obj["spec"]["template"]["spec"]["containers"].append({"name": "mesh"})
        return obj

    bench.cluster.preview = with_sidecar
    plan = await ask(bench)
    assert plan.touched[0].new["spec"]["containers"][-1] == {"name": "mesh"}
    assert plan.undo.ops[0].value == plan.touched[0].new
    assert "+        - name: mesh" in plan.diff


async def test_the_diff_shows_the_change_and_neither_secret_nor_stamp(bench: Any) -> None:
    """A changed image and a changed password are seen to change; the password's values are not shown."""
    plan = await ask(bench)
    assert "-          image: shop/api:bad" in plan.diff
    assert "+          image: shop/api:good" in plan.diff
    assert "-              value: [redacted 1]" in plan.diff
    assert "+              value: [redacted 2]" in plan.diff
    assert "hunter" not in plan.diff
    assert STAMP not in plan.diff


async def test_a_dry_run_that_is_not_permitted_is_a_gap(bench: Any) -> None:
    """403 on the dry run still gives a plan, which says so; the new values are worked out here."""
    with_server = await ask(bench)
    bench.cluster.fail_next("preview", Forbidden("cannot patch"))
    plan = await ask(bench)
    assert plan.dry_run == "not permitted: cannot patch"
    assert plan.touched == with_server.touched


@pytest.mark.parametrize("error", [PreconditionFailed("422: spec.replicas: Invalid value"), NotFound("gone")])
async def test_a_refused_dry_run_is_no_plan(bench: Any, error: Exception) -> None:
    """What the server refuses is not offered, and its words are kept."""
    bench.cluster.fail_next("preview", error)
    refused = await ask(bench)
    assert isinstance(refused, CannotPlan)
    assert "refused the dry run: 422: spec.replicas" in refused.reason or "went away" in refused.reason


@pytest.mark.parametrize("what", ["read", "preview"])
async def test_a_silent_cluster_is_raised(bench: Any, what: str) -> None:
    """Unreachable is not "cannot": the caller may try again."""
    bench.cluster.fail_next(what, Unreachable("down"))
    with pytest.raises(Unreachable):
        await ask(bench)


@pytest.mark.parametrize(
    ("error", "word"), [(NotFound("x"), "does not exist"), (Forbidden("no list"), "may not be read: no list")]
)
async def test_a_target_that_cannot_be_read_is_no_plan(bench: Any, error: Exception, word: str) -> None:
    """Missing or forbidden: the reason says which."""
    bench.cluster.fail_next("read", error)
    assert word in (await ask(bench)).reason


async def test_another_object_of_that_name_is_no_plan(bench: Any) -> None:
    """A diagnosis about one UID is not applied to another."""
    target = msgspec.structs.replace(API, uid="uid-before")
    assert "was replaced" in (await ask(bench, target=target)).reason


async def test_only_replicasets_of_the_target_count(bench: Any) -> None:
    """A ReplicaSet with the right labels and another owner is no revision of ours."""
    alien = bench.cluster.look("ReplicaSet", "shop", "api-h1")
    alien["metadata"]["ownerReferences"][0]["uid"] = "uid-else"
    bench.cluster.put(alien)
    assert "not kept any more (kept: 2)" in (await ask(bench)).reason


async def test_a_change_that_changes_nothing_is_no_plan(bench: Any) -> None:
    """Where the server's answer equals what is there, nothing is offered."""
    real = bench.cluster.look("Deployment", "shop", "api")

    async def undone(_: Any) -> Any:
        return real

    bench.cluster.preview = undone
    assert "nothing would change" in (await ask(bench)).reason


async def test_a_wrong_kind_or_name_is_said(bench: Any) -> None:
    """An action that does not know the kind gives a reason; an unknown action is an error that names those there are."""
    pod = TargetRef(kind="Pod", namespace="shop", name="api-x")
    assert "works on Deployment; Pod/api-x is none of these" in (await ask(bench, target=pod)).reason
    with pytest.raises(NotFound, match="restart-workload, restore-replicas, rollback-deployment"):
        await ask(bench, action="drain-node")
