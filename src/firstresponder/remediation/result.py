"""What came of an attempt to pass the write gate: tagged, JSON-able, never an exception.

A durable engine replays results, not exceptions: a replayed exception may come back as another type and the story would
take another branch unnoticed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from firstresponder.model import Decision, Noun

Why = Literal[
    "nothing",  # the plan holds nothing to do in this direction
    "guards",  # a guard, the kill switch among them, did not allow it (see `decision`)
    "lease",  # somebody else owns the work now, or our grant ends too soon
    "unhealthy",  # our own store or kill switch cannot be trusted
    "changed",  # the object is no longer what was planned for (see `differences`): ask anew
]


class Difference(Noun, frozen=True, kw_only=True):
    """One thing about the target that is not as it was planned for; `expected` and `got` are short texts for a person."""

    path: str  # a JSON pointer, or "" for the object as a whole
    expected: str
    got: str


class Done(Noun, frozen=True, kw_only=True, tag="done"):
    """The effect is there, exactly once. `adopted`: an earlier attempt had done it, this one only found it."""

    operation: str
    adopted: bool
    at: datetime


class Refused(Noun, frozen=True, kw_only=True, tag="refused"):
    """Nothing was written by this attempt, and trying the same again will not help."""

    operation: str
    why: Why
    reason: str
    decision: Decision | None = None
    differences: tuple[Difference, ...] = ()


class Failed(Noun, frozen=True, kw_only=True, tag="failed"):
    """The API server refused it for good (permission, admission): nothing was written."""

    operation: str
    reason: str


class Retry(Noun, frozen=True, kw_only=True, tag="retry"):
    """Not decided: call the gate again with the same plan after `after` seconds. It looks before it writes."""

    operation: str
    reason: str
    after: float = 1.0


Result = Done | Refused | Failed | Retry
