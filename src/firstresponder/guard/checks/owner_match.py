"""The target is the very object that was planned for, and nothing above it would put it back."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.guard.objects import controller, label, meta
from firstresponder.model import Verdict

GUARD = Guard(name="owner_match", hard=True, undo=True)


def check(facts: Facts) -> Verdict:
    """Allow a top-level controller whose kind, place and UID are those of the plan."""
    target, live, owners = facts.planned().target, facts.live(), facts.above()
    data = meta(live)
    found = (live.get("kind"), data.get("namespace", ""), data.get("name"))
    if found != (target.kind, target.namespace, target.name):
        return GUARD.deny(
            f"the plan is for {facts.place()}, the object that was read is {label(live)}",
            measured=label(live),
            limit=facts.place(),
            clears_when="the plan is made anew",
            then="escalate",
        )
    if not target.uid or data.get("uid") != target.uid:
        return GUARD.deny(
            f"{facts.place()} is not the object that was planned for: it was deleted and made anew",
            measured=f"uid {data.get('uid', '(none)')}",
            limit=f"uid {target.uid or '(not recorded)'}",
            clears_when="the plan is made anew for the present object",
            then="escalate",
        )
    above = controller(live)
    if above is not None or owners:
        name = f"{above.get('kind')} {above.get('name')}" if above else label(owners[0])
        return GUARD.deny(
            f"{name} controls {facts.place()} and would put it back: the change belongs there",
            measured=f"controlled by {name}",
            limit="a top-level controller",
            clears_when=f"the plan is made for {name}",
            then="escalate",
        )
    return GUARD.allow("it is the object that was planned for, and nothing controls it", measured=f"uid {target.uid}")
