"""What was done before, as the checks on repetition and budget count it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from firstresponder.guard.facts import Facts
from firstresponder.model import JournalEntry

WROTE = ("intent", "done", "failed")
"""States that count: "refused" changed nothing; an intent may have."""


def done_within(facts: Facts, history: Iterable[JournalEntry], seconds: float) -> list[JournalEntry]:
    """Return what was done in that time, without undoing, and without the doing at hand: going on after a crash is no repeat."""
    row, oldest = facts.incident, facts.now - timedelta(seconds=seconds)
    return [
        entry
        for entry in history
        if entry.operation.direction == "do"
        and entry.state in WROTE
        and entry.at > oldest
        and (entry.operation.incident_id, entry.operation.n, entry.operation.rung) != (row.id, row.n, row.rung)
    ]
