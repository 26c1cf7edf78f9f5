"""An incident as a bundle: what was seen comes out, no secret does, and the same is thought of it elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs
from firstresponder.adapters.replay.form import as_json, parse_bundle, read_bundle
from firstresponder.cli.diagnose import examine, examine_bundle, shipped_runbooks
from firstresponder.config import Settings
from firstresponder.correlation.labels import always_fires
from firstresponder.errors import Forbidden, NotFound
from firstresponder.intake.parse import parse_webhook
from firstresponder.model import EvidenceSet, Json, Person
from firstresponder.model.bundle import Bundle
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.engine import InlineEngine
from firstresponder.testing.shop import Shop, alert_body
from firstresponder.workflow.offline import Opinion
from tests.workflow.conftest import ALLOWED, QUICK, Play

EXAMPLES = sorted((Path(__file__).parents[1] / "cases" / "examples").glob("*.json"))

Live = Callable[[Bundle], Awaitable[Play]]


class Case(BundleCluster):
    """A case as a live cluster: it has logs too."""

    def __init__(self, bundle: Bundle) -> None:
        """Serve it."""
        super().__init__(bundle.cluster)
        self.tail = BundleLogs(bundle.logs).tail


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    """Investigate a case with the whole pipeline, at its moment."""
    made: list[Play] = []

    async def make(bundle: Bundle) -> Play:
        shop: Any = SimpleNamespace(cluster=Case(bundle))
        settings = Settings(guards=ALLOWED, verification=QUICK)
        one = Play(tmp_path / "data", shop, settings, FakeClock(bundle.now), InlineEngine())
        made.append(one)
        await one.open()
        await one.send(bundle.alert)
        return one

    yield make
    for each in made:
        await each.close()


def _thought(opinion: Opinion) -> list[Any]:
    hypotheses = [(one.cause_class, one.confidence, str(one.target), one.facts) for one in opinion.diagnosis.hypotheses]
    return [hypotheses, opinion.action, str(opinion.target)]


async def _bundle(one: Play, *, frames: bool = False) -> Bundle:
    """The only incident's bundle, through the file."""
    return parse_bundle(as_json(await one.client.bundle((await one.incident()).id, frames=frames)), "incident.json")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
async def test_a_bundle_of_an_incident_is_diagnosed_as_it_was(path: Path, live: Live) -> None:
    """Live, from the case, and from the incident's bundle: the same causes with the same confidence, and the same action."""
    case = read_bundle(path)
    one = await live(case)
    if always_fires(parse_webhook(msgspec.json.encode(case.alert), case.now).alerts[0]):
        assert await one.client.incidents(phases=(), limit=10, before="") == ([], "")
        return
    found = await _bundle(one)
    again = await examine_bundle(found, "x", "x", shipped_runbooks())
    assert _thought(again) == _thought(await examine(path, shipped_runbooks()))
    view = await one.view()
    assert view.diagnosis is not None
    assert [(h.cause_class, h.confidence) for h in again.diagnosis.hypotheses] == [
        (h.cause_class, h.confidence) for h in view.diagnosis.hypotheses
    ]
    assert again.evidence.resolution.target == view.evidence.resolution.target if view.evidence else None
    assert {gap.what for gap in again.evidence.gaps} == {gap.what for gap in view.gaps}


async def test_it_holds_what_was_seen_and_says_where_it_is_from(asked: Play) -> None:
    """The moment, the alert as it was delivered, the objects, the logs by their full names, what changed; no expectation."""
    bundle = await _bundle(asked)
    incident = await asked.incident()
    assert (bundle.schema_version, bundle.id) == (1, incident.id)
    (alert,) = bundle.alert["alerts"]
    assert (bundle.alert["version"], alert["status"], alert["labels"]["alertname"]) == ("4", "firing", "KubePodCrashLooping")
    assert {"Deployment", "ReplicaSet", "Pod"} <= {obj["kind"] for obj in bundle.cluster}
    crashing = alert["labels"]["pod"]
    assert bundle.logs.keys() == {f"shop/{crashing}/app", f"shop/{crashing}/app@previous"}
    assert "revision" in bundle.changes[0]["what"].lower()
    assert bundle.recorded is not None
    assert bundle.recorded.product
    assert "expected" not in json.loads(as_json(bundle))


async def test_the_alert_is_as_it_was_then(asked: Play) -> None:
    """An alert that has resolved since was firing when it was looked into, and the bundle says so."""
    pod = asked.shop.crashing()
    asked.clock.advance(600)
    body = alert_body(pod, "resolved")
    body["alerts"][0]["endsAt"] = asked.clock.now().isoformat()
    await asked.send(body)
    assert [one["status"] for one in (await _bundle(asked)).alert["alerts"]] == ["firing"]


