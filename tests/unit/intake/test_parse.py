"""A webhook body becomes alerts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.errors import BadPayload
from firstresponder.intake.fingerprint import fingerprint
from firstresponder.intake.limits import MAX_ALERTS, MAX_ANNOTATION, MAX_LABEL_VALUE, MAX_LABELS
from firstresponder.intake.parse import Parsed, parse_alert, parse_webhook
from firstresponder.model import Alert

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
LABELS = {"alertname": "KubePodCrashLooping", "namespace": "shop", "severity": "warning"}


def v4(*alerts: Any, **group: Any) -> dict[str, Any]:
    """A body as Alertmanager sends it."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="KubePodCrashLooping"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "oncall",
        "groupLabels": {"alertname": "KubePodCrashLooping"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
        **group,
    }


def sent(**change: Any) -> dict[str, Any]:
    """One alert as Alertmanager sends it."""
    alert = {
        "status": "firing",
        "labels": LABELS,
        "annotations": {"summary": "Pod is crash looping."},
        "startsAt": "2026-03-10T14:22:00.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": "1111111111111111",
    }
    return {name: value for name, value in {**alert, **change}.items() if value is not ...}


def parse(body: Any) -> Parsed:
    """Read a webhook body."""
    return parse_webhook(body if isinstance(body, bytes) else json.dumps(body).encode(), NOW)


def one(body: Any) -> Alert:
    """Read a webhook body that holds one good alert."""
    parsed = parse(body)
    assert parsed.rejected == ()
    (alert,) = parsed.alerts
    return alert


def test_a_v4_body() -> None:
    """Every field of an Alertmanager v4 alert that we use arrives, and nothing is assumed."""
    assert one(v4(sent())) == Alert(
        fingerprint=fingerprint(LABELS),
        labels=LABELS,
        annotations={"summary": "Pod is crash looping."},
        status="firing",
        starts_at=datetime(2026, 3, 10, 14, 22, 0, 123000, tzinfo=UTC),
        received_at=NOW,
        generator_url="http://prometheus:9090/graph",
        group_key='{}:{alertname="KubePodCrashLooping"}',
        receiver="oncall",
    )


def test_the_fingerprint_of_the_body_is_not_read() -> None:
    """Two copies of one alert that carry different fingerprints are one alert."""
    assert one(v4(sent(fingerprint="2222222222222222"))) == one(v4(sent(fingerprint=7)))


def test_a_minimal_body() -> None:
    """Only status, alerts and commonLabels: what is absent is filled in and named."""
    alert = one({"status": "firing", "alerts": [{"labels": LABELS}], "commonLabels": {}})
    assert (alert.status, alert.starts_at, alert.labels) == ("firing", NOW, LABELS)
    assert alert.assumed == ("starts_at",)


def test_labels_that_only_the_group_has() -> None:
    """Common labels and annotations fill in what an alert lacks, and never replace what it has."""
    body = v4({"labels": {"pod": "a"}}, commonLabels={"alertname": "X", "pod": "b"}, commonAnnotations={"summary": "s"})
    alert = one(body)
    assert alert.labels == {"alertname": "X", "pod": "a"}
    assert alert.annotations == {"summary": "s"}
    assert {"labels", "annotations"} <= set(alert.assumed)
    assert alert.fingerprint == fingerprint(alert.labels)


@pytest.mark.parametrize(
    ("own", "group", "status", "assumed"),
    [
        ("resolved", "firing", "resolved", False),
        ("firing", "resolved", "firing", False),
        (..., "resolved", "resolved", False),
        ("", "resolved", "resolved", False),
        (..., ..., "firing", True),
        (None, "", "firing", True),
        ("Resolved ", "firing", "resolved", False),
        (..., "RESOLVED", "resolved", False),
    ],
)
def test_the_group_speaks_for_alerts_without_a_status(own: Any, group: Any, status: str, *, assumed: bool) -> None:
    """An alert's own status wins, then the group's; with neither it is firing, and that is named."""
    body = {name: value for name, value in v4(sent(status=own), status=group).items() if value is not ...}
    alert = one(body)
    assert alert.status == status
    assert ("status" in alert.assumed) == assumed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-10T14:22:00Z", NOW - timedelta(minutes=8)),
        ("2026-03-10T14:22:00.123456789Z", NOW - timedelta(minutes=8) + timedelta(microseconds=123457)),
        ("2026-03-10T15:22:00+01:00", NOW - timedelta(minutes=8)),
        ("2026-03-10T08:52:00.5-05:30", NOW - timedelta(minutes=8) + timedelta(milliseconds=500)),
    ],
)
def test_times_with_fractions_and_offsets(text: str, expected: datetime) -> None:
    """A time keeps its moment, to the microsecond, and becomes UTC."""
    alert = one(v4(sent(startsAt=text)))
    assert (alert.starts_at, alert.starts_at.tzinfo, alert.assumed) == (expected, UTC, ())


