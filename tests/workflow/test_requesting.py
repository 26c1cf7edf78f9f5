"""A response that a person asks for, without an alert."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from firstresponder.config import Auto, Guards
from firstresponder.errors import BadInput, NotFound, Unhealthy, Unreachable
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import BY_PERSON, REQUESTED, Person, Phase
from firstresponder.testing import objects
from firstresponder.testing.shop import GOOD, Shop, alert_body
from firstresponder.workflow import requesting
from firstresponder.workflow.answers import Requested
from firstresponder.workflow.requesting import FILED_WITHIN

from .conftest import ALLOWED, Play

ANN = Person(name="ann", via="cli")


async def respond(one: Play, **change: Any) -> Requested:
    """Ask for a response to shop/api as ann would, and let everything settle."""
    asked = {"kind": "deploy", "name": "api", "namespace": "shop", "why": "customers complain", "severity": ""} | change
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requesting, "POLL", 0.0)  # the clock stands still: how long the disk takes does not count
        waiting = asyncio.create_task(one.client.respond(who=ANN, **asked))
        while not waiting.done():  # turn as a worker does while somebody waits
            await one.settle()
        answer = await waiting
    await one.settle()
    return answer


async def test_a_request_is_looked_into_like_an_alert(play: Callable[..., Any]) -> None:
    """It is on disk as a person's alert, the diagnosis runs, and what it supports is asked, done once and proven."""
    one: Play = await play()
    answer = await respond(one)
    view = await one.view()
    assert (answer.status, answer.incident_id) == ("opened", view.incident.id)
    (stored,) = view.alerts
    assert (stored.alert.source, stored.alert.name) == (BY_PERSON, REQUESTED)
    assert stored.alert.labels["deployment"] == "api"
    assert stored.alert.annotations["summary"] == "ann asks for a response: customers complain"
    assert (view.incident.title, view.incident.severity) == ("RespondRequested: Deployment shop/api", "none")
    assert view.diagnosis.hypotheses[0].cause_class == "crash-after-deploy"
    assert view.incident.phase is Phase.ASKING
    assert (await one.approve()).accepted
    assert ((await one.incident()).phase, one.shop.cluster.effects) == (Phase.CLOSED, 1)
    (entry,) = [each async for each in one.world.audit.entries() if each.what == "incident.requested"]
    assert (entry.actor, entry.incident_id, entry.data["why"]) == ("ann", view.incident.id, "customers complain")


async def test_without_a_cause_a_restart_is_offered_where_it_is_allowed(play: Callable[..., Any]) -> None:
    """How the target of a restart is named: no diagnosis speaks, so the restart is asked, and says what is not confirmed."""
    one: Play = await play(shop=_healthy())
    await respond(one)
    view = await one.view()
    assert view.diagnosis.hypotheses == ()
    assert view.plan.action is not None, view.brief.why_not
    assert (view.plan.action.action, view.incident.phase) == ("restart-workload", Phase.ASKING)
    assert any("a person asked, and no diagnosis does" in line for line in view.brief.unconfirmed)


def _healthy() -> Shop:
    """The shop after somebody rolled the good version out: nothing crashes."""
    shop = Shop()
    found = shop.deployment()
    found["spec"]["template"]["spec"]["containers"][0]["image"] = GOOD
    shop._roll_out(shop.cluster, found)
    return shop


async def test_what_is_not_allowed_is_only_said(play: Callable[..., Any]) -> None:
    """With nothing allowed a request is looked into, nothing is offered, and the reason names the guard."""
    one: Play = await play(guards=Guards(), shop=_healthy())
    await respond(one)
    view = await one.view()
    assert view.incident.phase is Phase.ESCALATED
    assert any(line.startswith("allowlist:") for line in view.brief.why_not)


@pytest.mark.parametrize("alert", [REQUESTED, "KubePodCrashLooping"])
async def test_nothing_runs_by_itself_for_a_request(play: Callable[..., Any], alert: str) -> None:
    """Also where a grant names the request itself, or an alert that fires beside it: a person is asked."""
    grant = Auto(alert=alert, action="rollback-deployment", namespace="shop", target="Deployment/api")
    one: Play = await play(guards=replace(ALLOWED, auto=(grant,)))
    await asyncio.gather(respond(one), one.client.receive(_alerts(one)))
    await one.settle()
    row = await one.incident()
    assert (row.alerts, row.phase, one.shop.cluster.writes) == (2, Phase.ASKING, 0)


