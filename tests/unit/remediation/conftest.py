"""A Deployment with a bad revision 2 and a good revision 1, a plan to roll it back, and a gate that may die anywhere."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from firstresponder.model import Decision, Grant, Json, Plan, Rung, TargetRef, Verdict
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.digests import plan_digest
from firstresponder.remediation.gate import Gate
from firstresponder.remediation.plan import plan_action
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.cluster import FakeCluster
from firstresponder.testing.journal import MemoryAudit, MemoryJournal

REVISION = "deployment.kubernetes.io/revision"
API = TargetRef(kind="Deployment", namespace="shop", name="api")


def template(image: str, **metadata: Json) -> Json:
    """A pod template."""
    env = [{"name": "DB_PASSWORD", "value": f"hunter-{image}"}, {"name": "MODE", "value": "prod"}]
    return {
        "metadata": {"labels": {"app": "api"}, **metadata},
        "spec": {"containers": [{"name": "app", "image": f"shop/api:{image}", "env": env}]},
    }


def deployment(revision: int, pod: Json, **spec: Json) -> Json:
    """A Deployment `shop/api` at a revision."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "shop", "annotations": {REVISION: str(revision)}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"}}, "template": pod, **spec},
    }


def replicaset(revision: int, pod: Json, owner: str) -> Json:
    """A ReplicaSet of that Deployment, with the label that the controller adds."""
    pod = copy.deepcopy(pod)
    pod["metadata"]["labels"]["pod-template-hash"] = f"h{revision}"
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"api-h{revision}",
            "namespace": "shop",
            "labels": {"app": "api", "pod-template-hash": f"h{revision}"},
            "annotations": {REVISION: str(revision)},
            "ownerReferences": [{"kind": "Deployment", "name": "api", "uid": owner, "controller": True}],
        },
        "spec": {"replicas": 0, "template": pod},
    }


def make_cluster(*, annotations: bool = True) -> FakeCluster:
    """The cluster with the bad release."""
    cluster = FakeCluster()
    obj = deployment(2, template("bad"))
    if not annotations:
        del obj["metadata"]["annotations"]
    uid = cluster.put(obj)["metadata"]["uid"]
    cluster.put(replicaset(1, template("good"), uid))
    cluster.put(replicaset(2, template("bad"), uid))
    return cluster


class Died(BaseException):
    """The process was killed."""


class Bench:
    """All that a gate needs, and the knobs that a test turns."""

    died = Died
    target = API

    def __init__(self, cluster: FakeCluster) -> None:
        """Allow everything until told otherwise."""
        self.cluster = cluster
        self.clock = FakeClock()
        self.audit = MemoryAudit()
        self.journal = MemoryJournal(self.audit)
        self.journal.epochs["worker"] = 1
        self.epoch = 1
        self.lease_for = 30.0
        self.held = True
        self.verdicts: tuple[Verdict, ...] = ()
        self.outcome: Any = "allow"
        self.rechecks = 0
        self.before_recheck: Callable[[], None] = lambda: None
        self.die_at = ""
        self.marks: list[str] = []
        self.on_mark: dict[str, Callable[[], None]] = {}

    def grant(self) -> Grant | None:
        """The lease as this process believes to hold it."""
        until = self.clock.now() + timedelta(seconds=self.lease_for)
        return Grant(name="worker", holder="holder-1", epoch=self.epoch, until=until) if self.held else None

    async def recheck(self, plan: Plan, direction: str) -> Decision:  # noqa: ARG002  # the test decides
        """All guards, as the test wants them."""
        self.rechecks += 1
        self.before_recheck()
        return Decision(outcome=self.outcome, verdicts=self.verdicts, at=self.clock.now())

    def mark(self, name: str) -> None:
        """Remember the place, do what a test asked for there, and perhaps die."""
        self.marks.append(name)
        self.on_mark.get(name, lambda: None)()
        if name == self.die_at:
            raise Died(name)

    def gate(self) -> Gate:
        """A gate as a fresh process builds it."""
        return Gate(
            journal=self.journal,
            audit=self.audit,
            write=self.cluster,
            read=self.cluster,
            recheck=self.recheck,
            clock=self.clock,
            grant=self.grant,
            mark=self.mark,
        )

    async def plan(self, action: str = "rollback-deployment", n: int = 1) -> Plan:
        """A plan for the cluster as it is now, with its digest."""
        rung = Rung(action=action, why="the release is bad", undo_on="worse")
        planned = await plan_action(rung, API, {"good_revision": 1}, self.cluster, self.cluster, self.clock.now())
        assert not isinstance(planned, CannotPlan), planned.reason
        plan = Plan(incident_id="inc-1", n=n, rung=0, runbook="r", ladder=(rung,), action=planned, created_at=self.clock.now())
        decision = Decision(outcome="ask", verdicts=(), at=self.clock.now())
        return msgspec.structs.replace(plan, digest=plan_digest(plan, decision))

    def image(self) -> str:
        """What the Deployment runs."""
        found = self.cluster.look("Deployment", "shop", "api")["spec"]["template"]["spec"]["containers"][0]["image"]
        return str(found)

    def states(self) -> list[str]:
        """The state of each journal entry."""
        return [entry.state for entry in self.journal.kept.values()]


