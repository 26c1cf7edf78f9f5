"""A webhook body becomes alerts: a typed fast path, and a tolerant one for what does not fit it.

One malformed alert costs only itself. What a sender left out is filled in and named in `Alert.assumed`, by the names of
the fields of `Alert`. The `fingerprint` of a body is not read: senders compute it differently, or over other things, and
two copies of one alert must be one (see `fingerprint.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from firstresponder.errors import BadPayload
from firstresponder.intake.fingerprint import fingerprint
from firstresponder.intake.limits import MAX_ALERTS, MAX_URL, check_labels, fit_annotations
from firstresponder.intake.tolerant import BadAlert, WireAlert, read_alert, read_body
from firstresponder.model import Alert, Noun


class Rejected(Noun, frozen=True, kw_only=True):
    """An alert that could not be read; `index` counts from 0 in the body."""

    index: int
    reason: str


class Parsed(Noun, frozen=True, kw_only=True):
    """What a body held. `truncated`: alerts that the sender says it left out."""

    alerts: tuple[Alert, ...]
    rejected: tuple[Rejected, ...] = ()
    truncated: int = 0


class _Group(msgspec.Struct):
    """The fields of an Alertmanager v4 webhook body that we use."""

    alerts: list[WireAlert]
    status: str = ""
    groupKey: str = ""  # noqa: N815 - the sender's name
    receiver: str = ""
    truncatedAlerts: int = 0  # noqa: N815
    commonLabels: dict[str, str] = {}  # noqa: N815
    commonAnnotations: dict[str, str] = {}  # noqa: N815


_STATUSES = ("firing", "resolved", "")
_GROUP = msgspec.json.Decoder(_Group)


def parse_webhook(body: bytes, received_at: datetime) -> Parsed:
    """Read an Alertmanager v4 webhook body, also one with `status`, `alerts` and `commonLabels` only.

    `received_at` is an aware UTC time. Raises BadPayload when the body is no JSON object or lists no alerts.
    """
    return _parse(body, received_at, "alertmanager", single=False)


def parse_alert(body: bytes, received_at: datetime) -> Parsed:
    """Read one alert object (labels, annotations, startsAt, status) or `{"alerts": [{"labels": {…}}]}`.

    `received_at` is an aware UTC time. Raises BadPayload when the body is no JSON object or lists no alerts.
    """
    return _parse(body, received_at, "api", single=True)


def _parse(body: bytes, received_at: datetime, source: str, *, single: bool) -> Parsed:
    group = _typed(body)
    if group is None:
        return _tolerantly(body, received_at, source, single=single)
    if not group.alerts:
        raise BadPayload('"alerts" is empty: expected at least one alert')
    return _collect(group, group.alerts, received_at, source)


def _typed(body: bytes) -> _Group | None:
    """The fast path; None where anything is not exactly as Alertmanager sends it."""
    if b"\\u0000" in body:
        return None
    try:
        return _GROUP.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _tolerantly(body: bytes, received_at: datetime, source: str, *, single: bool) -> Parsed:
    tree = read_body(body)
    if single and "alerts" not in tree:
        tree = {"alerts": [tree]}
    items = tree.get("alerts")
    if not isinstance(items, list):
        raise BadPayload(f'expected "alerts" to be a list of alerts, got {_named(items)}; send an Alertmanager v4 webhook body')
    if not items:
        raise BadPayload('"alerts" is empty: expected at least one alert')
    return _collect(_loose_group(tree), items, received_at, source)


def _named(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _loose_group(tree: dict[str, Any]) -> _Group:
    """The group's own fields, each one ignored where it has the wrong form: they only fill in what alerts lack."""

    def text(name: str) -> str:
        value = tree.get(name)
        return value if isinstance(value, str) else ""

    def texts(name: str) -> dict[str, str]:
        value = tree.get(name)
        return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}

    truncated = tree.get("truncatedAlerts")
    return _Group(
        alerts=[],
        status=text("status").strip().lower(),
        groupKey=text("groupKey"),
        receiver=text("receiver"),
        truncatedAlerts=truncated if isinstance(truncated, int) and not isinstance(truncated, bool) else 0,
        commonLabels=texts("commonLabels"),
        commonAnnotations=texts("commonAnnotations"),
    )


def _collect(group: _Group, items: Sequence[Any], received_at: datetime, source: str) -> Parsed:
    alerts: list[Alert] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(items[:MAX_ALERTS]):
        try:
            wire, assumed = (item, ()) if isinstance(item, WireAlert) else read_alert(item)
            alerts.append(_alert(wire, assumed, group, received_at, source))
        except BadAlert as error:
            rejected.append(Rejected(index=index, reason=str(error)))
    if (left := len(items) - MAX_ALERTS) > 0:
        why = f"this and {left - 1} more were left out: at most {MAX_ALERTS} alerts are taken from one body"
        rejected.append(Rejected(index=MAX_ALERTS, reason=why))
    return Parsed(alerts=tuple(alerts), rejected=tuple(rejected), truncated=max(group.truncatedAlerts, 0))


def _alert(wire: WireAlert, assumed: tuple[str, ...], group: _Group, received_at: datetime, source: str) -> Alert:
    """One alert, with what was left out filled in."""
    labels, annotations, common = wire.labels, wire.annotations, group.commonLabels
    if common and not common.keys() <= labels.keys():
        labels = {**common, **labels}
        assumed += ("labels",)
    if "" in labels.values():  # to Prometheus an empty label is an absent one
        labels = {name: value for name, value in labels.items() if value}
    check_labels(labels)
    if not annotations and group.commonAnnotations:
        annotations = group.commonAnnotations
        assumed += ("annotations",)
    if annotations:
        annotations, cut = fit_annotations(annotations)
        assumed += cut

    status = (wire.status or group.status).strip().lower()
    if status not in _STATUSES:
        raise BadAlert(f"status: expected firing or resolved, got {status[:40]!r}")
    firing = status != "resolved"
    if not status:
        assumed += ("status",)

    starts_at = wire.startsAt
    if starts_at is None or starts_at.year <= 1:  # Go writes its zero time as 0001-01-01T00:00:00Z
        starts_at, assumed = received_at, (*assumed, "starts_at")
    elif starts_at.tzinfo is not UTC:
        starts_at, assumed = _utc(starts_at, "starts_at", assumed)
    ends_at = None if firing else wire.endsAt  # a firing alert's endsAt is when Alertmanager would give up waiting
    if ends_at is not None:
        ends_at, assumed = (None, assumed) if ends_at.year <= 1 else _utc(ends_at, "ends_at", assumed)

    return Alert(
        fingerprint=fingerprint(labels),
        labels=labels,
        annotations=annotations,
        status="firing" if firing else "resolved",
        starts_at=starts_at,
        received_at=received_at,
        ends_at=ends_at,
        generator_url=wire.generatorURL if len(wire.generatorURL) <= MAX_URL else "",
        group_key=group.groupKey,
        receiver=group.receiver,
        source=source,
        assumed=assumed,
    )


def _utc(at: datetime, name: str, assumed: tuple[str, ...]) -> tuple[datetime, tuple[str, ...]]:
    """The same moment in UTC; a time without an offset is taken for UTC, and named."""
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC), (*assumed, name)
    try:
        return at.astimezone(UTC), assumed
    except OverflowError as error:
        raise BadAlert(f"{name}: {at.isoformat()} has no UTC equivalent") from error
