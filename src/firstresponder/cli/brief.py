"""One incident on one screen, for a tired person: what broke, how sure, what is proposed, how to say yes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rich.text import Text

from firstresponder.cli.text import clean, line
from firstresponder.cli.times import span, stamp
from firstresponder.model import Brief, Event, Gap, Phase, Verdict
from firstresponder.web.views import Details, Proof

SHORT = 12  # characters of a plan's digest that a command names
DIFF_STYLES = (("+++", "bold"), ("---", "bold"), ("@@", "cyan"), ("+", "green"), ("-", "red"))
RESULT_STYLES = {"PASS": "bold green", "FAIL": "bold red"}


def render(incident: Details, now: datetime, extra: str = "") -> Iterator[Text]:
    """Yield the lines. `extra` are options that a command to type needs (" --url …")."""
    brief = incident.brief
    yield Text(line(brief.headline if brief else incident.title), style="bold")
    yield from _status(incident, now)
    if brief is not None:
        yield from _found(brief)
        yield from _proposal(brief)
    yield from _verdicts(incident)
    if incident.brief is None:  # a brief says it in words
        yield from _gaps(incident.gaps)
    yield from _to_decide(incident, now, extra)
    if incident.choice is not None:
        choice = incident.choice
        because = f": {choice.reason}" if choice.reason else ""
        yield from _field("Decided", [f"{choice.word} by {choice.by} via {choice.via} at {stamp(choice.at)}{because}"])
    for outcome in incident.outcomes:
        yield from _outcome(outcome)
    yield from _field("Tried", incident.tried)
    yield from _timeline(incident.events)


def _status(incident: Details, now: datetime) -> Iterator[Text]:
    where = f"{incident.subject} in {incident.namespace}" if incident.namespace else incident.subject
    yield Text(
        line(f"{incident.id} · {incident.status} · {incident.severity} · {where or 'subject unknown'}"),
    )
    since = incident.brief.since if incident.brief else incident.opened_at
    alerts = f"{incident.firing} of {incident.alerts} alerts firing"
    again = f", relapse no. {incident.recurrence}" if incident.recurrence else ""
    yield from _field("Since", [f"{stamp(since)} ({span((now - since).total_seconds())} ago), {alerts}{again}"])
    yield from _field("Now", [incident.reason] if incident.reason else [])
    yield from _field("Owner", [incident.owner] if incident.owner else [])


def _found(brief: Brief) -> Iterator[Text]:
    sure = "" if brief.confidence is None else f" ({brief.confidence:.0%} sure)"
    yield from _field("Cause", [f"{brief.cause}{sure}"] if brief.cause else [])
    yield from _field("Proof", brief.proof)
    yield from _field("Change", [brief.change] if brief.change else [])


def _proposal(brief: Brief) -> Iterator[Text]:
    yield from _field("Proposal", [brief.proposal] if brief.proposal else ["none"])
    for row in clean(brief.diff).splitlines():
        style = next((style for start, style in DIFF_STYLES if row.startswith(start)), "")
        yield Text("    " + row, style=style)
    yield from _field("Or else", brief.alternatives)
    yield from _field("Not confirmed", brief.unconfirmed, style="yellow")
    yield from _field("Why not", brief.why_not, style="red")


def _verdicts(incident: Details) -> Iterator[Text]:
    """The guards that hold it back, with what would clear them, where the brief has not said it."""
    told = "\n".join(incident.brief.unconfirmed + incident.brief.why_not) if incident.brief else ""
    verdicts = incident.decision.verdicts if incident.decision else ()
    rows = [_verdict(each) for each in verdicts if each.decision != "allow" and each.reason not in told]
    yield from _field("Guards", rows)


def _verdict(verdict: Verdict) -> str:
    figures = f" (measured {verdict.measured}, limit {verdict.limit})" if verdict.measured and verdict.limit else ""
    clears = f"; clears when {verdict.clears_when}" if verdict.clears_when else ""
    return f"{verdict.guard} says {verdict.decision}: {verdict.reason}{figures}{clears}"


def _gaps(gaps: Sequence[Gap]) -> Iterator[Text]:
    yield from _field("Not read", [f"{gap.what}: {gap.why}" for gap in gaps])


def _to_decide(incident: Details, now: datetime, extra: str) -> Iterator[Text]:
    if incident.status is not Phase.ASKING or not incident.plan_digest:
        return
    plan = f"{incident.id} --plan {incident.plan_digest[:SHORT]}"
    yield from _field("To approve", [f"firstresponder approve {plan} --by YOUR_NAME{extra}"], style="bold")
    yield from _field("To reject", [f"firstresponder reject {plan} --by YOUR_NAME --reason 'WHY'{extra}"])
    if incident.ask_expires_at is not None:
        left = (incident.ask_expires_at - now).total_seconds()
        until = f"in {span(left)}" if left > 0 else "by now"
        yield from _field("Expires", [f"{stamp(incident.ask_expires_at)} ({until}); silence is no"])


def _outcome(outcome: Proof) -> Iterator[Text]:
    took = span((outcome.ended_at - outcome.started_at).total_seconds())
    what = "undo" if outcome.direction == "undo" else "repair"
    text = Text("  Outcome        ")
    text.append(outcome.result, style=RESULT_STYLES[outcome.result])
    worse = ", worse than before" if outcome.worse else ""
    looks = "1 look" if len(outcome.samples) == 1 else f"{len(outcome.samples)} looks"
    text.append(" " + line(f"{outcome.word} ({what}, {looks} in {took}{worse}): {outcome.reason}"))
    yield text
    if outcome.samples and outcome.samples[-1].figures:
        figures = ", ".join(f"{name} {value}" for name, value in outcome.samples[-1].figures.items())
        yield from _field("", [f"at the end: {figures}"])


def _timeline(events: Sequence[Event]) -> Iterator[Text]:
    yield from _field("Timeline", [f"{stamp(each.at)} {each.kind.replace('_', ' ')} ({each.actor})" for each in events])


def _field(name: str, rows: Iterable[str], style: str = "") -> Iterator[Text]:
    """A name and its rows, aligned; nothing where there is nothing to say."""
    for index, row in enumerate(rows):
        text = Text(f"  {name if index == 0 else '':<14} ", style="")
        text.append(line(row), style=style)
        yield text
