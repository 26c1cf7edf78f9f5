"""What one look at a target says, before it is counted."""

from __future__ import annotations

from typing import Literal

import msgspec

from firstresponder.model import Json, Noun

State = Literal[
    "healthy",
    "alerting",  # healthy, but its alert still fires: not yet
    "rolling",  # not done, and nothing speaks against it: not yet
    "failing",
    "unknown",  # it could not be measured
    "unseen",  # healthy, but whether its alert still fires could not be asked
]


Direction = Literal["do", "undo"]
"""What was done when one looks: the repair, or its inverse."""


class Look(Noun, frozen=True, kw_only=True):
    """One look; `worse`: fewer pods are ready than before the action."""

    state: State
    detail: str
    worse: bool = False
    figures: dict[str, Json] = msgspec.field(default_factory=dict)
