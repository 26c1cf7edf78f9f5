"""One scenario from its trouble on: broken, watched, and repaired by a Firstresponder of our own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from demo import chapters
from demo.manifests import Json
from demo.reading import Discreet, Patient
from demo.scenarios.scenario import Scenario
from demo.server import Responder, settings
from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.kubernetes.cluster import open_cluster
from firstresponder.adapters.prometheus import Prometheus
from firstresponder.adapters.replay.recorder import Recorder
from firstresponder.config import Cluster
from firstresponder.model.bundle import Bundle
from testbed.bed import Testbed

T = TypeVar("T")
BEFORE = 4.0  # seconds of trouble on record before it is repaired
AFTER = 20.0  # seconds on record where nothing is done
STEADY = 6.0  # seconds for which no alert comes or goes: then all of them are there
CALM = 2.0  # seconds since the last try
RESTARTS = 3  # from the third on the kubelet waits for 40 s and more
LAST = 4.0  # seconds in which the recorder sees that too
PATIENCE = 180.0
ME = "recorder"


class Session:
    """One scenario, from its trouble on."""

    def __init__(self, bed: Testbed, scenario: Scenario) -> None:
        """The application works."""
        self.bed, self.scenario = bed, scenario

    async def record(self) -> Bundle:
        """Break it, watch it, and have it repaired."""
        await _until(lambda: not self._firing(), "alerts of an earlier recording to end")
        self.bed.apply(self.scenario.breaks)
        alerts = _body(await self._alerts())
        cluster = open_cluster(Cluster(kubeconfig=str(self.bed.kubeconfig), context=self.bed.context), {})
        metrics = Prometheus(self.bed.prometheus_url)
        read, logs, place = Discreet(cluster.read), Patient(cluster.logs), self.scenario.namespace
        recorder = Recorder(read=read, logs=logs, metrics=metrics, clock=SystemClock(), namespace=place)
        try:
            with self._responder() if self.scenario.repaired else contextlib.nullcontext() as responder:
                await asyncio.to_thread(self._settle)
                await recorder.alert(alerts)
                done = asyncio.Event()
                watching = asyncio.create_task(recorder.watch(done))
                try:
                    await self._until_its_end(responder, alerts)
                finally:
                    done.set()
                    await watching
        finally:
            await cluster.close()
            await metrics.close()
        return recorder.bundle(self.scenario.name)

    async def _until_its_end(self, responder: Responder | None, alerts: Json) -> None:
        if responder is None:
            await asyncio.sleep(AFTER)
        else:
            await asyncio.to_thread(self._repair, responder, alerts)
            await _until(lambda: not self._firing(), "the alert to resolve")
            await asyncio.sleep(LAST)

    async def _alerts(self) -> list[Json]:
        """Wait for the alerts, until none has come or gone for a while."""
        seen: list[Json] = []
        since = time.monotonic()

        def steady() -> list[Json]:
            nonlocal seen, since
            found = self._firing()
            if [one["labels"] for one in found] != [one["labels"] for one in seen]:
                seen, since = found, time.monotonic()
            return found if time.monotonic() - since >= STEADY else []

        return await _until(steady, f"{self.scenario.alert} to fire")

    def _firing(self) -> list[Json]:
        with urllib.request.urlopen(f"{self.bed.prometheus_url}/api/v1/alerts", timeout=10) as answer:  # noqa: S310 - the bed's own
            alerts = json.load(answer)["data"]["alerts"]
        ours = {"alertname": self.scenario.alert, "namespace": self.scenario.namespace}.items()
        found = [one for one in alerts if one["state"] == "firing" and ours <= one["labels"].items()]
        return sorted(found, key=lambda one: str(sorted(one["labels"].items())))

    def _settle(self) -> None:
        """Wait for the long pause between two tries: right after one, status, events and logs speak of different runs."""
        since = time.monotonic()

        def settled() -> bool:
            nonlocal since
            pods = self.bed.get("pods", "-n", self.scenario.namespace)["items"]
            containers = [one for pod in pods for one in pod["status"].get("containerStatuses", ()) if not one["ready"]]
            if not all(_waits(one) for one in containers):
                since = time.monotonic()
            return time.monotonic() - since >= CALM

        chapters.wait(settled, "the failing pods to be between two tries")

    @contextlib.contextmanager
    def _responder(self) -> Iterator[Responder]:
        """Have a Firstresponder of our own, as a user's would be."""
        with tempfile.TemporaryDirectory(prefix="firstresponder-record-") as folder:
            tree = settings(self.scenario.namespace) | {
                "cluster": {"kubeconfig": str(self.bed.kubeconfig), "context": self.bed.context},
                "prometheus": {"url": self.bed.prometheus_url},
            }
            responder = Responder(Path(folder), tree)
            try:
                responder.start()
                yield responder
            finally:
                responder.stop()

    def _repair(self, responder: Responder, body: Json) -> None:
        """Deliver the alert, approve what is proposed, and wait for the proof."""
        responder.send(body)
        incident = chapters.wait(lambda: chapters.looked_into(responder, self.scenario.namespace), "the incident")
        if incident["status"] != "asking":
            raise RuntimeError(f"{self.scenario.name}: nothing was offered: {incident['reason']}")
        time.sleep(BEFORE)
        responder.decide("approve", incident, by=ME)
        ended = chapters.ended(responder, incident)
        if not chapters.proven(ended):
            raise RuntimeError(f"{self.scenario.name}: the repair was no success: {ended['reason']}")


def _waits(container: Json) -> bool:
    """Whether it is in back-off: of a crash loop in one that is longer than what is recorded of it."""
    reason = container["state"].get("waiting", {}).get("reason", "")
    return bool(reason == "ImagePullBackOff" or (reason == "CrashLoopBackOff" and container["restartCount"] >= RESTARTS))


def _body(alerts: list[Json]) -> Json:
    """What Alertmanager sends about these alerts of Prometheus: one group, webhook version 4."""
    each = [
        {
            "status": "firing",
            "labels": one["labels"],
            "annotations": one["annotations"],
            "startsAt": one["activeAt"],
            "endsAt": "0001-01-01T00:00:00Z",
        }
        for one in alerts
    ]
    group = {name: alerts[0]["labels"][name] for name in ("alertname", "namespace")}
    common = {k: v for k, v in each[0]["labels"].items() if all(one["labels"].get(k) == v for one in each)}
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{group["alertname"]}", namespace="{group["namespace"]}"}}',
        "status": "firing",
        "receiver": "firstresponder",
        "groupLabels": group,
        "commonLabels": common,
        "commonAnnotations": {},
        "truncatedAlerts": 0,
        "alerts": each,
    }


async def _until(condition: Callable[[], T], what: str) -> T:
    deadline = time.monotonic() + PATIENCE
    while not (found := await asyncio.to_thread(condition)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {PATIENCE:g} s for {what} in vain")
        await asyncio.sleep(0.5)
    return found
