"""In a storm of incidents nothing is repaired one by one: a shared cause, or a broken sensor, is likelier than many causes."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.spans import span
from firstresponder.model import Verdict

GUARD = Guard(name="storm", hard=True, undo=False)


def check(facts: Facts) -> Verdict:
    """Allow while few incidents were opened lately; the window itself is the cool-down after the last of them."""
    storm = facts.settings.storm
    if facts.opened_lately is None:
        raise NotKnown("how many incidents were opened lately could not be read", "the store can be read")
    count = facts.opened_lately
    measured, limit = f"{count} opened in {span(storm.window)}", f"fewer than {storm.incidents}"
    if count >= storm.incidents:
        return GUARD.deny(
            "many incidents at once: look for what they share before anything is changed",
            measured=f"at least {measured}" if count == storm.incidents else measured,
            limit=limit,
            clears_when=f"fewer are opened within {span(storm.window)}",
            then="observe",
        )
    return GUARD.allow("no storm of incidents", measured=measured, limit=limit)
