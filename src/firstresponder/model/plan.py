"""What is proposed, what the guards say of it, what a person decided."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from firstresponder.model.alert import TargetRef
from firstresponder.model.base import Json, Noun, digest


class PatchOp(Noun, frozen=True, kw_only=True):
    """One RFC 6902 operation."""

    op: Literal["test", "add", "replace", "remove"]
    path: str
    value: Json = None


class PatchObject(Noun, frozen=True, kw_only=True, tag="patch"):
    """Change one object by JSON patch; the gate adds the UID test and the stamp."""

    target: TargetRef
    ops: tuple[PatchOp, ...]


Change = PatchObject  # a tagged union: more kinds join here (evict, create, exec)


class Touched(Noun, frozen=True, kw_only=True):
    """A value that a change touches: JSON pointer, before, after (as the dry run returned it)."""

    path: str
    old: Json
    new: Json


class Probe(Noun, frozen=True, kw_only=True):
    """What must hold afterwards; verification runs it. `params` name what holds after `do` and after `undo`."""

    kind: Literal["rollout", "replicas", "stored", "suspended"]
    target: TargetRef
    params: dict[str, Json] = msgspec.field(default_factory=dict)


class Rung(Noun, frozen=True, kw_only=True):
    """One step of a runbook's ladder, before it was planned."""

    action: str
    params: dict[str, Json] = msgspec.field(default_factory=dict)
    why: str = ""
    undo_on: Literal["failed", "worse", "never"] = "never"


class PlannedAction(Noun, frozen=True, kw_only=True):
    """An action made concrete: do and undo side by side, fixed at plan time."""

    action: str
    target: TargetRef
    tier: int  # 0 read-only … 3 irreversible
    summary: str  # "Roll back Deployment api from revision 5 to 4"
    why: str
    do: Change
    undo: Change | None
    touched: tuple[Touched, ...]
    generation: int
    template_hash: str
    probes: tuple[Probe, ...]
    diff: str = ""  # unified diff of the server-side dry run
    dry_run: str = "ok"  # or why it could not be made
    undo_on: Literal["failed", "worse", "never"] = "never"
    undo_note: str = ""
    title: str = ""  # what a button says of it: "Rollback to revision 4"
    always_asks: bool = False  # a person is asked, whatever `guards.auto` grants

    def content(self) -> str:
        """Digest of what binds an approval: action, target UID, touched values, template."""
        return digest(self.action, self.target.uid, self.touched, self.template_hash)


class Plan(Noun, frozen=True, kw_only=True):
    """What is proposed now, and what would come after it."""

    incident_id: str
    n: int
    rung: int
    runbook: str
    ladder: tuple[Rung, ...]
    action: PlannedAction | None  # None: nothing to do, `nothing` says why
    created_at: datetime
    nothing: str = ""
    cause_class: str = ""
    digest: str = ""  # of incident, n, rung, the action's content and each verdict's decision


class Verdict(Noun, frozen=True, kw_only=True):
    """One guard's word."""

    guard: str
    hard: bool
    decision: Literal["allow", "ask", "deny"]
    reason: str
    measured: str = ""
    limit: str = ""
    clears_when: str = ""
    then: Literal["", "wait", "observe", "escalate"] = ""


class Decision(Noun, frozen=True, kw_only=True):
    """All guards' words and what follows from them."""

    outcome: Literal["allow", "ask", "deny"]
    verdicts: tuple[Verdict, ...]
    at: datetime


class Brief(Noun, frozen=True, kw_only=True):
    """What a person reads: one message, judged in ten seconds."""

    incident_id: str
    n: int
    headline: str
    since: datetime
    cause: str
    confidence: float | None
    proof: tuple[str, ...]
    change: str
    proposal: str
    diff: str  # of the proposal; where there is none, of what changed
    unconfirmed: tuple[str, ...]  # advisory guards and gaps, in words
    why_not: tuple[str, ...]  # hard guards that deny, with what clears them
    alternatives: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None = None
    facts: str = ""  # digest of the facts: prose may differ, facts decide whether it is news


class Choice(Noun, frozen=True, kw_only=True):
    """What somebody decided on one plan, once."""

    incident_id: str
    plan_digest: str
    word: Literal["approved", "rejected", "expired", "withdrawn", "void"]
    by: str
    via: str
    at: datetime
    reason: str = ""
    proven: str = ""  # who that is where the way proved it (`Person.proven`)
