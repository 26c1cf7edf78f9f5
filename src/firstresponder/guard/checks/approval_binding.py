"""What was approved is what is done: the same plan, the same object, the same values."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.model import Plan, PlannedAction, Verdict, at_pointer, means

GUARD = Guard(name="approval_binding", hard=True, undo=True)


def check(facts: Facts) -> Verdict:
    """Allow when the approval, the plan that it names and a plan from today's facts are one, and the object agrees.

    Before an undo the object must hold what the repair wrote: what somebody changed since is theirs.
    """
    action, choice, bound = facts.planned(), facts.approved, facts.bound
    if bound is None:
        if choice is not None:
            raise NotKnown("the plan that was approved could not be read", "it can be read, or it is asked anew")
        return GUARD.allow("nothing is approved yet, so nothing is bound")
    if not bound.digest or (choice is not None and choice.plan_digest != bound.digest):
        return _void("the approval is for another plan", choice.plan_digest if choice else "(none)", bound.digest)
    if facts.direction == "do":
        if not facts.fresh_digest:
            raise NotKnown("the plan could not be made anew from today's facts", "they can be read, or it is asked anew")
        if facts.fresh_digest != bound.digest:
            return _void("the facts changed since it was approved", facts.fresh_digest, bound.digest)
    return _same_action(facts, action, bound)


def _void(reason: str, measured: str, limit: str) -> Verdict:
    return GUARD.deny(
        f"{reason}: the approval is void",
        measured=measured[:60],
        limit=limit[:60],
        clears_when="the plan of today is approved",
        then="observe",
    )


def _same_action(facts: Facts, action: PlannedAction, bound: Plan) -> Verdict:
    if bound.action is None:
        return _void("the plan that was approved holds no action", action.action, "(none)")
    if (action.action, action.target) != (bound.action.action, bound.action.target):
        return _void("the target changed", f"{action.action} on {_who(action)}", f"{bound.action.action} on {_who(bound.action)}")
    if (action.touched, action.template_hash) != (bound.action.touched, bound.action.template_hash):
        return _void("what would be changed is no longer what was shown", action.content(), bound.action.content())
    live = facts.live()
    for touched in action.touched:
        expected = touched.old if facts.direction == "do" else touched.new
        if not means(expected, at_pointer(live, touched.path)):
            # The values themselves may be secret: the brief that is made anew shows the difference, redacted.
            return _void(f"{touched.path} was changed by somebody else", "another value", "the value that was approved")
    return GUARD.allow("it is exactly what was approved", measured=bound.digest[:12])


def _who(action: PlannedAction) -> str:
    return f"{action.target} {action.target.uid}"
