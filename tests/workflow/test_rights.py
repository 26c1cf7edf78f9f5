"""What each part asks of a cluster is what it declares: run against a cluster that notes every question."""

from __future__ import annotations

import pytest

from firstresponder.adapters.kubernetes.kinds import KINDS
from firstresponder.config import Limits
from firstresponder.evidence import resolve
from firstresponder.evidence.catalog import CATALOG, NEEDS
from firstresponder.evidence.labels import KINDS as LABELS
from firstresponder.evidence.owners import ref
from firstresponder.evidence.reads import ApiBudget, CachedRead
from firstresponder.evidence.scene import Scene
from firstresponder.model import Alert, Json, Permission, Phase, PlannedAction, Resolution, Rung
from firstresponder.redaction import Redactor
from firstresponder.remediation.action import Action
from firstresponder.remediation.catalog import CATALOG as ACTIONS
from firstresponder.remediation.plan import plan_action
from firstresponder.testing.cluster import FakeCluster
from firstresponder.testing.objects import NOW, bad_release, container, event, meta, pod, running, service, template
from firstresponder.verification.baseline import baseline
from firstresponder.verification.verify import PROBES
from firstresponder.verification.workload import NEEDS as VERIFICATION
from firstresponder.workflow.facts import gather
from firstresponder.workflow.rights import FACTS, WIDER, looking, repairing

from .conftest import Play


def _object(kind: str, name: str, owner: Json = None, **fields: Json) -> Json:
    row = KINDS[kind]
    return {"apiVersion": row.api_version, "kind": kind, "metadata": meta(kind, name, "shop", made=60, owner=owner), **fields}


def world() -> list[Json]:
    """One object of every kind that a label can name, with the pods and owners behind it."""
    crashing = template(container(envFrom=[{"configMapRef": {"name": "settings"}}]))
    release = bad_release(new_template=crashing)
    spec = {"selector": {"matchLabels": {"app": "db"}}, "template": template(app="db"), "replicas": 1}
    database, agent = _object("StatefulSet", "db", spec=spec), _object("DaemonSet", "agent", spec=spec)
    nightly = _object("CronJob", "nightly", spec={})
    job = _object("Job", "nightly-1", nightly, spec={"selector": {"matchLabels": {"app": "db"}}, "template": template(app="db")})
    pods = [pod(owner, "0", [running(since=50)], made=50) for owner in (database, agent, job)]
    volume = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "claim"}}], "containers": [container()]}
    scaled = {"scaleTargetRef": {"kind": "Deployment", "name": "api"}}
    return [
        *release, database, agent, nightly, job, *pods,
        pod(None, "bare", [running(since=50)], made=50, spec=volume),
        _object("HorizontalPodAutoscaler", "scaler", spec={**scaled, "maxReplicas": 4}),
        _object("PersistentVolumeClaim", "claim"), _object("PodDisruptionBudget", "budget"), _object("ResourceQuota", "quota"),
        _object("ConfigMap", "settings", data={"a": "b"}), service("api", {"app": "api"}),
        event(release[1], "SuccessfulCreate", "Created pod: api-gone", first=9),
        {"apiVersion": "v1", "kind": "Namespace", "metadata": meta("Namespace", "shop", "", made=999)},
    ]  # fmt: skip


