"""Run every detector and rank what they say, or say why nothing can be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from firstresponder.diagnosis.catalog import DETECTORS, GENERAL, Detect
from firstresponder.diagnosis.view import View
from firstresponder.model import Alert, Diagnosis, EvidenceSet, Hypothesis

# From here on a specific cause is well supported, and takes the lead over the general one.
_LIKELY = 0.6
_STEP = 0.05


def diagnose(
    evidence: EvidenceSet, alerts: Sequence[Alert], now: datetime, *, detectors: Mapping[str, Detect] = DETECTORS
) -> Diagnosis:
    """Return hypotheses, best first; none, with the reason in `abstained`, when the evidence fits no known cause."""
    view = View(evidence, alerts, now)
    found = rank([hypothesis for detect in detectors.values() for hypothesis in detect(view)])
    return Diagnosis(hypotheses=tuple(found), abstained="" if found else _why_nothing(view))


def rank(found: list[Hypothesis]) -> list[Hypothesis]:
    """Sort by confidence. A likely specific cause about the same target goes ahead of a general one, whose confidence it caps."""
    ranked = []
    for one in found:
        better = [
            other
            for other in found
            if one.cause_class in GENERAL
            and other.cause_class not in GENERAL
            and other.target == one.target
            and other.confidence >= _LIKELY
        ]
        lead = max(better, key=lambda other: other.confidence, default=None)
        if lead is not None:
            words = f"{lead.cause_class} says more exactly what is wrong"
            capped = round(min(one.confidence, lead.confidence - _STEP), 2)
            ranked.append(msgspec.structs.replace(one, confidence=capped, against=(*one.against, words)))
        else:
            ranked.append(one)
    return sorted(ranked, key=lambda one: (-one.confidence, one.cause_class in GENERAL, one.cause_class))


def _why_nothing(view: View) -> str:
    evidence = view.evidence
    seen = [item for item in evidence.items if item.collector != "alert"]
    gaps = "; ".join(f"{gap.what}: {gap.why}" for gap in evidence.gaps[:3])
    if view.target is None:
        return f"Not enough to say: the alert could not be tied to an object ({evidence.resolution.how})"
    if not seen:
        return f"Not enough to say: nothing could be read ({gaps or 'no evidence'})"
    looked = f"{len(view.pods)} pods, {len(view.revisions)} revisions and {len(view.events)} events looked at"
    return f"Nothing known fits {view.target}: {looked}" + (f"; not seen: {gaps}" if gaps else "")
