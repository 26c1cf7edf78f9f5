"""Few repairs at a time: what one of them does to the system must be seen before the next begins."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.model import Verdict

GUARD = Guard(name="max_concurrent", hard=True, undo=False)


def check(facts: Facts) -> Verdict:
    """Allow while fewer other repairs run than the limits say, everywhere and in the target's namespace."""
    target, limits = facts.planned().target, facts.settings.concurrent
    if facts.busy is None:
        raise NotKnown("which other repairs run could not be read", "the store can be read")
    here = [row for row in facts.busy if row.subject is not None and row.subject.namespace == target.namespace]
    for where, rows, limit in ((f"in {target.namespace}", here, limits.namespace), ("everywhere", facts.busy, limits.total)):
        if len(rows) >= limit:
            return GUARD.deny(
                f"{len(rows)} other repairs run {where}: {', '.join(row.id for row in rows[:3])}",
                measured=f"{len(rows)} {where}",
                limit=f"{limit} at a time",
                clears_when="one of them has ended",
                then="wait",
            )
    return GUARD.allow(
        "few enough repairs run",
        measured=f"{len(here)} in {target.namespace}, {len(facts.busy)} everywhere",
        limit=f"{limits.namespace}, {limits.total}",
    )