class Noting:
    """Passes every question on, and notes it as the right that it needs."""

    def __init__(self, cluster: FakeCluster) -> None:
        """Ask this cluster."""
        self.cluster = cluster
        self.used: set[Permission] = set()
        self.wider: set[Permission] = set()

    def note(self, verb: str, kind: str, namespace: str) -> None:
        """Sort it by whether it asks in one namespace or in all."""
        row = KINDS[kind]
        group = row.api_version.rpartition("/")[0]
        everywhere = row.namespaced and not namespace
        (self.wider if everywhere else self.used).update(Permission.each(verb, group, row.plural))

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Note and ask."""
        self.note("get", kind, namespace)
        return await self.cluster.get(kind, namespace, name)

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Note and ask."""
        self.note("list", kind, namespace)
        return await self.cluster.list(kind, namespace, labels=labels, fields=fields, limit=limit)

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Note and ask."""
        self.used |= set(Permission.each("get", "", "pods/log"))
        return await self.cluster.tail(namespace, pod, container, previous=previous, lines=lines, max_bytes=max_bytes)


def noting() -> Noting:
    """A cluster that holds one of everything."""
    return Noting(FakeCluster(*world()))


NODES = Permission.each("list", "", "nodes")
"""What the guards ask about the other nodes."""
SUBJECTS = [obj for obj in world() if obj["kind"] in dict(LABELS).values()]


async def looked(part: str) -> Noting:
    """Let one collector look at every kind of subject, as if each were the target, and also where nothing was found."""
    cluster = noting()
    for obj in SUBJECTS:
        read = CachedRead(cluster, ApiBudget(1000))
        resolution = Resolution(target=ref(obj), how="", culprit=None)
        scene = Scene((), resolution, read, cluster, Limits(), NOW, Redactor())
        try:
            async for _ in CATALOG[part].collect(scene):
                pass
        finally:
            await read.close()
    return cluster


def alert(**labels: str) -> Alert:
    """An alert that fires."""
    named = {"alertname": "A", **labels}
    return Alert(fingerprint="ab" * 8, labels=named, annotations={}, status="firing", starts_at=NOW, received_at=NOW)


async def resolved(**more: str) -> Noting:
    """Resolve an alert about each object, by the label of its kind, and one about a pod that is gone."""
    cluster = noting()
    labels = {kind: label for label, kind in reversed(LABELS)}
    for obj in SUBJECTS:
        await _resolve(cluster, **{labels[obj["kind"]]: obj["metadata"]["name"]}, **more)
    await _resolve(cluster, pod="api-gone", **more)
    await _resolve(cluster, service="gone", **more)
    return cluster


async def _resolve(cluster: Noting, **labels: str) -> None:
    await resolve.resolve([alert(**labels)], cluster, budget=ApiBudget(1000))


@pytest.mark.parametrize("part", CATALOG)
async def test_a_collector_reads_what_it_declares(part: str) -> None:
    """Whatever the alert is about, a collector asks for nothing that it has not declared, and uses all that it has."""
    cluster = await looked(part)
    assert cluster.used == set(CATALOG[part].NEEDS)
    assert cluster.wider <= set(WIDER)


async def test_resolving_reads_what_it_declares() -> None:
    """To find what an alert is about takes no right that is not declared, and each that is."""
    cluster = await resolved(namespace="shop")
    assert cluster.used == set(NEEDS["resolve"])
    assert cluster.wider == set()


async def test_what_is_asked_in_all_namespaces_is_declared() -> None:
    """Questions over all namespaces are those of `WIDER`: for nodes, and for alerts without a namespace."""
    asked = [await resolved(), *[await looked(part) for part in CATALOG]]
    assert set().union(*(cluster.wider for cluster in asked)) == set(WIDER)


@pytest.mark.parametrize(
    ("action", "kind"), [pytest.param(action, kind, id=f"{action.id}-{kind}") for action in ACTIONS for kind in action.kinds]
)
async def test_an_action_takes_what_it_declares(action: Action, kind: str) -> None:
    """Planning an action and watching its outcome read what is declared for it; its one right to change is on its own kind."""
    rights = set(repairing(action.id, kind))
    cluster = noting()
    target = next(ref(obj) for obj in world() if obj["kind"] == kind)
    params: Json = {"by": 1, "ceiling": 9, "floor": 1}
    rung = Rung(action=action.id, why="", params=params)
    planned = await plan_action(rung, target, {"good_revision": 4}, cluster, cluster.cluster, NOW)
    before = await baseline(cluster, target)
    for probe in planned.probes if isinstance(planned, PlannedAction) else ():
        await PROBES[probe.kind](cluster, probe, before, "do")
    row = KINDS[kind]
    own = Permission.each("patch", row.api_version.rpartition("/")[0], row.plural)
    workload = kind in {"Deployment", "StatefulSet", "DaemonSet"}
    facts = {*FACTS, *VERIFICATION} if workload else {*NODES} if kind == "Node" else {FACTS[0]}
    assert rights == cluster.used | {*own, *facts}
    assert cluster.wider == set()


def test_an_action_needs_nothing_where_it_cannot_work() -> None:
    """For a kind that is not one of an action's no right is asked for."""
    assert repairing("rollback-deployment", "StatefulSet") == ()


def test_every_right_is_told_with_who_needs_it() -> None:
    """The list of what an investigation reads holds every part's declaration, and names the parts."""
    for part, needed in NEEDS.items():
        assert all(part in looking()[one] for one in needed)
    assert set(looking()) == {one for needed in NEEDS.values() for one in needed}


async def test_the_facts_of_the_guards_read_what_is_declared(asked: Play) -> None:
    """The guards' facts ask for the target and for what is declared beside it."""
    view = await asked.view()
    assert view.plan is not None
    cluster = Noting(asked.shop.cluster)
    asked.world.read = cluster
    await gather(asked.world, view.incident, view.plan, view.diagnosis)
    assert cluster.used == {*Permission.each("get", "apps", "deployments"), *FACTS}
    assert cluster.wider == set()


async def test_a_whole_repair_reads_what_is_declared(asked: Play) -> None:
    """From the approval to the proof nothing is asked that is not declared for that action."""
    cluster = Noting(asked.shop.cluster)
    asked.world.read = cluster
    assert (await asked.approve()).accepted
    assert (await asked.incident()).phase is Phase.CLOSED
    assert cluster.used == {one for one in repairing("rollback-deployment", "Deployment") if one.verb != "patch"}
