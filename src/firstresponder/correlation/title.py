"""What an incident is called, and how bad its alert says it is."""

from __future__ import annotations

from firstresponder.model import Alert, TargetRef

LONGEST = 160
_WORDS = {"crit": "critical", "warn": "warning", "information": "info", "informational": "info"}


def title_of(alert: Alert, subject: TargetRef | None) -> str:
    """Return `KubePodCrashLooping: Deployment shop/api`; one line of at most 160 characters.

    Without a subject the namespace is named where the alert has one: other labels may be the exporter's own.
    """
    place = alert.labels.get("namespace", "")
    if subject is not None:
        place = f"{subject.kind} {subject.namespace}/{subject.name}" if subject.namespace else f"{subject.kind} {subject.name}"
    elif place:
        place = f"namespace {place}"
    title = " ".join(f"{alert.name}: {place}".split()) if place else " ".join(alert.name.split())
    return title if len(title) <= LONGEST else title[: LONGEST - 1] + "…"


def severity_of(alert: Alert) -> str:
    """Return the `severity` label (else `priority`), lower case, with the common short forms spelled out; "none" if absent."""
    text = (alert.labels.get("severity") or alert.labels.get("priority") or "").strip().lower()[:40]
    return _WORDS.get(text, text) or "none"
