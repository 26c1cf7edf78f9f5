"""Which incident an alert belongs to: the fewest incidents that still are about one thing each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

from firstresponder.config import Correlation
from firstresponder.correlation.index import Index
from firstresponder.correlation.labels import WORKLOAD, always_fires, key_of
from firstresponder.model import Incident, Noun, Phase, StoredAlert, TargetRef

Order = tuple[float, str]


class Filing(Noun, frozen=True, kw_only=True):
    """Where an alert goes, and why. `incident_id` is empty for "open" (the caller names it) and for "ignore"."""

    kind: Literal["open", "join", "relapse", "ignore"]
    incident_id: str
    key: str
    reason: str


def correlate(  # noqa: PLR0917 - the order in which the question is asked: what, about what, among what, when
    stored: StoredAlert,
    subject: TargetRef | None,
    live: Index | Iterable[Incident],
    recent: Index | Iterable[Incident],
    memory: Mapping[str, str],
    now: datetime,
    settings: Correlation,
) -> Filing:
    """File one alert.

    `subject` is the object it is about where that is known, `live` are the incidents that are not closed (those that
    this batch has just opened included), `recent` those closed lately, `memory` maps fingerprints to incident ids.
    A closed incident takes no alert but one that fires within `settings.relapse_watch` seconds of its end: a relapse.
    """
    alert, key = stored.alert, key_of(stored.alert)
    if always_fires(alert):
        return Filing(kind="ignore", incident_id="", key=key, reason=f"{alert.name} is meant to fire while all is well")
    known = {memory.get(alert.fingerprint), stored.incident_id} - {None}
    live, recent = _indexed(live), _indexed(recent)

    if alert.status == "resolved":
        found = _first(_known(live, known), _is_open, _opened)
        if found is None:
            return Filing(kind="ignore", incident_id="", key=key, reason="resolved, and no open incident has this alert")
        return Filing(kind="join", incident_id=found.id, key=key, reason="this alert of the incident is resolved")

    if match := _match(live, known, subject, key, _is_open, _opened):
        return Filing(kind="join", incident_id=match[0].id, key=key, reason=match[1])

    def watched(row: Incident) -> bool:
        return _watched(row, now, settings)

    if match := _match(recent, known, subject, key, watched, _closed_last_first):
        return Filing(kind="relapse", incident_id=match[0].id, key=key, reason=f"{match[1]}, closed a short while ago")
    return Filing(kind="open", incident_id="", key=key, reason=f"no incident is about {_about(subject, key)}")


def _match(  # noqa: PLR0917 - as above: among what, by what, and which of several
    rows: Index,
    known: Iterable[str | None],
    subject: TargetRef | None,
    key: str,
    counts: Callable[[Incident], bool],
    order: Callable[[Incident], Order],
) -> tuple[Incident, str] | None:
    """The first incident that has this alert, else that is about the same object, else that has the same key."""
    if row := _first(_known(rows, known), counts, order):
        return row, "the incident has this alert already"
    if subject is not None and (row := _first(rows.about(subject), counts, order)):
        return row, f"the incident is about {_about(subject, key)} too"
    if row := _first(_same_key(rows, subject, key), counts, order):
        return row, f"the same place by its labels ({key})"
    return None


def _first(rows: Iterable[Incident], counts: Callable[[Incident], bool], order: Callable[[Incident], Order]) -> Incident | None:
    return min((row for row in rows if counts(row)), key=order, default=None)


def _known(rows: Index, known: Iterable[str | None]) -> list[Incident]:
    return [row for each in known if (row := rows.get(each)) is not None]


def _same_key(rows: Index, subject: TargetRef | None, key: str) -> list[Incident]:
    """Those whose equal key means one incident.

    Two known objects that differ are two incidents. A group may hold alerts about many objects, so it decides only
    between alerts whose objects are both unknown; a workload's labels name the object.
    """
    workload = key.startswith(WORKLOAD)
    if subject is not None:
        return rows.with_key(key, known=False) if workload else []
    return rows.with_key(key, known=False) + (rows.with_key(key, known=True) if workload else [])


def _indexed(rows: Index | Iterable[Incident]) -> Index:
    return rows if isinstance(rows, Index) else Index(rows)


def _is_open(row: Incident) -> bool:
    return row.phase is not Phase.CLOSED


def _opened(row: Incident) -> Order:
    return row.opened_at.timestamp(), row.id


def _watched(row: Incident, now: datetime, settings: Correlation) -> bool:
    if row.phase is not Phase.CLOSED or row.closed_at is None:
        return False
    return (now - row.closed_at).total_seconds() <= settings.relapse_watch


def _closed_last_first(row: Incident) -> Order:
    return (-(row.closed_at or row.updated_at).timestamp(), row.id)


def _about(subject: TargetRef | None, key: str) -> str:
    if subject is None:
        return key
    return f"{subject.kind} {subject.namespace}/{subject.name}" if subject.namespace else str(subject)
