"""Incidents, findable by what an alert may share with them: their id, their object, their key.

Filing an alert costs the same among ten incidents and among ten thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from firstresponder.model import Incident, TargetRef

Name = tuple[str, str, str]
K = TypeVar("K")


class Index:
    """A set of incidents; `put` replaces the one with the same id."""

    def __init__(self, rows: Iterable[Incident] = ()) -> None:
        """Hold these incidents."""
        self._rows: dict[str, Incident] = {}
        self._by_uid: defaultdict[str, dict[str, Incident]] = defaultdict(dict)
        self._by_name: defaultdict[Name, dict[str, Incident]] = defaultdict(dict)
        self._by_key: defaultdict[tuple[str, bool], dict[str, Incident]] = defaultdict(dict)
        for row in rows:
            self.put(row)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Incident]:
        """All of them, in the order in which they came."""
        return iter(tuple(self._rows.values()))

    def __contains__(self, incident_id: object) -> bool:
        """Whether there is one with this id."""
        return incident_id in self._rows

    def get(self, incident_id: str | None) -> Incident | None:
        """Return the one with this id, or None."""
        return self._rows.get(incident_id) if incident_id else None

    def put(self, row: Incident) -> None:
        """Add it, or replace what is known of it."""
        self.drop(row.id)
        self._rows[row.id] = row
        self._by_key[row.key, row.subject is None][row.id] = row
        if row.subject is not None:
            self._by_name[_name(row.subject)][row.id] = row
            if row.subject.uid:
                self._by_uid[row.subject.uid][row.id] = row

    def drop(self, incident_id: str) -> None:
        """Forget it; no error if it is not there."""
        row = self._rows.pop(incident_id, None)
        if row is None:
            return
        _remove(self._by_key, (row.key, row.subject is None), incident_id)
        if row.subject is not None:
            _remove(self._by_name, _name(row.subject), incident_id)
            _remove(self._by_uid, row.subject.uid, incident_id)

    def about(self, subject: TargetRef) -> list[Incident]:
        """Return those about this object: by UID, or by name where one of the two UIDs is not known."""
        found = dict(self._by_uid.get(subject.uid, {})) if subject.uid else {}
        for incident_id, row in self._by_name.get(_name(subject), {}).items():
            if row.subject is not None and not (row.subject.uid and subject.uid):
                found[incident_id] = row
        return list(found.values())

    def with_key(self, key: str, *, known: bool) -> list[Incident]:
        """Return those with this key whose object is known, or is not."""
        return list(self._by_key.get((key, not known), {}).values())


def _name(subject: TargetRef) -> Name:
    return subject.kind, subject.namespace, subject.name


def _remove(index: dict[K, dict[str, Incident]], key: K, incident_id: str) -> None:
    entries = index.get(key)
    if entries is not None:
        entries.pop(incident_id, None)
        if not entries:
            del index[key]
