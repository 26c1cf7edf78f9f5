"""Figures for Prometheus, and who may see them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from firstresponder.errors import Unhealthy
from firstresponder.model import Phase
from firstresponder.testing.app import FakeResponder, example_view
from firstresponder.workflow.answers import Health

GOOD = {"labels": {"alertname": "A"}}


def figures(client: TestClient) -> dict[tuple[str, str], float]:
    """Scrape, and read it as Prometheus does: (name, first label's value) → value."""
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain")
    found = {}
    for family in text_string_to_metric_families(reply.text):
        for sample in family.samples:
            found[sample.name, next(iter(sample.labels.values()), "")] = sample.value
    return found


def test_alerts_are_counted_by_what_became_of_them(local: TestClient, responder: FakeResponder) -> None:
    """Stored, malformed and refused alerts, and requests by status, are each counted."""
    local.post("/alert", json={"alerts": [GOOD, GOOD, 3]})
    local.post("/alert", content=b"{")
    responder.broken = Unhealthy("full")
    local.post("/webhooks/alertmanager", json={"alerts": [GOOD] * 4})
    responder.broken = None
    found = figures(local)
    assert found["firstresponder_alerts_received_total", "stored"] == 2
    assert found["firstresponder_alerts_received_total", "malformed"] == 2
    assert found["firstresponder_alerts_received_total", "refused"] == 4
    assert found["firstresponder_webhook_requests_total", "200"] == 1
    assert found["firstresponder_webhook_requests_total", "400"] == 1
    assert found["firstresponder_webhook_requests_total", "503"] == 1
    assert found["firstresponder_webhook_seconds_count", ""] == 3


def test_open_incidents_by_phase(local: TestClient, responder: FakeResponder) -> None:
    """Every open phase has a number, also zero, over more than one page; closed incidents are not counted."""
    responder.views = {f"{i:04d}": example_view(f"{i:04d}", phase=Phase.ACTING if i % 3 else Phase.CLOSED) for i in range(660)}
    found = figures(local)
    assert found["firstresponder_incidents", "acting"] == 440
    assert found["firstresponder_incidents", "asking"] == 0
    assert ("firstresponder_incidents", "closed") not in found


def test_messages_that_wait_by_sink(local: TestClient, responder: FakeResponder) -> None:
    """A sink that cannot be reached shows as a growing number; one where nothing waits is 0."""
    responder.waiting = {"slack": 7, "other": 0}
    found = figures(local)
    assert found["firstresponder_notices_waiting", "slack"] == 7
    assert found["firstresponder_notices_waiting", "other"] == 0


def test_figures_of_others(local: TestClient) -> None:
    """Figures that were handed in are shown by their names, `_total` ones as counters."""
    assert figures(local)["firstresponder_briefs_total", ""] == 3
    assert "# TYPE firstresponder_briefs_total counter" in local.get("/metrics").text
    assert "# TYPE firstresponder_queue_depth gauge" in local.get("/metrics").text


def test_readiness_is_a_figure(local: TestClient, responder: FakeResponder) -> None:
    """A store that cannot be read gives `firstresponder_ready 0` and leaves the counters to be scraped."""
    assert figures(local)["firstresponder_ready", ""] == 1
    responder.state = Health(ready=False, parts={})
    assert figures(local)["firstresponder_ready", ""] == 0
    responder.broken = Unhealthy("full")
    found = figures(local)
    assert found["firstresponder_ready", ""] == 0
    assert ("firstresponder_incidents", "asking") not in found
    assert ("firstresponder_alerts_received_total", "stored") in found


def test_who_may_see_them(far: TestClient, api: TestClient) -> None:
    """From elsewhere the token is wanted; with it they are shown."""
    assert far.get("/metrics").status_code == 401
    assert api.get("/metrics").status_code == 200
