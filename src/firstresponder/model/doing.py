"""What was done, and whether it helped."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from firstresponder.model.alert import TargetRef
from firstresponder.model.base import Json, Noun


class Operation(Noun, frozen=True, kw_only=True):
    """One effect on a cluster, named before it happens and never by chance."""

    id: str
    incident_id: str
    n: int
    rung: int
    direction: Literal["do", "undo"]
    plan_digest: str
    action: str
    target: TargetRef


class JournalEntry(Noun, frozen=True, kw_only=True):
    """An operation and how far it got."""

    operation: Operation
    state: Literal["intent", "done", "refused", "failed"]
    epoch: int
    at: datetime
    ended_at: datetime | None = None
    detail: str = ""


class OutcomeWord(StrEnum):
    """Only the first counts as success."""

    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    ERROR = "Error"
    INCONCLUSIVE = "Inconclusive"


class Sample(Noun, frozen=True, kw_only=True):
    """One look at a target while verifying."""

    at: datetime
    ok: bool | None  # None: it could not be measured
    worse: bool = False
    detail: str = ""
    figures: dict[str, Json] = msgspec.field(default_factory=dict)  # desired, updated, ready, available, pods, max_restarts


class Outcome(Noun, frozen=True, kw_only=True):
    """What verification found."""

    incident_id: str
    n: int
    rung: int
    direction: Literal["do", "undo"]
    word: OutcomeWord
    reason: str
    samples: tuple[Sample, ...]
    started_at: datetime
    ended_at: datetime
    worse: bool = False

    @property
    def passed(self) -> bool:
        """PASS is Successful; everything else is FAIL with its word."""
        return self.word is OutcomeWord.SUCCESSFUL
