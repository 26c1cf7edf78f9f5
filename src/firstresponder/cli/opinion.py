"""What is thought of a recorded incident: as a brief for people, as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from firstresponder.cli.text import clean, line
from firstresponder.cli.times import stamp
from firstresponder.model import Brief, Citation, Hypothesis, Incident, Json, Phase, Plan
from firstresponder.workflow.briefing import make_brief
from firstresponder.workflow.offline import Opinion

STYLES = (("+++", "bold"), ("---", "bold"), ("@@", "cyan"), ("+", "green"), ("-", "red"))


def as_json(opinion: Opinion) -> Json:
    """Return the JSON value: keys are added, never renamed."""
    return {
        "id": opinion.name,
        "hypotheses": [_hypothesis(one) for one in opinion.diagnosis.hypotheses],
        "action": {
            "id": opinion.action,
            "target": str(opinion.target) if opinion.target else None,
            "namespace": opinion.target.namespace if opinion.target else "",
            "summary": opinion.planned.summary if opinion.planned else "",
            "why": opinion.why,
        },
        "abstained": opinion.diagnosis.abstained,
        "gaps": [{"what": gap.what, "kind": gap.kind, "why": gap.why} for gap in opinion.evidence.gaps],
    }


def _hypothesis(one: Hypothesis) -> Json:
    return {
        "cause_class": one.cause_class,
        "confidence": one.confidence,
        "target": str(one.target),
        "statement": one.statement,
        "evidence": [_cited(citation) for citation in one.citations],
        "against": list(one.against),
    }


def _cited(citation: Citation) -> Json:
    return {"id": citation.evidence, "quote": citation.quote}


def as_text(opinion: Opinion) -> Iterator[Text]:
    """Yield the lines for a person."""
    brief = _brief(opinion)
    yield Text(line(opinion.name), style="bold")
    names = ", ".join(sorted({alert.name for alert in opinion.alerts}))
    yield from _field("Alert", [f"{names}, since {stamp(brief.since)}; recorded at {stamp(brief.made_at)}"])
    sure = "" if brief.confidence is None else f" ({brief.confidence:.0%} sure)"
    yield from _field("Cause", [f"{brief.cause}{sure}"])
    yield from _field("Proof", brief.proof)
    yield from _field("Change", [brief.change] if brief.change else [])
    yield from _field("Action", [_action(opinion)])
    for row in clean(brief.diff).splitlines():
        style = next((style for start, style in STYLES if row.startswith(start)), "")
        yield Text("    " + row, style=style)
    yield from _field("Or else", brief.alternatives)
    yield from _field("Not known", brief.unconfirmed, style="yellow")


def _action(opinion: Opinion) -> str:
    on = f" on {opinion.target}" if opinion.target else ""
    done = f": {opinion.planned.summary}" if opinion.planned else ""
    return f"{opinion.action}{on}{done}; {opinion.why}".removesuffix("; ")


def _brief(opinion: Opinion) -> Brief:
    """The brief that a running server would make of the same documents."""
    at = opinion.evidence.started_at
    names = sorted({alert.name for alert in opinion.alerts})
    incident = Incident(
        id=opinion.name, title=", ".join(names), severity="none", phase=Phase.RECEIVED, opened_at=at, updated_at=at
    )
    plan = Plan(
        incident_id=opinion.name, n=1, rung=0, runbook="", ladder=(), action=opinion.planned, created_at=at, nothing=opinion.why
    )
    return make_brief(
        incident,
        1,
        alerts=list(opinion.alerts),
        evidence=opinion.evidence,
        diagnosis=opinion.diagnosis,
        plan=plan,
        decision=None,
        now=at,
    )


def _field(name: str, rows: Iterable[str], style: str = "") -> Iterator[Text]:
    """A name and its rows, aligned; nothing where there is nothing to say."""
    for index, row in enumerate(rows):
        text = Text(f"  {name if index == 0 else '':<14} ", style="")
        text.append(line(row), style=style)
        yield text
