"""One repair per target at a time, over all replicas of this tool."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown, Unknown
from firstresponder.model import Verdict

GUARD = Guard(name="target_lease", hard=True, undo=True)


def check(facts: Facts) -> Verdict:
    """Allow when nobody else is at work on the target."""
    place, rival = facts.place(), facts.rival
    if isinstance(rival, Unknown):
        why = f" ({rival.why})" if rival.why else ""
        raise NotKnown(f"who works on {place} could not be read{why}", "the leases can be read")
    if rival:
        return GUARD.deny(
            f"{rival} is at work on {place}",
            measured=rival,
            limit="one repair per target at a time",
            clears_when="that repair ends, or its time is over",
            then="wait",
        )
    return GUARD.allow("nobody else is at work on it", measured="no holder")
