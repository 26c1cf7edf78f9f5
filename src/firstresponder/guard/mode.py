"""Which execution mode holds for one action: observe, suggest, approve or auto."""

from __future__ import annotations

from firstresponder.config import Auto, Guards, Mode, ModeRule
from firstresponder.guard.facts import Facts
from firstresponder.model import Noun, PlannedAction

_CAUTION: tuple[Mode, ...] = ("observe", "suggest", "approve", "auto")
IRREVERSIBLE = 3
"""The risk tier of what cannot be taken back."""


class Ruled(Noun, frozen=True, kw_only=True):
    """A mode, and the setting it comes from."""

    mode: Mode
    why: str


def mode_of(facts: Facts) -> Ruled:
    """Return the mode for the planned action on its target, for the alerts that fire now.

    The first rule of `modes` that matches counts, per alert; where alerts of one incident disagree the most cautious
    mode holds. `auto` lifts "approve" only, never "observe" or "suggest", and only for a listed alert that fires. Where
    a person asked for the response, that person is there: they are asked, whatever was granted. So they are where the action
    proposes a value (`always_asks`).
    """
    action, settings = facts.action, facts.settings
    if action is None:
        return Ruled(mode=settings.mode, why="guards.mode")
    firing = facts.firing()
    names = sorted({alert.name for alert in firing})
    ruled = min((_by_rules(settings, action, name) for name in names or [""]), key=lambda each: _CAUTION.index(each.mode))
    if ruled.mode == "approve" and action.always_asks:
        return Ruled(mode="approve", why="a proposed value is always asked about")
    if ruled.mode == "approve" and not any(alert.by_person for alert in firing):
        for grant in settings.auto:
            if _granted(grant, action, names):
                return Ruled(mode="auto", why=f"guards.auto: {grant.alert}, {grant.action}, {grant.namespace}, {grant.target}")
    return ruled


def _by_rules(settings: Guards, action: PlannedAction, alert: str) -> Ruled:
    for number, rule in enumerate(settings.modes):
        if _matches(rule, action, alert):
            return Ruled(mode=rule.mode, why=f"guards.modes[{number}]")
    return Ruled(mode=settings.mode, why="guards.mode")


def _matches(rule: ModeRule, action: PlannedAction, alert: str) -> bool:
    return rule.alert in ("", alert) and rule.action in ("", action.action) and rule.namespace in ("", action.target.namespace)


def _granted(grant: Auto, action: PlannedAction, names: list[str]) -> bool:
    return (
        grant.alert in names
        and grant.action == action.action
        and grant.namespace == action.target.namespace
        and grant.target == str(action.target)
        and (action.tier < IRREVERSIBLE or grant.i_accept_irreversible)
    )
