"""JSON: Alertmanager's API and webhook bodies, Prometheus' alerts, exports of ticket systems, our own export."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from firstresponder.noise import places
from firstresponder.noise.entry import Entry
from firstresponder.noise.forms.fields import columns_of, severity_of, status_of
from firstresponder.noise.forms.records import entry_of
from firstresponder.noise.limits import MAX_TITLE
from firstresponder.noise.times import parse_time

Read = Entry | tuple[str, str]

_LISTS = ("alerts", "incidents", "issues", "data", "items", "results", "records", "tickets", "events", "values", "rows", "hits")
_DEEPEST = 4
_SHOWN = 200


class Columns:
    """Which fields the records of a document were read from, for the report."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.used: dict[str, str] = {}


def entries(value: Any, seen: Columns) -> Iterator[Read]:
    """Yield an entry, or (text, why not), for every record in a decoded document."""
    yield from _entries(value, {}, seen, _DEEPEST)


def _entries(value: Any, common: Mapping[str, Any], seen: Columns, deep: int) -> Iterator[Read]:
    if isinstance(value, list):
        for each in value:
            yield from _entries(each, common, seen, deep - 1) if deep else ((_short(each), "nested too deep"),)
        return
    if not isinstance(value, dict):
        yield _short(value), "not an object"
        return
    inner = _inner(value)
    if inner is not None and deep:
        shared = value.get("commonLabels")
        yield from _entries(inner, shared if isinstance(shared, dict) else common, seen, deep - 1)
        return
    yield _alert(value, common) if isinstance(value.get("labels"), dict) else _record(value, seen)


def _inner(value: Mapping[str, Any]) -> Any:
    """The list of records in an object that is itself none."""
    if isinstance(value.get("labels"), dict):
        return None
    for name in _LISTS:
        inner = value.get(name)
        if isinstance(inner, list) and (not inner or any(isinstance(each, dict) for each in inner)):
            return inner
        if isinstance(inner, dict) and any(isinstance(inner.get(each), list) for each in _LISTS):
            return inner
    return None


def _alert(item: Mapping[str, Any], common: Mapping[str, Any]) -> Read:
    """An alert as Alertmanager, Prometheus and our own export write it. A firing alert's endsAt is no fact."""
    labels = {str(k): _text(v) for k, v in {**common, **item["labels"]}.items() if v is not None and _text(v)}
    notes = item.get("annotations")
    notes = notes if isinstance(notes, dict) else {}
    title = labels.get("alertname") or _text(notes.get("summary")) or _text(notes.get("description"))
    if not title:
        return _short(item), "no alertname and no summary"
    status = item.get("status", item.get("state"))
    status = _text(status.get("state") if isinstance(status, dict) else status)
    at = parse_time(_text(item.get("startsAt") or item.get("activeAt")))
    until = parse_time(_text(item.get("endsAt")))
    resolved = status_of(status) == "resolved" or (not status and until is not None)
    if resolved and until is None:
        until = parse_time(_text(item.get("receivedAt")))
    return of_labels(labels, title, at=at, until=until if resolved else None, resolved=resolved)


def of_labels(labels: Mapping[str, str], title: str, *, at: float | None, until: float | None, resolved: bool) -> Entry:
    """Return the entry of an alert with labels; they are its identity."""
    identity = "\x00".join(f"{name}={labels[name]}" for name in sorted(labels))
    shown = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "alertname")
    times = " ".join(stamp(each) for each in (at, until) if each is not None)
    return Entry(
        text=f"{title}{{{shown}}} {'resolved' if resolved else 'firing'} {times}".rstrip(),
        title=title[:MAX_TITLE],
        name=labels.get("alertname", ""),
        scope=places.ordered(places.of_labels(labels)),
        instance=places.instance_of(labels),
        severity=severity_of(labels.get("severity", labels.get("priority", ""))),
        status="resolved" if resolved else "firing",
        at=at,
        until=until,
        whole=at is not None,
        identity=identity,
        labels=labels,
    )


def stamp(seconds: float) -> str:
    """Return `2024-05-01T12:03:04Z`."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _record(item: Mapping[str, Any], seen: Columns) -> Read:
    row = dict(_flat(item, "", _DEEPEST))
    columns = _columns(tuple(row))
    if "title" not in columns:
        return _short(item), "no labels and no title"
    for ours, name in columns.items():
        seen.used.setdefault(ours, name)
    entry = entry_of(row, columns, day_first=False)
    return (_short(item), entry) if isinstance(entry, str) else entry


@lru_cache(maxsize=1024)
def _columns(names: tuple[str, ...]) -> dict[str, str]:
    return columns_of(names)[0]


def _flat(item: Mapping[str, Any], prefix: str, deep: int) -> Iterator[tuple[str, str]]:
    """Yield dotted names and texts; of nested objects that have a name, only the name."""
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            called = next(
                (value[each] for each in ("summary", "name", "value", "displayName") if isinstance(value.get(each), str)), None
            )
            if called is not None and key != "fields":
                yield name, called
            elif deep:
                yield from _flat(value, f"{name}.", deep - 1)
        elif isinstance(value, (str, int, float, bool)):
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, (dict, list)) else json.dumps(value)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
