"""One proposal."""

from __future__ import annotations

from typing import Literal

import msgspec


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, why, and what it would have done to this stream. Nothing is done by itself."""

    kind: Literal["close", "lower", "group", "inhibit", "repair"]
    incident: int  # its place in the answer, from 1
    why: str
    effect: str
    config: str = ""  # a complete minimal Alertmanager configuration; "" where none would fit
    action: str = ""  # of a repair: an id of the catalog of actions, or escalate-human


def percent(part: float, whole: float) -> str:
    """Return `12%`; what is not nothing is never shown as nothing."""
    share = 100 * part / whole if whole else 0
    return f"{share:.0f}%" if share >= 1 or not part else "under 1%"
