"""Which incident an alert belongs to: the fewest incidents that still are about one thing each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from firstresponder.config import Correlation
from firstresponder.correlation.labels import WORKLOAD, always_fires, key_of
from firstresponder.model import Incident, Noun, Phase, StoredAlert, TargetRef


class Filing(Noun, frozen=True, kw_only=True):
    """Where an alert goes, and why. `incident_id` is empty for "open" (the caller names it) and for "ignore"."""

    kind: Literal["open", "join", "relapse", "ignore"]
    incident_id: str
    key: str
    reason: str


def correlate(  # noqa: PLR0917 - the order in which the question is asked: what, about what, among what, when
    stored: StoredAlert,
    subject: TargetRef | None,
    live: Sequence[Incident],
    recent: Sequence[Incident],
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
    open_ones = sorted((row for row in live if row.phase is not Phase.CLOSED), key=lambda row: (row.opened_at, row.id))

    if alert.status == "resolved":
        found = next((row for row in open_ones if row.id in known), None)
        if found is None:
            return Filing(kind="ignore", incident_id="", key=key, reason="resolved, and no open incident has this alert")
        return Filing(kind="join", incident_id=found.id, key=key, reason="this alert of the incident is resolved")

    if match := _match(open_ones, known, subject, key):
        return Filing(kind="join", incident_id=match[0].id, key=key, reason=match[1])
    watched = sorted((row for row in recent if _watched(row, now, settings)), key=_closed_last_first)
    if match := _match(watched, known, subject, key):
        return Filing(kind="relapse", incident_id=match[0].id, key=key, reason=f"{match[1]}, closed a short while ago")
    return Filing(kind="open", incident_id="", key=key, reason=f"no incident is about {_about(subject, key)}")


def _match(
    rows: Sequence[Incident], known: Iterable[str | None], subject: TargetRef | None, key: str
) -> tuple[Incident, str] | None:
    """The first incident that has this alert, else that is about the same object, else that has the same key."""
    known = set(known)
    for row in rows:
        if row.id in known:
            return row, "the incident has this alert already"
    if subject is not None:
        for row in rows:
            if row.subject is not None and _same(row.subject, subject):
                return row, f"the incident is about {_about(subject, key)} too"
    for row in rows:
        if row.key == key and _key_decides(row.subject, subject, key):
            return row, f"the same place by its labels ({key})"
    return None


def _same(one: TargetRef, other: TargetRef) -> bool:
    """The same object by UID; by kind, namespace and name where one of the UIDs is not known."""
    if one.uid and other.uid:
        return one.uid == other.uid
    return (one.kind, one.namespace, one.name) == (other.kind, other.namespace, other.name)


def _key_decides(one: TargetRef | None, other: TargetRef | None, key: str) -> bool:
    """Whether equal keys mean one incident.

    Two known objects that differ are two incidents. A group may hold alerts about many objects, so it decides only
    between alerts whose objects are both unknown; a workload's labels name the object.
    """
    if one is not None and other is not None:
        return False
    return key.startswith(WORKLOAD) or (one is None and other is None)


def _watched(row: Incident, now: datetime, settings: Correlation) -> bool:
    if row.phase is not Phase.CLOSED or row.closed_at is None:
        return False
    return (now - row.closed_at).total_seconds() <= settings.relapse_watch


def _closed_last_first(row: Incident) -> tuple[float, str]:
    return (-(row.closed_at or row.updated_at).timestamp(), row.id)


def _about(subject: TargetRef | None, key: str) -> str:
    if subject is None:
        return key
    return f"{subject.kind} {subject.namespace}/{subject.name}" if subject.namespace else str(subject)
