"""The same fix on the same target: not again too soon, and not again and again."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.doings import done_within
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.spans import span
from firstresponder.model import JournalEntry, Verdict

GUARD = Guard(name="repeat_limits", hard=False, undo=False)


def check(facts: Facts) -> Verdict:
    """Allow the first time, and again after a cool-down that doubles with each repeat, up to the cap."""
    settings = facts.settings
    before = _before(facts)
    if not before:
        return GUARD.allow(f"not done here in the last {span(settings.repeat_window)}", measured="0 times")
    times = len(before)
    measured = f"{times} times in {span(settings.repeat_window)}"
    if times >= settings.repeat_cap:
        return GUARD.unmet(
            facts,
            "this was done here before and did not last: a repeat hides the cause",
            measured=measured,
            limit=f"{settings.repeat_cap} times in {span(settings.repeat_window)}",
            clears_when=f"the oldest of them is {span(settings.repeat_window)} ago",
            then="escalate",
        )
    wait = settings.cooldown * 2 ** (times - 1)
    since = (facts.now - max(entry.at for entry in before)).total_seconds()
    if since < wait:
        return GUARD.unmet(
            facts,
            "this was done here a short while ago: give it time, or look for another cause",
            measured=f"{measured}, last {span(since)} ago",
            limit=f"{span(wait)} apart",
            clears_when=f"{span(wait - since)} have passed",
            then="wait",
        )
    return GUARD.allow("the cool-down is over", measured=f"{measured}, last {span(since)} ago", limit=f"{span(wait)} apart")


def _before(facts: Facts) -> list[JournalEntry]:
    """What was done to this target in the window."""
    action = facts.planned()
    if facts.history is None:
        raise NotKnown("what was done here before could not be read", "the journal can be read")
    return [
        entry
        for entry in done_within(facts, facts.history, facts.settings.repeat_window)
        if entry.operation.target.uid == action.target.uid and entry.operation.action == action.action
    ]
