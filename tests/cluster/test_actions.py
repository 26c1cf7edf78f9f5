"""Every action of the catalog on the real API server: previewed, done once however often, looked at, taken back.

The two actions of the shipped runbooks have whole stories of their own in the other files here. Each test has its own
namespace; the node that is cordoned is one that it makes itself, so that nobody else's pods are kept waiting.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from firstresponder.adapters.kubernetes.cluster import Kubernetes, open_cluster
from firstresponder.config import Cluster
from firstresponder.model import Decision, Grant, Plan, PlannedAction, Rung, TargetRef
from firstresponder.remediation.catalog import CATALOG
from firstresponder.remediation.digests import plan_digest
from firstresponder.remediation.gate import Gate
from firstresponder.remediation.plan import plan_action
from firstresponder.remediation.replicas import BEFORE
from firstresponder.remediation.result import Done
from firstresponder.remediation.seal import seal, unseal
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.journal import MemoryAudit, MemoryJournal
from firstresponder.verification.baseline import baseline
from firstresponder.verification.verify import PROBES
from testbed.bed import Testbed
from tests.cluster.apps import Json, Shop

ELSEWHERE = {"restart-workload", "rollback-deployment"}
LOOKS = 60
"""Seconds for a real rollout or scaling to be seen."""
C = "/spec/template/spec/containers/0"


class Case(NamedTuple):
    """An action, what it is given, and the specs (parts of them) that must stand after do."""

    action: str
    kind: str
    params: Json
    facts: Json
    expected: Json


def proposed(  # noqa: PLR0917  # a row of the table
    action: str, kind: str, expected: Json, op: str, path: str, value: Any = None
) -> Case:
    """A proposal of one operation."""
    return Case(action, kind, {}, {"patch": [{"op": op, "path": path, "value": value}]}, expected)


LIMITS = {"limits": {"memory": "64Mi", "cpu": "200m"}}
PROBE: Json = {"readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}}}
CASES = [
    Case("scale-up", "Deployment", {"by": 1, "ceiling": 2}, {}, {"replicas": 2}),
    Case("scale-down", "StatefulSet", {"to": 1, "floor": 1}, {}, {"replicas": 1}),
    Case("restore-replicas", "Deployment", {"replicas": 2}, {}, {"replicas": 2}),
    Case("scale-to-zero", "Deployment", {}, {}, {"replicas": 0}),
    Case("raise-hpa-max", "HorizontalPodAutoscaler", {"factor": 2, "ceiling": 5}, {}, {"maxReplicas": 5}),
    Case("suspend-cronjob", "CronJob", {}, {}, {"suspend": True}),
    Case("cordon-node", "Node", {}, {}, {"unschedulable": True}),
    Case("uncordon-node", "Node", {}, {}, {"unschedulable": None}),
    Case("fix-image", "Deployment", {"image": "docker.io/local/app:v3"}, {}, {}),
    proposed("raise-memory-limit", "Deployment", {}, "replace", f"{C}/resources/limits/memory", "96Mi"),
    proposed("raise-cpu-limit", "Deployment", {}, "replace", f"{C}/resources/limits/cpu", "300m"),
    proposed("add-resource-requests", "StatefulSet", {}, "add", f"{C}/resources/requests", {"memory": "16Mi", "cpu": "1m"}),
    proposed("fix-command", "Deployment", {}, "remove", f"{C}/args"),
    proposed("fix-config", "Deployment", {}, "replace", f"{C}/env/0/name", "MODE"),
    proposed("fix-probe", "Deployment", {}, "replace", f"{C}/readinessProbe/httpGet/path", "/healthz?again"),
    proposed(
        "fix-scheduling-constraint",
        "Deployment",
        {},
        "add",
        "/spec/template/spec/tolerations",
        [{"key": "gpu", "operator": "Exists"}],
    ),
    proposed("fix-security-context", "Deployment", {}, "add", f"{C}/securityContext", {"allowPrivilegeEscalation": False}),
    proposed("fix-service", "Service", {"selector": {"app": "api"}}, "replace", "/spec/selector/app", "api"),
    proposed("fix-hpa", "HorizontalPodAutoscaler", {"minReplicas": 2}, "replace", "/spec/minReplicas", 2),
]


def manifest(case: Case, shop: Shop, name: str) -> list[Json]:
    """The objects that the action works on."""
    meta = {"name": name, "namespace": shop.namespace}
    container: Json = {
        "name": "app",
        "image": "docker.io/local/app:v1",
        "imagePullPolicy": "Never",
        "env": [{"name": "MOOD", "value": "good"}],
        "resources": LIMITS,
        "args": [] if case.action != "fix-command" else ["--not-read"],
        **PROBE,
    }
    container["readinessProbe"] = {**PROBE["readinessProbe"], "periodSeconds": 1}
    pod = {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
    }
    api: Json = {
        "apiVersion": "apps/v1",
        "kind": case.kind,
        "metadata": meta,
        "spec": {
            "replicas": {"restore-replicas": 0, "scale-down": 2}.get(case.action, 1),
            "selector": {"matchLabels": {"app": "api"}},
            "template": pod,
        },
    }
    job = {"restartPolicy": "Never", "containers": [{**container, "readinessProbe": None}]}
    made: dict[str, Json] = {
        "Deployment": api,
        "StatefulSet": api,
        "HorizontalPodAutoscaler": {
            "apiVersion": "autoscaling/v2",
            "kind": case.kind,
            "metadata": meta,
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none"},
                "minReplicas": 1,
                "maxReplicas": 3,
            },
        },
        "CronJob": {
            "apiVersion": "batch/v1",
            "kind": case.kind,
            "metadata": meta,
            "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": job}}}},
        },
        "Service": {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"selector": {"app": "ipa"}, "ports": [{"port": 80}]},
        },
        "Node": {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name},
            "spec": {"unschedulable": case.action == "uncordon-node"},
        },
    }
    return [made[case.kind]]


@pytest.fixture
def target(request: pytest.FixtureRequest, shop: Shop) -> Iterator[TargetRef]:
    """The object of a case, there and settled; a node is removed at the end."""
    case: Case = request.getfixturevalue("case")
    name = f"no-pods-{secrets.token_hex(3)}" if case.kind == "Node" else "api"
    shop.bed.apply(manifest(case, shop, name))
    namespace = "" if case.kind == "Node" else shop.namespace
    if case.kind in {"Deployment", "StatefulSet"}:
        shop.bed.wait(lambda: settled(shop, case.kind), f"{case.kind} api in {shop.namespace} to be ready", timeout=90)
    try:
        yield TargetRef(kind=case.kind, namespace=namespace, name=name)
    finally:
        if case.kind == "Node":
            shop.bed.kubectl("delete", "node", name, check=False)


def settled(shop: Shop, kind: str) -> bool:
    """Whether it has the pods that it wants, and no others."""
    found = shop.bed.get(kind, "api", "-n", shop.namespace)
    status, wanted = found.get("status", {}), found["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")]
    return status.get("observedGeneration") == found["metadata"]["generation"] and counts == [wanted] * 3


class Bench:
    """A gate over the real cluster that is allowed everything: what the guards say is tested elsewhere."""

    def __init__(self, cluster: Kubernetes) -> None:
        """Hold the lease."""
        self.cluster = cluster
        self.clock = FakeClock()
        self.journal = MemoryJournal(MemoryAudit())
        self.journal.epochs["worker"] = 1

    async def passes(self, plan: Plan, direction: Any, *, forgotten: bool = False) -> Done:
        """Pass the gate with the plan as it is stored; `forgotten`: with an empty journal."""
        assert plan.action is not None
        if forgotten:
            self.journal = MemoryJournal(MemoryAudit())
            self.journal.epochs["worker"] = 1
        grant = Grant(name="worker", holder="me", epoch=1, until=self.clock.now() + timedelta(minutes=1))
        gate = Gate(
            journal=self.journal,
            audit=MemoryAudit(),
            write=self.cluster.write,
            read=self.cluster.read,
            recheck=self._allow,
            clock=self.clock,
            grant=lambda: grant,
        )
        result = await gate.pass_through(plan, direction, "ann")
        assert isinstance(result, Done), result
        return result

    async def _allow(self, plan: Plan, direction: str) -> Decision:  # noqa: ARG002  # a gate's question
        return Decision(outcome="allow", verdicts=(), at=self.clock.now())

    async def opened(self, plan: Plan, direction: Any) -> Plan:
        """The plan with the values that the cluster holds, as the workflow hands it to the gate."""
        assert plan.action is not None
        return msgspec.structs.replace(plan, action=await unseal(plan.action, direction, self.cluster.read))

    async def proven(self, action: PlannedAction, before: Any, direction: Any) -> None:
        """Look until every probe is healthy, as verification does."""
        said = ""
        async with asyncio.timeout(LOOKS):
            for probe in action.probes:
                while (look := await PROBES[probe.kind](self.cluster.read, probe, before, direction)).state != "healthy":
                    assert look.state == "rolling", look.detail
                    said = look.detail
                    await asyncio.sleep(0.2)
        assert action.probes, said


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.action}-{case.kind}")
async def test_an_action_on_a_real_cluster(case: Case, target: TargetRef, bed: Testbed) -> None:
    """The dry run is taken, the change is there exactly once, the probe says healthy, and undo restores the spec."""
    cluster = open_cluster(Cluster(kubeconfig=str(bed.kubeconfig)), {})
    try:
        await whole_way(case, target, Bench(cluster))
    finally:
        await cluster.close()


async def whole_way(case: Case, target: TargetRef, bench: Bench) -> None:
    """Plan, store, do, do again, prove, undo, undo again, prove."""
    read = bench.cluster.read

    async def spec() -> Json:
        """The spec; without a node's taints, which its own controller adds and takes away in its own time."""
        found = await read.get(target.kind, target.namespace, target.name)
        return {key: value for key, value in found["spec"].items() if (target.kind, key) != ("Node", "taints")}

    first = await spec()
    rung = Rung(action=case.action, params=case.params)
    planned = await plan_action(rung, target, case.facts, read, bench.cluster.write, bench.clock.now())
    assert isinstance(planned, PlannedAction), planned.reason
    assert planned.dry_run == "ok"
    assert await spec() == first, "a preview changes nothing"
    stored = msgspec.json.decode(msgspec.json.encode(seal(planned)), type=PlannedAction)
    plan = Plan(incident_id="i", n=1, rung=0, runbook="r", ladder=(rung,), action=stored, created_at=bench.clock.now())
    plan = msgspec.structs.replace(plan, digest=plan_digest(plan, Decision(outcome="allow", verdicts=(), at=bench.clock.now())))
    before = await baseline(read, stored.target)
    assert before.unknown == ""
    opened = await bench.opened(plan, "do")
    assert not (await bench.passes(opened, "do")).adopted
    changed = await spec()
    assert changed != first
    assert {key: changed.get(key) for key in case.expected} == case.expected
    assert (await bench.passes(opened, "do")).adopted
    assert (await bench.passes(opened, "do", forgotten=True)).adopted
    assert await spec() == changed, "a repeat changes nothing"
    await bench.proven(stored, before, "do")
    await taken_back(case, plan, bench)
    assert await spec() == first
    await bench.proven(stored, await baseline(read, stored.target), "undo")


async def taken_back(case: Case, plan: Plan, bench: Bench) -> None:
    """Undo it, twice."""
    opened = await bench.opened(plan, "undo")
    assert not (await bench.passes(opened, "undo")).adopted
    assert (await bench.passes(opened, "undo")).adopted
    if case.action == "scale-to-zero" and opened.action is not None:
        target = opened.action.target
        found = await bench.cluster.read.get(target.kind, target.namespace, target.name)
        assert BEFORE not in (found["metadata"].get("annotations") or {})


def test_every_action_is_tried() -> None:
    """Each action of the catalog has a case here or stories of its own."""
    assert {case.action for case in CASES} | ELSEWHERE == {action.id for action in CATALOG}
