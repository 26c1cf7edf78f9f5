"""What verification found, in one line for people: the word and the figures of its last look. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from firstresponder.model import Json, Outcome, OutcomeWord

FIGURES = {
    "desired": "desired",
    "updated": "updated",
    "replicas": "replicas",
    "max_replicas": "maximum",
    "ready": "ready",
    "available": "available",
    "pods": "pods",
    "jobs": "Jobs",
    "active_jobs": "running Jobs",
    "max_restarts": "max restarts",
    "restarted_at": "restartedAt",
}
"""What a probe's figures are called for people, in the order in which they are shown; others are not shown."""


def figures_of(outcome: Outcome) -> dict[str, Json]:
    """Return the figures of the last look that had any."""
    return next((dict(sample.figures) for sample in reversed(outcome.samples) if sample.figures), {})


def proof_of(outcome: Outcome) -> str:
    """Say what an outcome is: "Verification PASS: desired 3, updated 3, ready 3, …"."""
    return proof_line(outcome.word.value, outcome.direction, outcome.reason, figures_of(outcome))


def proof_line(word: str, direction: str, reason: str, figures: Mapping[str, Json]) -> str:
    """Say it from its parts; a failure gives its word and reason first, because the figures alone may look well."""
    what = "Verification of the undo" if direction == "undo" else "Verification"
    said = ", ".join(f"{name} {figures[key]}" for key, name in FIGURES.items() if figures.get(key, "") != "")
    if word == OutcomeWord.SUCCESSFUL.value:
        return f"{what} PASS: {said or reason}"
    return f"{what} FAIL ({word}): {'; '.join(part for part in (reason, said) if part)}"