@pytest.mark.parametrize(
    "text", [..., None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00", "yesterday", 1773153000, "2026-13-40T00:00:00Z"]
)
def test_an_absent_start_is_the_time_of_receipt(text: Any) -> None:
    """A start that is absent, Go's zero time or unreadable becomes the time of receipt, and is named."""
    alert = one(v4(sent(startsAt=text)))
    assert (alert.starts_at, alert.assumed) == (NOW, ("starts_at",))


def test_a_start_without_an_offset() -> None:
    """A start without an offset is taken for UTC, and named."""
    alert = one(v4(sent(startsAt="2026-03-10T14:22:00")))
    assert (alert.starts_at, alert.assumed) == (NOW - timedelta(minutes=8), ("starts_at",))


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        ("firing", "2026-03-10T14:40:00Z", None),
        ("resolved", "2026-03-10T15:25:00+01:00", NOW - timedelta(minutes=5)),
        ("resolved", "0001-01-01T00:00:00Z", None),
        ("resolved", ..., None),
    ],
)
def test_only_a_resolved_alert_has_an_end(status: str, text: Any, expected: datetime | None) -> None:
    """The endsAt of a firing alert is when its sender would stop waiting: it is no fact."""
    assert one(v4(sent(status=status, endsAt=text))).ends_at == expected


BAD = [
    ("not an object", 7, "expected an object with labels, got a int"),
    ("null", None, "expected an object with labels"),
    ("labels no object", sent(labels=["a"]), "labels: expected an object, got a list"),
    ("no labels", sent(labels={}), "labels: there are none"),
    ("nested label", sent(labels={"alertname": "X", "pod": {"a": 1}}), "labels.pod: expected a text, got a dict"),
    ("endless label", sent(labels={"alertname": "X", "v": float("inf")}), "labels.v: expected a text, got a float"),
    ("another status", sent(status="suppressed"), "status: expected firing or resolved, got 'suppressed'"),
    ("status no text", sent(status=1), "status: expected firing or resolved, got a int"),
    ("long label", sent(labels={"alertname": "X", "v": "x" * (MAX_LABEL_VALUE + 1)}), "labels.v: is 4097 characters long"),
    ("long name", sent(labels={"a" * 300: "X"}), "a name is 300 characters long"),
    ("empty name", sent(labels={"": "X"}), "one has no name"),
    ("many labels", sent(labels={f"l{n}": "x" for n in range(MAX_LABELS + 1)}), "labels: expected at most 128, got 129"),
]