def _alerts(one: Play) -> Any:
    return parse_webhook(msgspec.json.encode(alert_body(one.shop.crashing())), one.clock.now()).alerts


async def test_asking_twice_joins_and_says_so(play: Callable[..., Any]) -> None:
    """A second request about an object with an open incident joins it, is kept with its own words, and asks nothing new."""
    one: Play = await play()
    first = await respond(one)
    before = await one.incident()
    one.clock.advance(60)
    second = await respond(one, why="still")
    after = await one.view()
    assert (second.status, second.incident_id) == ("joined", first.incident_id)
    assert "is about Deployment shop/api already" in second.message
    assert [row.alert.annotations["summary"].rpartition(": ")[2] for row in after.alerts] == ["customers complain", "still"]
    assert (after.incident.phase, after.incident.plan_digest) == (Phase.ASKING, before.plan_digest)


async def test_a_request_about_what_an_alert_is_about_joins_it(asked: Play) -> None:
    """The object decides, not the way it came: the crash loop's incident takes the request."""
    row = await asked.incident()
    answer = await respond(asked, kind="pods", name=asked.shop.crashing())
    assert (answer.status, answer.incident_id) == ("joined", row.id)


async def test_joining_what_a_person_has_names_the_way_on(asked: Play) -> None:
    """Where the incident was taken over, nothing begins by itself; the answer says who has it and what to type."""
    row = await asked.incident()
    await asked.client.take_over(row.id, who=Person(name="bob", via="api"))
    await asked.settle()
    answer = await respond(asked)
    assert f"It is with bob (taken over by bob): 'firstresponder look-again {row.id}'" in answer.message
    assert (await asked.incident()).phase is Phase.ESCALATED


async def test_a_request_after_the_close_is_not_answered_with_the_old_one(play: Callable[..., Any]) -> None:
    """Long after the close the same request is a new incident, and the answer names that, not the last one."""
    one: Play = await play()
    first = await respond(one)
    await one.client.dismiss(first.incident_id, who=ANN, reason="")
    await one.settle()
    one.clock.advance(7200)
    second = await respond(one)
    assert second.status == "opened"
    assert second.incident_id != first.incident_id


@pytest.mark.parametrize(
    ("name", "namespace", "said"),
    [
        ("apo", "shop", "there is no Deployment shop/apo; there is api; nothing was stored"),
        ("api", "shup", "there is no Deployment shup/api; namespace shop has one of that name; nothing was stored"),
        ("zzzzz", "shop", "there is no Deployment shop/zzzzz; nothing was stored"),
    ],
)
async def test_what_does_not_exist_is_refused_at_once(play: Callable[..., Any], name: str, namespace: str, said: str) -> None:
    """It is not found, what is near is named, and nothing is stored."""
    one: Play = await play()
    with pytest.raises(NotFound) as caught:
        await one.client.respond(kind="deployment", name=name, namespace=namespace, who=ANN, why="", severity="")
    assert str(caught.value) == said
    assert [each async for each in one.world.alerts.export()] == []
    assert await one.audited() == []


async def test_a_cluster_that_does_not_answer_is_no_reason_to_refuse(play: Callable[..., Any]) -> None:
    """What cannot be checked is taken, and the answer says that it was not checked."""
    one: Play = await play()
    one.shop.cluster.fail_next("read", Unreachable("no route to host"))
    answer = await respond(one)
    assert answer.status == "opened"
    assert "could not be checked (no route to host)" in answer.message


