"""Grouping: entries of one kind in one place are counted together, in memory that does not grow with their number."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter

from firstresponder.errors import BadInput
from firstresponder.noise import names, places
from firstresponder.noise.entry import Entry, Scope
from firstresponder.noise.limits import MAX_ENTRIES, MAX_INSTANCES, MAX_KEPT, MAX_KINDS, MAX_NAMES, SHOWN, SHOWN_UNPARSED
from firstresponder.noise.words import RANK

NAN = math.nan
_DIGIT = re.compile(r"\d")
BEGAN, WHOLE, ENDED = 0, 1, 2
OPEN, OVER, BY_ITSELF, BY_PERSON = 0, 1, 2, 3
_ENDS = {"self": BY_ITSELF, "person": BY_PERSON}
_EQUAL = frozenset(places.KINDS) | {"node", "host"}
"""Labels that name a place: what an inhibition may ask to be equal."""


class Kind:
    """One kind of alert in one place. Times are seconds since 1970; NaN where there is none."""

    __slots__ = (
        "at",
        "count",
        "end",
        "identity",
        "instances",
        "key",
        "labelled",
        "lasted",
        "members",
        "name",
        "named",
        "names",
        "number",
        "place",
        "role",
        "scope",
        "severities",
        "severity",
        "title",
        "words",
    )  # fmt: skip

    def __init__(self, number: int, key: str, entry: Entry, named: names.Named) -> None:
        """Begin with the first entry; `add` counts it."""
        self.number, self.key, self.named = number, key, named
        self.title, self.name, self.scope = entry.title, entry.name, entry.scope
        self.names: set[str] = set()  # of its alerts; "" stands for those without one
        self.severity = ""
        self.severities: Counter[str] = Counter()
        self.words: set[str] = set()  # the values of the label `severity`, as written
        self.labelled = bool(entry.labels)
        self.count = 0
        self.members: list[str] = []
        self.instances: set[str] = set()
        self.at = array("d")
        self.lasted = array("d")  # seconds, where the entry tells both ends
        self.identity = array("q")
        self.role = array("b")  # what the entry tells: a beginning, a whole course, an end
        self.end = array("b")  # whether it is over, and who ended it
        self.place = array("l")  # which of `Kinds.places` its labels name


class Kinds:
    """The sink of all readers: every entry is in exactly one kind, every other line in `unparsed`."""

    def __init__(self, *, keep: bool) -> None:
        """`keep`: all original lines; else the first few of each kind."""
        self.keep = keep
        self.kinds: dict[tuple[str, Scope], Kind] = {}
        self.count = 0
        self.crowded = 0  # entries that came after MAX_KINDS kinds
        self.unparsed: list[tuple[str, str]] = []
        self.unparsed_count = 0
        self.places: list[dict[str, str]] = [{}]
        self._place_numbers: dict[tuple[tuple[str, str], ...], int] = {(): 0}
        self._kept = 0
        self._texts: dict[str, str] = {}

    def add(self, entry: Entry) -> None:
        """Count one entry. Raises BadInput when there are too many."""
        self._bound(entry.text)
        self.count += 1
        named = names.read(entry.title)
        kind = self._kind(entry, named)
        kind.count += 1
        if len(kind.names) <= MAX_NAMES:
            kind.names.add(entry.name)
        kind.severities[entry.severity] += 1
        if (word := entry.labels.get("severity")) and len(kind.words) < SHOWN:
            kind.words.add(word)
        kind.labelled &= bool(entry.labels)
        if kind.count == 1 or RANK[entry.severity] > RANK[kind.severity]:
            kind.severity = entry.severity
        if self.keep or len(kind.members) < SHOWN:
            kind.members.append(self._texts.setdefault(entry.text, entry.text) if len(self._texts) < MAX_KINDS else entry.text)
        if entry.instance and len(kind.instances) < MAX_INSTANCES:
            kind.instances.add(entry.instance)
        lasted = entry.lasted
        if lasted is None and entry.at is not None and entry.until is not None and entry.until >= entry.at:
            lasted = entry.until - entry.at
        kind.at.append(NAN if entry.at is None else entry.at)
        kind.lasted.append(NAN if lasted is None else lasted)
        kind.role.append(BEGAN if entry.status != "resolved" and not entry.whole else WHOLE if entry.whole else ENDED)
        kind.end.append(_ENDS.get(entry.ended_by, OVER) if entry.status == "resolved" else OPEN)
        kind.identity.append(hash(entry.identity or entry.instance) if entry.identity or entry.instance else 0)
        kind.place.append(self._place(entry))

    def reject(self, text: str, why: str) -> None:
        """Keep a line that is no alert."""
        self._bound(text)
        self.unparsed_count += 1
        if self.keep or len(self.unparsed) < SHOWN_UNPARSED:
            self.unparsed.append((text, why))

    def _bound(self, text: str) -> None:
        if self.count + self.unparsed_count >= MAX_ENTRIES:
            raise BadInput(f"more than {MAX_ENTRIES:,} alerts; expected fewer: split the stream, for example by week")
        self._kept += len(text) if self.keep else 0
        if self._kept > MAX_KEPT:
            raise BadInput(
                f"more than {MAX_KEPT:,} characters of alerts, and JSON output names each of them; "
                "use --format text, or split the stream"
            )

    def _kind(self, entry: Entry, named: names.Named) -> Kind:
        exact = entry.name and _DIGIT.search(entry.name) is None
        key = f"={entry.name}" if exact else named.key
        found = self.kinds.get((key, entry.scope))
        if found is not None:
            return found
        scope = entry.scope
        if len(self.kinds) >= MAX_KINDS:
            self.crowded += 1
            key, scope = f"*{named.grade} {named.classes[0] if named.classes else ''}", ()
            found = self.kinds.get((key, scope))
            if found is not None:
                return found
        kind = self.kinds[key, scope] = Kind(len(self.kinds), key, entry, named)
        if key.startswith("*"):  # many kinds in one: it has no name and no place of its own
            kind.name, kind.scope, kind.title = "", (), f"many kinds, together: {key[1:].strip()}"
        return kind

    def _place(self, entry: Entry) -> int:
        if not entry.labels:
            return 0
        found = tuple(sorted((name, value) for name, value in entry.labels.items() if name in _EQUAL and value))
        number = self._place_numbers.get(found)
        if number is None:
            if len(self.places) > MAX_KINDS:
                return 0
            number = self._place_numbers[found] = len(self.places)
            self.places.append(dict(found))
        return number
