"""The audit entries that the gate writes itself."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from firstresponder.model import AuditDraft, Json, Operation, Touched, canonical, digest
from firstresponder.redaction import Redactor
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
    """Touched values for an entry: short ones as they are, large ones or such with secrets in them as a digest.

    A text that is secret has no digest either (short ones are guessed from it): it is numbered, equal ones alike.
    """
    redactor = Redactor(numbered=True)
    return [
        {"path": one.path, "old": _shown(redactor, one.path, one.old), "new": _shown(redactor, one.path, one.new)}
        for one in touched
    ]


def named(differences: tuple[Difference, ...]) -> list[Json]:
    """Differences for an entry."""
    return [{"path": one.path, "expected": one.expected, "got": one.got} for one in differences]


def _shown(redactor: Redactor, path: str, value: Json) -> Json:
    clean = redactor.at(path, value)
    if isinstance(value, str) and clean != value:
        return clean if len(clean) <= LARGEST else clean[: LARGEST - 1] + "…"
    return value if clean == value and len(canonical(value)) <= LARGEST else {"sha256": digest(value)}