async def test_no_secret_is_in_it(play: Callable[..., Any]) -> None:
    """Neither from an environment variable, a log, a ConfigMap nor an annotation of the alert."""
    shop = Shop()
    found = shop.deployment()
    container = found["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "DB_PASSWORD", "value": "zebra-crossing-7"}]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    shop.cluster.put(found)
    shop.cluster.put({"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": {"a": "map-value-1"}})
    shop.cluster.put({"kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}, "data": {"p": "c2VjcmV0LTEyMw=="}})
    pod = shop.crashing()
    shop.cluster.logs[f"shop/{pod}/app"] = "cannot log in with zebra-crossing-7\npassword=battery-staple-8\n"
    one: Play = await play(shop=shop)
    body = alert_body(pod)
    body["alerts"][0]["annotations"]["description"] = "see postgres://app:staple-battery-9@db/app"
    await one.send(body)
    text = as_json(await one.client.bundle((await one.incident()).id, frames=True)).decode()
    for word in ("zebra-crossing-7", "battery-staple-8", "staple-battery-9", "map-value-1", "c2VjcmV0LTEyMw", '"Secret"'):
        assert word not in text, word
    assert "DB_PASSWORD" in text


async def test_a_gap_is_in_it_and_stays_one(play: Callable[..., Any]) -> None:
    """What was forbidden live is a gap of the bundle and of its diagnosis, not something that did not exist."""
    shop = Shop()
    one: Play = await play(shop=shop)
    tail = shop.cluster.tail

    async def forbidden(*words: Any, **more: Any) -> str:
        await tail(*words, **more)
        raise Forbidden("403: logs may not be read")

    one.world.logs = SimpleNamespace(tail=forbidden)
    await one.send(alert_body(shop.crashing()))
    bundle = await _bundle(one)
    assert {gap.kind for gap in bundle.gaps} == {"forbidden"}
    again = await examine_bundle(bundle, "x", "x", shipped_runbooks())
    assert again.evidence.gaps == bundle.gaps


async def test_owners_on_the_way_are_in_it(live: Live) -> None:
    """A pod of a Job of a CronJob leads to the CronJob from the bundle too, though no collector keeps the Job."""
    cron = {
        "kind": "CronJob",
        "apiVersion": "batch/v1",
        "metadata": {"name": "nightly", "namespace": "a", "uid": "u1"},
        "spec": {},
    }
    job = _owned("Job", "nightly-1", "u2", cron)
    pod = _owned("Pod", "nightly-1-x", "u3", job)
    labels = {"alertname": "KubePodNotReady", "namespace": "a", "pod": "nightly-1-x"}
    alert = {"alerts": [{"status": "firing", "labels": labels, "startsAt": "2026-03-10T14:20:00Z"}]}
    case = parse_bundle(json.dumps({"now": "2026-03-10T14:30:00Z", "alert": alert, "cluster": [cron, job, pod]}).encode(), "x")
    bundle = await _bundle(await live(case))
    assert "Job" in {obj["kind"] for obj in bundle.cluster}
    again = await examine_bundle(bundle, "x", "x", shipped_runbooks())
    assert str(again.evidence.resolution.target) == "CronJob/nightly"


def _owned(kind: str, name: str, uid: str, owner: Json) -> Json:
    reference = {"kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": True}
    metadata = {"name": name, "namespace": "a", "uid": uid, "ownerReferences": [reference]}
    return {"kind": kind, "apiVersion": "v1", "metadata": metadata, "spec": {}, "status": {}}


async def test_frames_are_what_later_investigations_saw(asked: Play) -> None:
    """From the first look on, each later one is a timed state: what differs, and which pods are gone."""
    assert (await _bundle(asked, frames=True)).frames == ()
    pods = {key[2] for key in asked.shop.cluster.objects if key[0] == "Pod"}
    asked.clock.advance(60)
    asked.shop.curse()
    gone = (pods - {key[2] for key in asked.shop.cluster.objects if key[0] == "Pod"}).pop()
    incident = await asked.incident()
    await asked.client.look_again(incident.id, who=Person(name="ann", via="test"))
    await asked.settle()
    bundle = await _bundle(asked, frames=True)
    (frame,) = bundle.frames
    assert frame.at > bundle.now
    assert frame.cluster[f"Pod/shop/{gone}"] is None
    assert bundle.cluster == (await _bundle(asked, frames=True)).cluster
    assert (await _bundle(asked)).frames == ()
    assert (await _bundle(asked)).now == frame.at


async def test_what_was_not_recorded_is_said(asked: Play) -> None:
    """One investigation has no frames, and a repair that was verified left figures, no objects: the notes say both."""
    await asked.approve()
    bundle = await _bundle(asked, frames=True)
    assert bundle.repair is None
    assert bundle.recorded is not None
    assert "there is one investigation" in bundle.recorded.notes[0]
    assert any("Successful" in note and "figures, not objects" in note for note in bundle.recorded.notes)
    assert (await _bundle(asked)).recorded == replace(bundle.recorded, notes=())


async def test_before_anything_was_seen_there_is_no_bundle(play: Callable[..., Any]) -> None:
    """An unknown incident, and one that was not looked into yet, are NotFound, in words."""
    one: Play = await play()
    with pytest.raises(NotFound):
        await one.client.bundle("inc-none", frames=False)
    await one.send(alert_body(one.shop.crashing()))
    incident = await one.incident()
    found = one.world.incidents.find

    async def without(incident_id: str, n: int, name: str, form: Any) -> Any:
        return None if form is EvidenceSet else await found(incident_id, n, name, form)

    one.world.incidents.find = without  # type: ignore[method-assign]
    with pytest.raises(NotFound, match="nothing was collected yet"):
        await one.client.bundle(incident.id, frames=False)