@pytest.fixture(scope="session")
def make_bench() -> Callable[..., Bench]:
    """Make benches, for tests that need many."""
    return lambda *, annotations=True: Bench(make_cluster(annotations=annotations))


@pytest.fixture
def bench() -> Bench:
    """A bench over the cluster with the bad release."""
    return Bench(make_cluster())


@pytest.fixture
def bare_bench() -> Bench:
    """The same, but the Deployment has no annotations at all."""
    return Bench(make_cluster(annotations=False))


# A value that no other part of an object contains by chance.
SECRETS = st.from_regex(r"zq[a-z][A-Za-z]{3,10}[0-9]{2,6}[A-Za-z]{2,8}", fullmatch=True)
NAMES = st.sampled_from(["DB_PASSWORD", "password", "apiToken", "API_KEY", "clientSecret", "REDIS_AUTH", "SENTRY_DSN"])
PLACES: dict[str, Callable[[Json, str, str], object]] = {
    "variable": lambda pod, name, value: _app(pod)["env"].append({"name": name, "value": value}),
    "flag": lambda pod, name, value: _app(pod)["args"].extend([f"--{name}", value]),
    "flag with =": lambda pod, name, value: _app(pod)["args"].append(f"--{name}={value}"),
    "shell": lambda pod, name, value: _app(pod).update(command=["sh", "-c", f"{name}={value} exec server"]),
    "header": lambda pod, _, value: _app(pod)["args"].append(f"--header=Authorization: Bearer {value}"),
    "JSON": lambda pod, name, value: _app(pod)["env"].append(
        {"name": "CONFIG", "value": msgspec.json.encode({name: value}).decode()}
    ),
    "annotation": lambda pod, name, value: pod["metadata"]["annotations"].update({f"vault/{name}": value}),
    "URL in a variable": lambda pod, _, value: _app(pod)["env"].append({"name": "DB", "value": f"postgres://a:{value}@db/a"}),
    "URL in an argument": lambda pod, _, value: _app(pod)["args"].append(f"amqp://u:{value}@mq:5672"),
    "URL in an annotation": lambda pod, _, value: pod["metadata"]["annotations"].update(hook=f"https://:{value}@hooks/x"),
}


def _app(pod: Json) -> Json:
    return pod["spec"]["containers"][0]


def plant(data: st.DataObject) -> tuple[Bench, list[str]]:
    """Return a bench whose two templates hold secrets in drawn places, and the secrets."""
    secrets: list[str] = []
    pods: list[Json] = []
    for image in ("good", "bad"):
        pod = template(image, annotations={"team": "shop"})
        _app(pod)["args"] = ["serve"]
        for place in data.draw(st.lists(st.sampled_from(sorted(PLACES)), min_size=1, max_size=4)):
            secrets.append(data.draw(SECRETS))
            PLACES[place](pod, data.draw(NAMES), secrets[-1])
        pods.append(pod)
    # A secret within another could not be told from it in what is left.
    assume(not any(one in other for one in secrets for other in secrets if one != other))
    cluster = FakeCluster()
    uid = cluster.put(deployment(2, pods[1]))["metadata"]["uid"]
    for revision, pod in enumerate(pods, 1):
        cluster.put(replicaset(revision, pod, uid))
    return Bench(cluster), secrets


@pytest.fixture(scope="session")
def planting() -> Callable[[st.DataObject], tuple[Bench, list[str]]]:
    """Make benches with secrets in both templates."""
    return plant


@pytest.fixture
def killed() -> Callable[[Awaitable[object]], Awaitable[bool]]:
    """Await something that may be killed; True if it was."""

    async def run(work: Awaitable[object]) -> bool:
        try:
            await work
        except Died:
            return True
        return False

    return run
