"""The answer as text and as Markdown, line by line. What came from outside stays as it is: the caller cleans it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firstresponder.noise.entry import Source
from firstresponder.noise.incidents import Incident
from firstresponder.noise.limits import SHOWN_UNPARSED
from firstresponder.noise.report import Report

_LONGEST = 300
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~@&])")


def headline(report: Report) -> str:
    """Return the numbers in one sentence."""
    waking = sum(incident.priority in {"P1", "P2"} for incident in report.incidents)
    unparsed = f"; {report.unparsed_count} lines were not understood" if report.unparsed_count else ""
    return f"{_count(report.count, 'alert')} in {_count(len(report.incidents), 'incident')}, {waking} of them P1 or P2{unparsed}"


def text(report: Report) -> Iterator[str]:
    """Yield the lines of the answer for a terminal."""
    yield headline(report)
    for source in report.sources:
        yield f"  read {_source(source)}"
    for note in report.notes:
        yield f"  note: {note}"
    for number, incident in enumerate(report.incidents, 1):
        yield ""
        yield f"{number}. {incident.priority}  {incident.title}  ({_count(incident.alerts, 'alert')})"
        yield f"   why: {incident.reason}"
        for said in (*incident.leads, *incident.hypotheses):
            yield f"   {said}"
    if report.proposals:
        yield ""
        yield "Proposals (nothing is done; --format markdown has the Alertmanager configuration of each)"
    for proposal in report.proposals:
        yield f"- {proposal.kind} (incident {proposal.incident}): {proposal.why}"
        yield f"  effect: {proposal.effect}"
    yield from _unparsed(report)


def markdown(report: Report) -> Iterator[str]:
    """Yield the lines of the answer as Markdown in which no text from outside is markup."""
    yield "# Noise report"
    yield ""
    yield f"{escaped(headline(report))}."
    yield ""
    for source in report.sources:
        yield f"- read {escaped(_source(source))}"
    for note in report.notes:
        yield f"- note: {escaped(note)}"
    yield ""
    yield "| | priority | incident | alerts | why |"
    yield "|---|---|---|---|---|"
    for number, incident in enumerate(report.incidents, 1):
        yield f"| {number} | {incident.priority} | {escaped(incident.title)} | {incident.alerts} | {escaped(incident.reason)} |"
    links = [(n, said) for n, incident in enumerate(report.incidents, 1) for said in (*incident.leads, *incident.hypotheses)]
    if links:
        yield from ("", "## What leads and what follows", "")
    for number, said in links:
        yield f"- incident {number}: {escaped(said)}"
    if report.proposals:
        yield from ("", "## Proposals", "", "Nothing is done by itself.")
    for proposal in report.proposals:
        yield from ("", f"### {proposal.kind}: incident {proposal.incident}", "")
        yield f"- why: {escaped(proposal.why)}"
        yield f"- effect: {escaped(proposal.effect)}"
        if proposal.config:
            yield from ("", "```yaml", *proposal.config.splitlines(), "```")
    if report.unparsed_count:
        yield from ("", "## Not understood", "")
        yield from (f"- {escaped(line)}" for line in _rejected(report))


def escaped(value: str) -> str:
    """Return a text on one line in which no character is Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split())).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")


def example(report: Report, incident: Incident) -> str:
    """Return the first original line of an incident."""
    return next(report.members(incident), "")


def _source(source: Source) -> str:
    parts = [f"{source.name}: {source.form}, {_count(source.alerts, 'alert')}"]
    if source.unparsed:
        parts.append(f"{source.unparsed} lines not understood")
    if source.columns:
        parts.append("columns used: " + ", ".join(f"{ours} = {theirs}" for ours, theirs in source.columns.items()))
    if source.ignored:
        parts.append("columns not used: " + ", ".join(source.ignored[:20]))
    return "; ".join([*parts, *source.notes])


def _unparsed(report: Report) -> Iterator[str]:
    if report.unparsed_count:
        yield ""
        yield f"Not understood ({report.unparsed_count}); they are in no incident, so look at them:"
        yield from (f"- {line}" for line in _rejected(report))


def _rejected(report: Report) -> Iterator[str]:
    for line, why in report.unparsed[:SHOWN_UNPARSED]:
        shown = " ".join(line.split())
        yield f"{shown[:_LONGEST]}{'…' if len(shown) > _LONGEST else ''} ({why})"
    if report.unparsed_count > SHOWN_UNPARSED:
        yield f"and {report.unparsed_count - SHOWN_UNPARSED} more; --format json names all"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
