"""Which runbook answers: one for the cause that was found, else one that the configuration maps to the alert."""

from __future__ import annotations

from collections.abc import Sequence

from firstresponder.model import Alert, Diagnosis, Hypothesis, Noun, Rung
from firstresponder.runbooks.matchers import parse_matcher
from firstresponder.runbooks.schema import Cause, Runbook

SPEAKS_AGAINST = 0.5
"""From this confidence on, a cause that a mapped runbook is not for speaks against it; below, it is a guess."""


class Match(Noun, frozen=True, kw_only=True):
    """A runbook that answers. `cause` is what it addresses; None where the configuration maps it to the alert."""

    runbook: Runbook
    cause: Hypothesis | None
    ladder: tuple[Rung, ...]
    reason: str


def match(runbooks: Sequence[Runbook], alerts: Sequence[Alert], diagnosis: Diagnosis | None) -> Match | None:
    """Return the most specific runbook that answers; ties go by name, so the same input gives the same runbook.

    Only the best hypothesis counts: to act on the second best is to act against the best.
    """
    top = _top(diagnosis)
    if top is not None:
        fitting = [each for each in runbooks if not _obstacles(each, top) and _named(each, alerts) is not None]
        if fitting:
            best = min(fitting, key=_rank)
            return _matched(best, top, f"{best.name} is for {top.cause_class}, found with {top.confidence:.0%} confidence")
        if top.confidence >= SPEAKS_AGAINST:
            return None
    mapped = [each for each in runbooks if not each.causes and _named(each, alerts) is not None]
    if not mapped:
        return None
    best = min(mapped, key=_rank)
    return _matched(best, None, f"{best.name} is mapped to {_named(best, alerts)}; no diagnosis speaks against it")


def why_none(runbooks: Sequence[Runbook], alerts: Sequence[Alert], diagnosis: Diagnosis | None) -> str:
    """Say in one line why `match` returned None."""
    top = _top(diagnosis)
    names = ", ".join(sorted({alert.name for alert in alerts})) or "no alert"
    if top is None:
        return f"no cause was found, and no runbook is mapped to {names}"
    near = [
        f"{each.name}: {obstacle}"
        for each in sorted(runbooks, key=_rank)
        if (obstacle := _obstacles(each, top) or "it is for other alerts") and _answers(each, top) is not None
    ]
    if near:
        return f"a runbook for {top.cause_class} does not fit ({'; '.join(near)})"
    return f"no runbook is for {top.cause_class}" + (
        "" if top.confidence >= SPEAKS_AGAINST else f", and none is mapped to {names}"
    )


def _top(diagnosis: Diagnosis | None) -> Hypothesis | None:
    return diagnosis.hypotheses[0] if diagnosis and diagnosis.hypotheses else None


def _matched(runbook: Runbook, cause: Hypothesis | None, reason: str) -> Match:
    return Match(runbook=runbook, cause=cause, ladder=tuple(step.rung() for step in runbook.ladder), reason=reason)


def _answers(runbook: Runbook, top: Hypothesis) -> Cause | None:
    return next((each for each in runbook.causes if each.cause == top.cause_class), None)


def _obstacles(runbook: Runbook, top: Hypothesis) -> str:
    """Why the runbook does not answer this cause; empty when it does."""
    cause = _answers(runbook, top)
    if cause is None:
        return f"it is not for {top.cause_class}"
    if not top.confidence >= cause.min_confidence:
        return f"it wants {cause.min_confidence:.0%} confidence, and there is {top.confidence:.0%}"
    missing = [need for need in cause.needs if top.facts.get(need) is None]
    return f"it needs {', '.join(missing)}, which was not found" if missing else ""


def _named(runbook: Runbook, alerts: Sequence[Alert]) -> str | None:
    """The name of the first alert that the runbook is for, or None."""
    where = runbook.match
    matchers = [parse_matcher(text) for text in where.matchers]
    for alert in alerts:
        if (not where.alerts or alert.name in where.alerts) and all(each.holds(alert.labels) for each in matchers):
            return alert.name
    return None


def _rank(runbook: Runbook) -> tuple[bool, int, int, str]:
    """Most specific first: alerts by name before any alert, more matchers before fewer, a shorter list before a longer."""
    where = runbook.match
    return (not where.alerts, -len(where.matchers), len(where.alerts), runbook.name)
