"""What a step says: small, JSON-able, and never an exception for what was to be expected."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from firstresponder.model import Noun


class Stage(StrEnum):
    """How a remediation stands after a step."""

    GO = "go"  # go on
    CHANGED = "changed"  # the approval no longer fits the world: ask anew
    KILLED = "killed"  # the kill switch is engaged: nothing more is written
    TAKEN = "taken"  # the incident is no longer ours (taken over, closed): stop without a word
    FAILED = "failed"  # it could not be done


class Ending(Noun, frozen=True, kw_only=True):
    """One step's word on a remediation."""

    stage: Stage
    reason: str
    word: Literal["", "Successful", "Failed", "Error", "Inconclusive"] = ""  # verification's, once there is one
    undo: bool = False  # verification failed in a way that the plan wants undone


class Step(Noun, frozen=True, kw_only=True):
    """One step's word on an investigation: for the log and the engine's own table."""

    said: str
