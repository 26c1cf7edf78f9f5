"""The brief: what a tired person can judge in ten seconds. Pure: documents in, one document out.

Order of the text is order of need: what, since when, the likely cause and how sure, the proof, the change, what is
proposed, what is not confirmed, why not. Nothing here is prose from outside without its source beside it.
"""

from __future__ import annotations

from datetime import datetime

from firstresponder.model import (
    Alert,
    Brief,
    Decision,
    Diagnosis,
    EvidenceSet,
    Hypothesis,
    Incident,
    Plan,
    Verdict,
    digest,
)

PROOFS = 6
ALTERNATIVES = 3
LONGEST = 240
"""Characters of one quote."""


def make_brief(
    incident: Incident,
    n: int,
    *,
    alerts: list[Alert],
    evidence: EvidenceSet,
    diagnosis: Diagnosis,
    plan: Plan,
    decision: Decision | None,
    now: datetime,
) -> Brief:
    """Say what is known, what is proposed and what is not known."""
    best = diagnosis.hypotheses[0] if diagnosis.hypotheses else None
    action = plan.action
    unconfirmed = [_unmet(v) for v in decision.verdicts if not v.hard and v.decision != "allow"] if decision else []
    unconfirmed += [f"{gap.what} could not be read: {gap.why}" for gap in evidence.gaps]
    if evidence.resolution.target is None:
        unconfirmed.insert(0, f"the object is not known: {evidence.resolution.how}")
    if action is not None and action.dry_run != "ok":
        unconfirmed.append(f"the change could not be tried out: {action.dry_run}")
    why_not = [_denied(v) for v in decision.verdicts if v.decision == "deny"] if decision else []
    if action is None:
        why_not.insert(0, plan.nothing)
    offered = action is not None and decision is not None and decision.outcome in ("ask", "allow")
    return Brief(
        incident_id=incident.id,
        n=n,
        headline=incident.title,
        since=min((alert.starts_at for alert in alerts), default=incident.opened_at),
        cause=best.statement if best else f"not known: {diagnosis.abstained or 'nothing fits what was seen'}",
        confidence=best.confidence if best else None,
        proof=_proof(best, evidence),
        change=_change(best),
        proposal=_proposal(action.summary, action.why) if action and offered else "",
        diff=action.diff if action else (best.change.diff if best and best.change else ""),
        unconfirmed=tuple(unconfirmed),
        why_not=tuple(why_not),
        alternatives=tuple(_alternative(h) for h in diagnosis.hypotheses[1 : 1 + ALTERNATIVES]),
        made_at=now,
        facts=digest(
            best.cause_class if best else "",
            plan.digest,
            [(v.guard, v.decision) for v in decision.verdicts] if decision else [],
            [gap.what for gap in evidence.gaps],
        ),
    )


def _proposal(summary: str, why: str) -> str:
    return f"{summary}. {why[:1].upper()}{why[1:]}" if why else f"{summary}."


def _proof(best: Hypothesis | None, evidence: EvidenceSet) -> tuple[str, ...]:
    if best is None:
        return ()
    titles = {item.id: item.title for item in evidence.items}
    lines = [f"{_short(citation.quote)}  [{titles.get(citation.evidence, citation.evidence)}]" for citation in best.citations]
    return (*lines[:PROOFS], *(f"against it: {line}" for line in best.against))


def _short(quote: str) -> str:
    """One line that can be read at a glance; the whole of it is in the evidence."""
    line = " ".join(quote.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def _change(best: Hypothesis | None) -> str:
    if best is None or best.change is None:
        return ""
    change = best.change
    when = f" at {change.at:%Y-%m-%d %H:%M:%S} UTC" if change.at else ""
    who = f" by {change.who}" if change.who else ""
    return f"{change.what}{when}{who}"


def _alternative(other: Hypothesis) -> str:
    return f"{other.cause_class} ({other.confidence:.0%}): {other.statement}"


def _unmet(verdict: Verdict) -> str:
    measured = f" (measured: {verdict.measured})" if verdict.measured else ""
    return f"{verdict.reason}{measured}"


def _denied(verdict: Verdict) -> str:
    clears = f" Clears when {verdict.clears_when}." if verdict.clears_when else ""
    return f"{verdict.guard}: {verdict.reason}.{clears}"
