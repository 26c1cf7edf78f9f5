"""An annotation on the object, on what owns it or on its namespace keeps this tool away."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.objects import label, meta
from firstresponder.model import Verdict

GUARD = Guard(name="opt_out", hard=True, undo=True)

ANNOTATION = "firstresponder.internal/opt-out"
_STAYS = ("false", "")  # anything else that somebody wrote ("true", "yes", "please") keeps us away


def check(facts: Facts) -> Verdict:
    """Allow when all of these were read and none opted out."""
    objects = [facts.live(), *facts.above()]
    namespace = facts.planned().target.namespace
    if namespace:
        if facts.namespace is None:
            raise NotKnown(f"namespace {namespace} could not be read", "the namespace can be read")
        objects.append(facts.namespace)
    for each in objects:
        value = (meta(each).get("annotations") or {}).get(ANNOTATION, "")
        if str(value).strip().lower() not in _STAYS:
            return GUARD.deny(
                f"{label(each)} opted out",
                measured=f"{ANNOTATION}: {value}",
                limit="absent",
                clears_when=f"the annotation {ANNOTATION} is taken off {label(each)}",
                then="escalate",
            )
    return GUARD.allow("nothing opted out", measured=f"{len(objects)} objects read", limit=f"{ANNOTATION} absent")
