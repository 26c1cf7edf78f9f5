"""What a runbook file says."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from firstresponder.config import Seconds, Section, Verification
from firstresponder.model import Rung


class Where(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alerts it is for: named in `alerts` (any of them; empty: all), and carrying labels that all `matchers` hold for."""

    alerts: tuple[str, ...] = ()
    matchers: tuple[str, ...] = ()  # Alertmanager's syntax: `severity="critical"`, `namespace=~"shop|pay"`


class Cause(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cause class that it answers, from how sure a diagnosis on, and what the diagnosis must have found beside it."""

    cause: str
    min_confidence: float = 0.5  # 0 to 1
    needs: tuple[str, ...] = ()  # names in Hypothesis.facts


class Step(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of the ladder."""

    action: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    undo_on: Literal["failed", "worse", "never"] = "never"
    why: str = ""

    def rung(self) -> Rung:
        """Return the step as the rest of the program knows it."""
        return Rung(action=self.action, params=self.params, undo_on=self.undo_on, why=self.why)


class Proof(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a repair by this runbook is proven, where that differs from the configuration (`verification`)."""

    initial_delay: Seconds | None = None
    interval: Seconds | None = None
    consecutive_successes: int | None = None
    failure_limit: int | None = None
    error_limit: int | None = None
    timeout: Seconds | None = None

    def over(self, base: Verification) -> Verification:
        """Return the configured settings with those of the runbook in their place."""
        own = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(base, **own)


class Runbook(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ladder of actions for causes (`causes`), or, without causes, for alerts that the configuration maps to it."""

    name: str
    title: str
    ladder: tuple[Step, ...]
    match: Where = Where()
    causes: tuple[Cause, ...] = ()
    verification: Proof = Proof()
