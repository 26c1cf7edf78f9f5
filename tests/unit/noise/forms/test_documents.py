"""JSON of Alertmanager, Prometheus, ticket systems, and our own export."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firstresponder.errors import BadInput
from firstresponder.noise.entry import Entry
from tests.unit.noise.reading import taken

LABELS = {"alertname": "KubePodNotReady", "namespace": "shop", "pod": "api-1", "severity": "warning"}
START, END = "2024-05-01T12:00:00Z", "2024-05-01T12:04:00Z"
V2 = {
    "labels": LABELS,
    "annotations": {"summary": "x"},
    "startsAt": START,
    "endsAt": "2024-05-01T12:09:00Z",
    "fingerprint": "f",
    "status": {"state": "active", "silencedBy": []},
}
RESOLVED = {"labels": LABELS, "status": "resolved", "startsAt": START, "endsAt": END}


def one(value: Any) -> Entry:
    """Read a document that holds one alert."""
    sink, _ = taken(json.dumps(value, indent=1))
    (entry,) = sink.entries
    return entry


def test_a_firing_alerts_end_is_no_fact() -> None:
    """In the answer of the API, endsAt of a firing alert is when Alertmanager would give up waiting."""
    entry = one([V2])
    assert (entry.status, entry.until) == ("firing", None)
    assert (entry.name, entry.severity, entry.scope) == ("KubePodNotReady", "warning", (("namespace", "shop"),))


def test_a_webhook_body() -> None:
    """The alerts of a body, with the labels that all of them share, and the end of a resolved one."""
    entry = one({"version": "4", "status": "resolved", "commonLabels": {"cluster": "c1"}, "alerts": [RESOLVED]})
    assert entry.status == "resolved"
    assert (entry.until or 0) - (entry.at or 0) == 240
    assert dict(entry.scope) == {"cluster": "c1", "namespace": "shop"}


def test_prometheus() -> None:
    """The alerts of Prometheus' API, with their own words for state and start."""
    entry = one(
        {"status": "success", "data": {"alerts": [{"labels": LABELS, "state": "firing", "activeAt": START, "value": "1"}]}}
    )
    assert (entry.status, entry.at is not None) == ("firing", True)


def test_our_own_export() -> None:
    """One object a line; a resolved alert ended at the latest when we heard of it."""
    lines = [
        {"fingerprint": "f", "labels": LABELS, "annotations": {}, "status": "resolved", "startsAt": START, "receivedAt": END}
    ] * 2
    sink, source = taken("".join(json.dumps(line) + "\n" for line in lines))
    assert source.form == "json lines"
    assert [(entry.until or 0) - (entry.at or 0) for entry in sink.entries] == [240, 240]


PAGERDUTY = {
    "id": "P1",
    "incident_number": 7,
    "title": "disk failed",
    "created_at": START,
    "resolved_at": END,
    "status": "resolved",
    "urgency": "high",
    "service": {"id": "S", "summary": "shop"},
    "priority": {"summary": "P1"},
}
JIRA = {
    "summary": "disk failed",
    "created": START,
    "resolutiondate": END,
    "priority": {"name": "High"},
    "status": {"name": "Done"},
    "project": {"name": "shop"},
}
TICKETS: dict[str, tuple[Any, dict[str, Any]]] = {
    "pagerduty": (
        {"incidents": [PAGERDUTY]},
        {"title": "disk failed", "severity": "critical", "status": "resolved", "scope": (("service", "shop"),)},
    ),
    "opsgenie": (
        {
            "data": [{"tinyId": "7", "message": "disk failed", "status": "open", "createdAt": START, "priority": "P3"}],
            "took": 0.1,
        },
        {"title": "disk failed", "severity": "warning", "status": "firing"},
    ),
    "jira": (
        {"issues": [{"key": "OPS-7", "fields": JIRA}]},
        {"title": "disk failed", "severity": "high", "status": "resolved", "identity": "OPS-7"},
    ),
}


@pytest.mark.parametrize("system", TICKETS)
def test_ticket_systems(system: str) -> None:
    """Exports of ticket systems give title, severity, status and time, and the report says from which fields."""
    body, expected = TICKETS[system]
    sink, source = taken(json.dumps(body, indent=1))
    (entry,) = sink.entries
    assert {name: getattr(entry, name) for name in expected} == expected
    assert entry.at is not None
    assert "title" in source.columns


def test_lines_of_text_between_lines_of_json() -> None:
    """A log that mixes both is read as both; JSON that breaks off is shown."""
    sink, _ = taken(json.dumps(RESOLVED) + '\nZone AB: DiskFull\n{"labels": {\n')
    assert [entry.name for entry in sink.entries] == ["KubePodNotReady", "DiskFull"]
    assert sink.rejected == [('{"labels": {', "JSON that breaks off")]


def test_several_documents_one_after_the_other() -> None:
    """Bodies written one after the other are all read."""
    sink, _ = taken("\n".join(json.dumps({"alerts": [RESOLVED]}, indent=2) for _ in range(3)))
    assert len(sink.entries) == 3


@pytest.mark.parametrize("text", ['{"alerts": [\n  {"labels": {', "[\n" * 100_000, '{\n"a": tru'])
def test_json_that_cannot_be_read(text: str) -> None:
    """A document that begins as JSON and breaks off, or is nested without end, is a clear error."""
    with pytest.raises(BadInput, match="begins as JSON"):
        taken(text)


def test_a_document_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with what to do instead, before all of it is in memory."""
    monkeypatch.setattr("firstresponder.noise.forms.read.MAX_DOCUMENT", 1000)
    with pytest.raises(BadInput, match="one object per line"):
        taken("[\n" + "1,\n" * 200_000 + "1]")


def test_what_is_no_alert_is_shown() -> None:
    """Objects without labels or a title, and values that are no objects, are not understood and named."""
    sink, source = taken(json.dumps([1, {"a": 2}, {"labels": {"x": "y"}}, RESOLVED], indent=1))
    assert (source.alerts, source.unparsed) == (1, 3)
    assert [why for _, why in sink.rejected] == ["not an object", "no labels and no title", "no alertname and no summary"]
