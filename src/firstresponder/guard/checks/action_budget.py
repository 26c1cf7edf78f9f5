"""So many actions in a window and no more: per target, per namespace, and in total.

A tool that repairs again and again spreads what it does not understand; the budget is a ceiling over all incidents.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from firstresponder.guard.check import Guard
from firstresponder.guard.doings import done_within
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.spans import span
from firstresponder.model import JournalEntry, Verdict

GUARD = Guard(name="action_budget", hard=True, undo=False)

NOWHERE = "no namespace"  # where cluster-wide objects live


def check(facts: Facts) -> Verdict:
    """Allow while target, namespace and the whole are below their limits."""
    target, budget = facts.planned().target, facts.settings.budget
    done = _done(facts)
    scopes: tuple[tuple[str, int, Callable[[JournalEntry], bool]], ...] = (
        (f"on {target}", budget.target, lambda entry: entry.operation.target.uid == target.uid),
        (
            f"in {target.namespace or NOWHERE}",
            budget.namespace,
            lambda entry: entry.operation.target.namespace == target.namespace,
        ),
        ("in total", budget.total, lambda _entry: True),
    )
    words = []
    for where, limit, counts in scopes:
        mine = [entry for entry in done if counts(entry)]
        words.append(f"{len(mine)} {where}")
        if len(mine) >= limit:
            frees = min(entry.at for entry in mine) + timedelta(seconds=budget.window) - facts.now
            return GUARD.deny(
                f"enough was changed {where} for now: a person should look at why so much is needed",
                measured=f"{len(mine)} actions {where} in {span(budget.window)}",
                limit=f"{limit} in {span(budget.window)}",
                clears_when=f"{span(max(0.0, frees.total_seconds()))} have passed",
                then="escalate",
            )
    return GUARD.allow(
        "the budget of actions is not used up",
        measured=f"{', '.join(words)} in {span(budget.window)}",
        limit=f"{budget.target}, {budget.namespace}, {budget.total}",
    )


def _done(facts: Facts) -> list[JournalEntry]:
    """What was done in the window."""
    if facts.history is None:
        raise NotKnown("what was done before could not be read", "the journal can be read")
    return done_within(facts, facts.history, facts.settings.budget.window)