@pytest.mark.parametrize(("bad", "reason"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_a_malformed_alert_costs_only_itself(bad: Any, reason: str) -> None:
    """The alerts before and after a malformed one arrive, and it is named by its place and its fault."""
    good = [sent(labels={**LABELS, "pod": pod}) for pod in ("a", "b")]
    parsed = parse(v4(good[0], bad, good[1]))
    assert [alert.labels["pod"] for alert in parsed.alerts] == ["a", "b"]
    (rejected,) = parsed.rejected
    assert rejected.index == 1
    assert reason in rejected.reason


def test_numbers_become_texts() -> None:
    """Numbers and truth values become JSON's text for them and are named; null is an absent label."""
    alert = one(v4(sent(labels={"alertname": "X", "code": 503, "ratio": 0.5, "ok": True, "none": None}, annotations={"n": 1})))
    assert alert.labels == {"alertname": "X", "code": "503", "ratio": "0.5", "ok": "true"}
    assert alert.annotations == {"n": "1"}
    assert alert.assumed == ("labels.code", "labels.ratio", "labels.ok", "annotations.n")


def test_an_empty_label_is_an_absent_one() -> None:
    """As for Prometheus, a label with an empty value does not exist, and does not change the hash."""
    assert one(v4(sent(labels={**LABELS, "pod": ""}))).fingerprint == fingerprint(LABELS)


def test_long_annotations_are_cut() -> None:
    """An annotation keeps its beginning and says how much is missing; the alert is kept."""
    alert = one(v4(sent(annotations={"description": "x" * (MAX_ANNOTATION + 5), "n" * 300: "dropped", "summary": "s"})))
    assert alert.annotations == {"description": "x" * MAX_ANNOTATION + "… [5 more characters]", "summary": "s"}
    assert alert.assumed == ("annotations (cut)",)


def test_too_many_annotations_are_dropped() -> None:
    """The first 64 annotations are kept, and that something is missing is marked."""
    alert = one(v4(sent(annotations={f"a{n}": "x" for n in range(70)})))
    assert (len(alert.annotations), alert.assumed) == (64, ("annotations (cut)",))


@pytest.mark.parametrize(
    "body",
    [
        b'{"alerts":[{"labels":{"alertname":"X","v":"a\\u0000b"}}]}',
        b'{"alerts":[{"labels":{"alertname":"X","v":"a\\ud800b"}}]}',
        b'{"alerts":[{"labels":{"alertname":"X","v":"a\xffb"}}]}',
    ],
    ids=["NUL", "lone surrogate", "no UTF-8"],
)
def test_what_cannot_be_stored_is_replaced(body: bytes) -> None:
    """NUL, half a surrogate pair and bytes that are no UTF-8 become U+FFFD, and the alert is kept."""
    alert = one(body)
    assert alert.labels["v"] == "a\ufffdb"
    assert alert.fingerprint == fingerprint({"alertname": "X", "v": "a\ufffdb"})


@pytest.mark.parametrize("field", ["generatorURL", "annotations", "endsAt"])
def test_null_is_absent(field: str) -> None:
    """A null in an optional field is the same as no field."""
    assert one(v4(sent(status="resolved", **{field: None}))) == one(v4(sent(status="resolved", **{field: ...})))


def test_the_slow_way_reads_what_the_fast_way_reads() -> None:
    """A body that must be read tolerantly because of one bad alert gives the same good ones, groups included."""
    body = v4(sent(), truncatedAlerts=3)
    slow = parse({**body, "alerts": [*body["alerts"], 7]})
    assert (slow.alerts, slow.truncated) == (parse(body).alerts, 3)


@pytest.mark.parametrize(("said", "counted"), [(3, 3), (0, 0), (-1, 0), ("3", 0), (None, 0), (True, 0)])
def test_what_the_sender_left_out_is_counted(said: Any, counted: int) -> None:
    """The sender's own count of alerts it left out is passed on; nonsense is none."""
    assert parse(v4(sent(), truncatedAlerts=said)).truncated == counted


def test_a_body_of_too_many_alerts() -> None:
    """Alerts beyond the limit are rejected together, with their number."""
    parsed = parse({"alerts": [{"labels": {"a": "b"}}] * (MAX_ALERTS + 3)})
    assert len(parsed.alerts) == MAX_ALERTS
    (rejected,) = parsed.rejected
    assert rejected.index == MAX_ALERTS
    assert "this and 2 more" in rejected.reason


@pytest.mark.parametrize("read", [parse_webhook, parse_alert])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"null", "got a NoneType"),
        (b"[]", "got a list"),
        (b'"alert"', "got a str"),
        (b'{"alerts":[]}', "is empty"),
        (b'{"alerts":{}}', "got a dict"),
        (b'{"alerts":null}', "got nothing"),
        (b"[" * 100_000, "not JSON"),
        (b'{"alerts":' + b"[" * 100_000, "not JSON"),
        (b'{"alerts":[{"labels":{"n":' + b"9" * 5000 + b"}}]}", "not JSON"),
    ],
)
def test_what_is_no_list_of_alerts(read: Any, body: bytes, said: str) -> None:
    """A body that is no JSON object with alerts is refused, with what was found."""
    with pytest.raises(BadPayload, match=said):
        read(body, NOW)


def test_a_webhook_without_alerts_is_refused() -> None:
    """A webhook body that lists nothing is refused; it is not taken for an alert."""
    with pytest.raises(BadPayload, match="got nothing"):
        parse(sent())


def test_one_alert_object() -> None:
    """POST /alert takes one alert, or a list of them, to the same effect."""
    single = parse_alert(json.dumps(sent()).encode(), NOW)
    several = parse_alert(json.dumps({"alerts": [sent()]}).encode(), NOW)
    assert single == several
    assert single.alerts[0].source == "api"


def test_one_alert_of_labels_only() -> None:
    """The smallest alert is its labels."""
    body = b'{"alerts": [{"labels": {"alertname": "example_alert", "priority": "P0", "pod": "example-pod"}}]}'
    (alert,) = parse_alert(body, NOW).alerts
    assert (alert.status, alert.starts_at, alert.assumed) == ("firing", NOW, ("status", "starts_at"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=5,
)


@given(st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(sent(), JSON)), min_size=1, max_size=4))
def test_anything_is_either_an_alert_or_rejected(items: list[Any]) -> None:
    """Whatever a list holds, each item becomes an alert or a rejection, and a good alert beside it arrives."""
    parsed = parse({"alerts": [*items, sent()]})
    assert len(parsed.alerts) + len(parsed.rejected) == len(items) + 1
    assert parsed.alerts[-1] == one({"alerts": [sent()]})


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Bytes that are no body raise BadPayload and nothing else."""
    try:
        parse(body)
    except BadPayload:
        return
    raise AssertionError("random bytes cannot list alerts")