@pytest.mark.parametrize(
    ("kind", "label", "made"),
    [
        ("deployments", "deployment", None),
        ("Deployment.apps", "deployment", None),
        ("sts", "statefulset", "StatefulSet"),
        ("ds", "daemonset", "DaemonSet"),
        ("po", "pod", "Pod"),
        ("no", "node", "Node"),
    ],
)
async def test_kinds_go_by_kubectls_names(play: Callable[..., Any], kind: str, label: str, made: str | None) -> None:
    """Each kind and short name becomes the label that names such an object, and is resolved to it."""
    one: Play = await play()
    name = "kube-state-metrics-0" if made else "api"  # a pod that is called like an exporter is still meant
    if made:
        one.shop.cluster.put(_made(made, name))
    answer = await respond(one, kind=kind, name=name, namespace="shop")
    view = await one.client.incident(answer.incident_id)
    labels = view.alerts[0].alert.labels
    assert labels[label] == name
    assert ("namespace" in labels) is (label != "node")
    assert str(view.incident.subject) == f"{made or 'Deployment'}/{name}"


def _made(kind: str, name: str) -> Any:
    if kind == "Pod":
        return objects.pod(None, name, [objects.running(since=1)], made=1) | {
            "metadata": objects.meta("Pod", name, "shop", made=1)
        }
    if kind == "Node":
        return objects.node(name)
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": objects.meta(kind, name, "shop", made=9),
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": objects.template(app=name)},
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "job"}, "kind: expected deployment, statefulset, daemonset, pod or node"),
        ({"name": ""}, "name: expected the name of a Kubernetes object"),
        ({"name": "a/b"}, "name:"),
        ({"name": "../x"}, "name:"),
        ({"name": "Api"}, "name:"),
        ({"name": "a" * 254}, "name:"),
        ({"namespace": ""}, "namespace: expected the namespace of deployment api"),
        ({"namespace": "a.b"}, "namespace:"),
    ],
)
async def test_what_cannot_be_meant_is_bad_input(play: Callable[..., Any], change: dict[str, str], said: str) -> None:
    """Another kind, or a name that no object can have, is refused before anything is asked or stored."""
    one: Play = await play()
    asked = {"kind": "deploy", "name": "api", "namespace": "shop", "why": "", "severity": ""} | change
    with pytest.raises(BadInput) as caught:
        await one.client.respond(who=ANN, **asked)
    assert str(caught.value).startswith(said)
    assert one.shop.cluster.reads == 0


async def test_where_nobody_files_the_answer_says_so_in_time(play: Callable[..., Any]) -> None:
    """Without a worker the request is on disk and audited, and the answer comes after its limit without an incident."""
    one: Play = await play()
    began = one.clock.monotonic()
    answer = await one.client.respond(kind="deploy", name="api", namespace="shop", who=ANN, why="", severity="")
    assert (answer.status, answer.incident_id) == ("waits", "")
    assert FILED_WITHIN <= one.clock.monotonic() - began < 2 * FILED_WITHIN
    assert len([each async for each in one.world.alerts.export()]) == 1
    assert await one.audited() == ["incident.requested"]


async def test_what_could_not_be_stored_is_not_promised(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store refuses, the caller hears that, and nothing is on record."""
    one: Play = await play()

    async def full(_: object) -> None:
        raise Unhealthy("the disk is full")

    monkeypatch.setattr(one.world.alerts, "append", full)
    with pytest.raises(Unhealthy):
        await one.client.respond(kind="deploy", name="api", namespace="shop", who=ANN, why="", severity="")
    assert await one.audited() == []


async def test_a_severity_is_the_incidents(play: Callable[..., Any]) -> None:
    """A severity that is given is the incident's; `none` is the same as nothing, and is not taken for a heartbeat."""
    one: Play = await play()
    await respond(one, severity="critical")
    assert (await one.incident()).severity == "critical"
    answer = await respond(one, kind="node", name="node-1", severity="none")
    assert (await one.client.incident(answer.incident_id)).incident.severity == "none"


async def test_it_does_not_resolve_by_itself(asked: Play) -> None:
    """When the alert that it joined is over, the request still stands: a repair or a person ends it."""
    await respond(asked)
    await asked.send(alert_body(asked.shop.crashing(), "resolved", started=None))
    asked.clock.advance(timedelta(hours=1).total_seconds())
    assert (await asked.incident()).phase is not Phase.CLOSED
