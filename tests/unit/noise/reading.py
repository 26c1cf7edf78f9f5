"""Reading streams in tests."""

from __future__ import annotations

import io
from collections import Counter
from itertools import combinations
from pathlib import Path

from firstresponder.noise.entry import Entry, Source
from firstresponder.noise.forms.read import read
from firstresponder.noise.kinds import Kinds
from firstresponder.noise.report import Report, report_of

STREAMS = Path(__file__).parent / "streams"
ACTIONS = frozenset({"rollback-deployment", "restart-workload"})


class Taken:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        """Nothing was taken yet."""
        self.entries: list[Entry] = []
        self.rejected: list[tuple[str, str]] = []

    def add(self, entry: Entry) -> None:
        """Take an entry."""
        self.entries.append(entry)

    def reject(self, text: str, why: str) -> None:
        """Take a line that is none."""
        self.rejected.append((text, why))


def taken(text: str) -> tuple[Taken, Source]:
    """Read a text; return what came out of it, and how it was read."""
    sink = Taken()
    return sink, read(io.StringIO(text, newline=None).readline, "test", sink)


def answer(text: str, *, keep: bool = True, actions: frozenset[str] = ACTIONS) -> Report:
    """Return the answer for a text."""
    stream = Kinds(keep=keep)
    return report_of(stream, [read(io.StringIO(text, newline=None).readline, "test", stream)], actions)


def stream(name: str) -> str:
    """Return a stream of the folder."""
    return (STREAMS / name).read_text(encoding="utf-8")


def agreement(report: Report, records: list[str], groups: list[str]) -> tuple[float, float]:
    """Return precision and recall over pairs of records: put together by us, and by the person who grouped them.

    Records with one text are told apart by their order in it.
    """
    where: dict[str, list[int]] = {}
    for number, incident in enumerate(report.incidents):
        for member in report.members(incident):
            where.setdefault(member, []).append(number)
    ours = [where[record].pop(0) for record in records]
    pairs = Counter((ours[i] == ours[j], groups[i] == groups[j]) for i, j in combinations(range(len(records)), 2))
    both = pairs[True, True]
    return both / max(both + pairs[True, False], 1), both / max(both + pairs[False, True], 1)
