"""What an action is: pure methods that say what to do and how to undo it, side by side.

An action never touches a cluster. `plan.py` reads, previews and records; `gate.py` writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from firstresponder.model import Change, Json, Noun, PatchOp, Permission, Probe, TargetRef


class Draft(Noun, frozen=True, kw_only=True):
    """A change before it was previewed."""

    ops: tuple[PatchOp, ...]  # with a `test` at or above every path of `touches`
    touches: tuple[str, ...]  # JSON pointers whose values it changes
    title: str  # what a button says of it: "Rollback to revision 4"
    summary: str  # "Roll back Deployment api from revision 5 to 4"
    undo_note: str = ""  # what undo does, or why there is none


class CannotPlan(Noun, frozen=True, kw_only=True):
    """No plan can be made, and why: an answer, not a fault."""

    reason: str


class Action(Protocol):
    """One kind of repair. All methods are pure."""

    @property
    def id(self) -> str:
        """Its name in runbooks and allow lists: `verb-noun`."""
        ...

    @property
    def tier(self) -> int:
        """Risk: 0 read-only, 1 reversible and bounded, 2 reversible and visible, 3 irreversible."""
        ...

    @property
    def irreversible(self) -> bool:
        """Whether what it destroys cannot be brought back (an action without inverse may well be harmless)."""
        ...

    @property
    def always_asks(self) -> bool:
        """Whether a person is asked even where `auto` was granted: the value is a proposal, not a fixed step."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """The kinds of which it must see all objects in the target's namespace (who else sets the value)."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The Kubernetes kinds that it works on."""
        ...

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """Say what must be allowed in the namespace of an object of this kind (one of `kinds`)."""
        ...

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],
        facts: Mapping[str, Json],
        at: datetime,
    ) -> Draft | CannotPlan:
        """Say what to change.

        `target` is the object as just read, `beside` the ReplicaSets that it controls (Deployments only) and every object
        of its namespace whose kind is in `reads`, `params` the rung's, `facts` the hypothesis's, `at` the plan's time: any
        time that is written is this one, so that repeating the change changes nothing.
        """
        ...

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Say how to take it back, from the object as read and as the preview returned it; None: there is no inverse."""
        ...

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:
        """Say what must hold afterwards, from the object as read and as the preview returned it."""
        ...
