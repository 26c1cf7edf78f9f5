"""What was seen, and what it may mean."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from firstresponder.model.alert import TargetRef
from firstresponder.model.base import Json, Noun


class Evidence(Noun, frozen=True, kw_only=True):
    """One thing that was read: objects, a text (a log) or series; redacted and bounded before it is stored."""

    id: str  # unique within its investigation, stable over repeats: "pods", "log:api-7d/app@previous"
    collector: str
    title: str  # one line for a person
    at: datetime
    about: TargetRef | None = None
    objects: tuple[Json, ...] = ()
    text: str = ""
    key: str = ""  # logs: "namespace/pod/container" or "…@previous"
    truncated: bool = False


class Gap(Noun, frozen=True, kw_only=True):
    """What could not be read, and why: evidence too."""

    collector: str
    what: str
    why: str
    kind: Literal["timeout", "forbidden", "unreachable", "not_found", "too_large", "failed"]


class Resolution(Noun, frozen=True, kw_only=True):
    """Which object an alert is about, and how that was found."""

    target: TargetRef | None
    how: str  # "pod api-7d-x → ReplicaSet api-7d → Deployment api"
    ambiguous: tuple[TargetRef, ...] = ()
    culprit: TargetRef | None = None  # the pod or node that the alert named, where it differs from the target


class EvidenceSet(Noun, frozen=True, kw_only=True):
    """All that one investigation saw."""

    incident_id: str
    n: int
    resolution: Resolution
    items: tuple[Evidence, ...]
    gaps: tuple[Gap, ...]
    started_at: datetime
    finished_at: datetime
    api_calls: int = 0
    bytes: int = 0
    others: tuple[Json, ...] = ()  # objects that were read on the way and are in no item: kept for bundles, never cited
    left_out: int = 0  # how many more of them there was no room for


class Citation(Noun, frozen=True, kw_only=True):
    """A quote that supports a hypothesis; `evidence` is an `Evidence.id`."""

    evidence: str
    quote: str


class ChangeSeen(Noun, frozen=True, kw_only=True):
    """What changed before it broke."""

    what: str
    at: datetime | None
    who: str = ""
    diff: str = ""
    revision_from: int | None = None
    revision_to: int | None = None


class Hypothesis(Noun, frozen=True, kw_only=True):
    """What may have broken; confidence from 0 to 1."""

    cause_class: str
    confidence: float
    statement: str
    target: TargetRef
    citations: tuple[Citation, ...]
    sources: tuple[str, ...] = ()  # independent kinds of evidence that agree: "alert", "pod_status", "log", "revision", "event"
    change: ChangeSeen | None = None
    against: tuple[str, ...] = ()  # what speaks against it, in words
    facts: dict[str, Json] = msgspec.field(default_factory=dict)  # what a plan needs, e.g. {"good_revision": 3}


class Diagnosis(Noun, frozen=True, kw_only=True):
    """Ranked, best first; empty with a reason is an honest answer."""

    hypotheses: tuple[Hypothesis, ...]
    abstained: str = ""
