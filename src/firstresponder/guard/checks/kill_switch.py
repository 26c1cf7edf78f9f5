"""Nothing is written while the kill switch is engaged, undo included."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown, Unknown
from firstresponder.model import Verdict

GUARD = Guard(name="kill_switch", hard=True, undo=True)


def check(facts: Facts) -> Verdict:
    """Allow only when the switch was read and is off."""
    hold = facts.hold
    if isinstance(hold, Unknown):
        why = f" ({hold.why})" if hold.why else ""
        raise NotKnown(f"the kill switch could not be read{why}", "the kill switch can be read")
    if hold is not None:
        return GUARD.deny(
            f"the kill switch is engaged by {hold.by}: {hold.why or 'no reason given'}",
            measured=f"engaged since {hold.at:%Y-%m-%d %H:%M} UTC ({hold.source})",
            limit="released",
            clears_when=f"somebody releases it ({hold.source})",
            then="observe",
        )
    return GUARD.allow("the kill switch is not engaged", measured="released")
