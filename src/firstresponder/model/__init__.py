"""The nouns. Frozen values without behaviour beyond naming themselves; every time is an aware UTC datetime.

They are JSON both ways through msgspec, so that a stored incident, an API answer and a bundle share one form.
"""

from __future__ import annotations

from firstresponder.model.alert import BY_PERSON, REQUESTED, Alert, StoredAlert, TargetRef
from firstresponder.model.audit import AuditDraft, AuditEntry, Grant, Hold
from firstresponder.model.base import SEALED, Json, Noun, at_pointer, canonical, digest, is_sealed, means, settle
from firstresponder.model.card import Ask, Card, Delivery, Line, Notice, Receipt, Waiting
from firstresponder.model.checkup import Finding, Permission, Room
from firstresponder.model.doing import JournalEntry, Operation, Outcome, OutcomeWord, Sample
from firstresponder.model.evidence import ChangeSeen, Citation, Diagnosis, Evidence, EvidenceSet, Gap, Hypothesis, Resolution
from firstresponder.model.incident import Event, EventKind, Incident, Phase
from firstresponder.model.person import Person
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
    "BY_PERSON",
    "REQUESTED",
    "SEALED",
    "Alert",
    "Ask",
    "AuditDraft",
    "AuditEntry",
    "Brief",
    "Card",
    "Change",
    "ChangeSeen",
    "Choice",
    "Citation",
    "Decision",
    "Delivery",
    "Diagnosis",
    "Event",
    "EventKind",
    "Evidence",
    "EvidenceSet",
    "Finding",
    "Gap",
    "Grant",
    "Hold",
    "Hypothesis",
    "Incident",
    "JournalEntry",
    "Json",
    "Line",
    "Notice",
    "Noun",
    "Operation",
    "Outcome",
    "OutcomeWord",
    "PatchObject",
    "PatchOp",
    "Permission",
    "Person",
    "Phase",
    "Plan",
    "PlannedAction",
    "Probe",
    "Receipt",
    "Resolution",
    "Room",
    "Rung",
    "Sample",
    "StoredAlert",
    "TargetRef",
    "Touched",
    "Verdict",
    "Waiting",
    "at_pointer",
    "canonical",
    "digest",
    "is_sealed",
    "means",
    "settle",
]
