"""A record with named fields (a row of a table, an object of a document) becomes an entry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from firstresponder.noise import names, places
from firstresponder.noise.entry import NO_LABELS, Entry
from firstresponder.noise.forms.fields import ended_by, plain, severity_of, status_of
from firstresponder.noise.forms.plain import read_line
from firstresponder.noise.limits import MAX_TITLE
from firstresponder.noise.times import parse_duration, parse_time

_MINUTES = 60.0
_USED = ("id", "title", "severity", "status", "start", "end", "duration", "ended_by", "service")


def entry_of(row: Mapping[str, str], columns: Mapping[str, str], *, day_first: bool) -> Entry | str:
    """Return the entry, or why the record is none. `columns`: our field → the record's name for it."""

    def value(ours: str) -> str:
        return row.get(columns[ours], "").strip() if ours in columns else ""

    text = " | ".join(each for name in row if name in columns.values() and (each := row[name].strip()))
    title = value("title")
    if not title:
        return "no title"
    inner = _title(title[: MAX_TITLE * 2])
    found = {kind: value(kind) for kind in places.ORDER if value(kind)}
    if inner is not None:
        found = {**dict(inner.scope), **found}
    at, until = parse_time(value("start"), day_first=day_first), parse_time(value("end"), day_first=day_first)
    unit = _MINUTES if "min" in plain(columns.get("duration", "")) else 1.0
    lasted = parse_duration(value("duration"), unit)
    status = status_of(value("status")) or ("resolved" if until is not None or (inner and inner.status == "resolved") else "")
    alertname = plain(columns["title"]) in {"alertname", "alert"}
    return Entry(
        text=text,
        title=(inner.title if inner else title)[:MAX_TITLE],
        name=title if alertname else (inner.name if inner else names.identifier(title)),
        scope=places.ordered(found),
        instance=value("instance") or (inner.instance if inner else ""),
        severity=severity_of(value("severity")) or (inner.severity if inner else ""),
        status=status,
        at=at,
        until=until if status != "firing" else None,
        lasted=lasted if status != "firing" else None,
        whole=True,
        ended_by=ended_by(value("ended_by")),
        identity=value("id"),
        labels=_labels(row, columns) if alertname else NO_LABELS,
    )


def _labels(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """A table of alerts has labels as columns: places, machines, severity."""
    return {name: row[name] for ours, name in columns.items() if ours not in _USED and row.get(name)}


@lru_cache(maxsize=16_384)
def _title(title: str) -> Entry | None:
    """Read a title as a line: it may hold a place, a severity or a status of its own."""
    entry = read_line(title)
    return entry if isinstance(entry, Entry) else None
