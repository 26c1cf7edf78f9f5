"""The audit entries that the gate writes itself."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from firstresponder.model import AuditDraft, Json, Operation, Touched, canonical, digest
from firstresponder.remediation.redaction import Redactor
from firstresponder.remediation.result import Difference

LARGEST = 120  # bytes of JSON that an entry shows of a value; anything larger is named by its digest


def entry(
    what: Literal["gate.intent", "gate.done", "gate.refused", "gate.failed"],
    operation: Operation,
    actor: str,
    at: datetime,
    **data: Json,
) -> AuditDraft:
    """One entry about an operation."""
    about = operation.target
    return AuditDraft(
        what=what,
        actor=actor,
        at=at,
        incident_id=operation.incident_id,
        data={
            "operation": operation.id,
            "plan_digest": operation.plan_digest,
            "action": operation.action,
            "direction": operation.direction,
            "target": {"kind": about.kind, "namespace": about.namespace, "name": about.name, "uid": about.uid},
            **data,
        },
    )


def shown(touched: tuple[Touched, ...]) -> list[Json]:
    """Touched values for an entry: short ones as they are, large or secret ones as a digest."""
    return [{"path": value.path, "old": _shown(value.old), "new": _shown(value.new)} for value in touched]


def named(differences: tuple[Difference, ...]) -> list[Json]:
    """Differences for an entry."""
    return [{"path": one.path, "expected": one.expected, "got": one.got} for one in differences]


def _shown(value: Json) -> Json:
    short = len(canonical(value)) <= LARGEST and Redactor()(value) == value
    return value if short else {"sha256": digest(value)}
