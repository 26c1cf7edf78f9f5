"""The nouns. Frozen values without behaviour beyond naming themselves; every time is an aware UTC datetime.

They are JSON both ways through msgspec, so that a stored incident, an API answer and a bundle share one form.
"""

from __future__ import annotations

from firstresponder.model.alert import Alert, StoredAlert, TargetRef
from firstresponder.model.audit import AuditDraft, AuditEntry, Grant, Hold
from firstresponder.model.base import SEALED, Json, Noun, canonical, digest, is_sealed, means, settle
from firstresponder.model.doing import JournalEntry, Operation, Outcome, OutcomeWord, Sample
from firstresponder.model.evidence import ChangeSeen, Citation, Diagnosis, Evidence, EvidenceSet, Gap, Hypothesis, Resolution
from firstresponder.model.incident import Event, EventKind, Incident, Phase
from firstresponder.model.plan import (
    Brief,
    Change,
    Choice,
    Decision,
    PatchObject,
    PatchOp,
    Plan,
    PlannedAction,
    Probe,
    Rung,
    Touched,
    Verdict,
)

__all__ = [
    "SEALED",
    "Alert",
    "AuditDraft",
    "AuditEntry",
    "Brief",
    "Change",
    "ChangeSeen",
    "Choice",
    "Citation",
    "Decision",
    "Diagnosis",
    "Event",
    "EventKind",
    "Evidence",
    "EvidenceSet",
    "Gap",
    "Grant",
    "Hold",
    "Hypothesis",
    "Incident",
    "JournalEntry",
    "Json",
    "Noun",
    "Operation",
    "Outcome",
    "OutcomeWord",
    "PatchObject",
    "PatchOp",
    "Phase",
    "Plan",
    "PlannedAction",
    "Probe",
    "Resolution",
    "Rung",
    "Sample",
    "StoredAlert",
    "TargetRef",
    "Touched",
    "Verdict",
    "canonical",
    "digest",
    "is_sealed",
    "means",
    "settle",
]
