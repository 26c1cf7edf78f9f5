"""A proposal on its whole way: planned, sealed for the disk, found again, applied, taken back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from firstresponder.model import Json, PlannedAction, Rung, TargetRef
from firstresponder.remediation import standing
from firstresponder.remediation.plan import plan_action
from firstresponder.remediation.seal import seal, unseal
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.cluster import FakeCluster

C = "/spec/template/spec/containers/0"
API = TargetRef(kind="Deployment", namespace="shop", name="api")
WEB = TargetRef(kind="Service", namespace="shop", name="web")
GOOD = ["serve", "--token", "zqGoodValue77x"]
BROKEN = ["serve", "--tokn", "zqBrokenValue88y"]


def cluster() -> FakeCluster:
    """A Deployment whose command was broken, its two revisions, and a Service."""
    found = FakeCluster()
    meta = {"namespace": "shop", "annotations": {}}
    limits = {"limits": {"memory": "64Mi"}}
    pods = [
        {"metadata": {}, "spec": {"containers": [{"name": "app", "image": "i:1", "command": command, "resources": limits}]}}
        for command in (GOOD, BROKEN)
    ]
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "api"}}, "template": pods[1]}
    uid = found.put({"kind": "Deployment", "metadata": {"name": "api", **meta}, "spec": spec})["metadata"]["uid"]
    for number, pod in enumerate(pods, 1):
        owners = [{"kind": "Deployment", "name": "api", "uid": uid, "controller": True}]
        metadata = {"name": f"api-{number}", "namespace": "shop", "labels": {"app": "api"}, "ownerReferences": owners}
        found.put({"kind": "ReplicaSet", "metadata": metadata, "spec": {"template": pod}})
    found.put({"kind": "Service", "metadata": {"name": "web", **meta}, "spec": {"selector": {"app": "wbe", "tier": "old"}}})
    return found


CASES: list[Any] = [
    ("fix-command", API, {"op": "replace", "path": f"{C}/command", "value": GOOD}),
    ("raise-memory-limit", API, {"op": "replace", "path": f"{C}/resources/limits/memory", "value": "128Mi"}),
    ("add-resource-requests", API, {"op": "add", "path": f"{C}/resources/requests", "value": {"memory": "32Mi", "cpu": "1"}}),
    ("fix-scheduling-constraint", API, {"op": "add", "path": "/spec/template/spec/tolerations", "value": [{"key": "gpu"}]}),
    ("fix-service", WEB, {"op": "replace", "path": "/spec/selector", "value": {"app": "web"}}),
]


async def apply(found: FakeCluster, action: PlannedAction, direction: Any) -> None:
    """What the gate does with a stored plan."""
    opened = await unseal(action, direction, found)
    want = standing.intended(opened, direction)
    assert want is not None
    target = action.target
    live = await found.get(target.kind, target.namespace, target.name)
    assert standing.differences(live, want) == ()
    await found.apply(standing.stamped(want, live, f"op-{direction}"), timeout=1)


@pytest.mark.parametrize(("name", "target", "step"), CASES, ids=lambda each: each if isinstance(each, str) else "")
async def test_a_stored_proposal_can_be_done_and_undone(name: str, target: TargetRef, step: Json) -> None:
    """From the disk alone, with the cluster's own values, it is done, and taken back to the very spec of before."""
    found = cluster()
    before = found.look(target.kind, "shop", target.name)["spec"]
    planned = await plan_action(Rung(action=name), target, {"patch": [step]}, found, found, FakeClock().now())
    assert isinstance(planned, PlannedAction), planned.reason
    assert planned.always_asks
    assert (planned.template_hash == "") == (target.kind == "Service")
    stored = msgspec.json.encode(seal(planned))
    assert b"zq" not in stored
    kept = msgspec.json.decode(stored, type=PlannedAction)
    await apply(found, kept, "do")
    live = found.look(target.kind, "shop", target.name)["spec"]
    assert live != before
    found.put({"kind": "ReplicaSet", "metadata": {"name": "api-3", "namespace": "shop"}, "spec": {"template": {}}})
    await apply(found, kept, "undo")
    assert found.look(target.kind, "shop", target.name)["spec"] == before


async def test_what_nobody_holds_any_more_is_not_written() -> None:
    """A command that a revision held when it was planned, and no revision holds now, cannot be found again."""
    found = cluster()
    planned = await plan_action(Rung(action="fix-command"), API, {"patch": [CASES[0][2]]}, found, found, FakeClock().now())
    assert isinstance(planned, PlannedAction)
    kept = seal(planned)
    found.remove("ReplicaSet", "shop", "api-1")
    with pytest.raises(Exception, match="no longer hold"):
        await unseal(kept, "do", found)
