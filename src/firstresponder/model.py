"""The nouns. Frozen values without behaviour beyond naming themselves; every time is an aware UTC datetime.

They are JSON both ways through msgspec, so that a stored incident, an API answer and a bundle share one form.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

Json = Any  # a JSON value as an API server sends it: dict, list, str, int, float, bool or None


class Noun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of all nouns: immutable, keyword-only."""


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks: equal values give equal bytes."""
    return msgspec.json.encode(value, order="deterministic")


def digest(*parts: Any) -> str:
    """SHA-256 (64 hex characters) over the canonical JSON of `parts`."""
    return hashlib.sha256(canonical(parts)).hexdigest()


# --- what came in -----------------------------------------------------------------------------------------------


class Alert(Noun, frozen=True, kw_only=True):
    """One alert as delivered; identity is (`fingerprint`, `starts_at`)."""

    fingerprint: str  # 16 hex digits over the labels, as Prometheus computes it
    labels: dict[str, str]
    annotations: dict[str, str]
    status: Literal["firing", "resolved"]
    starts_at: datetime
    received_at: datetime
    ends_at: datetime | None = None  # only for resolved alerts: a firing alert's endsAt is no fact
    generator_url: str = ""
    group_key: str = ""
    receiver: str = ""
    source: str = "alertmanager"
    assumed: tuple[str, ...] = ()  # fields that were absent and filled in by us

    @property
    def name(self) -> str:
        """The `alertname` label, or a stand-in."""
        return self.labels.get("alertname", "(no alertname)")


class StoredAlert(Noun, frozen=True, kw_only=True):
    """An alert on disk, with its row number and how often it was delivered."""

    seq: int
    alert: Alert
    deliveries: int = 1
    first_received_at: datetime
    incident_id: str | None = None


class TargetRef(Noun, frozen=True, kw_only=True):
    """One Kubernetes object. `uid` is empty only until it was read."""

    kind: str
    name: str
    namespace: str = ""
    api_version: str = ""
    uid: str = ""

    def __str__(self) -> str:
        """`Deployment/name`, as scored and shown."""
        return f"{self.kind}/{self.name}"


# --- the incident -----------------------------------------------------------------------------------------------


class Phase(StrEnum):
    """Where an incident stands."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    ASKING = "asking"
    ACTING = "acting"
    VERIFYING = "verifying"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Incident(Noun, frozen=True, kw_only=True):
    """One row; its truth is the row, not a coroutine."""

    id: str
    title: str
    severity: str  # critical, warning, info or whatever the label says, lower case; "none" when absent
    phase: Phase
    opened_at: datetime
    updated_at: datetime
    version: int = 0  # compare-and-set
    n: int = 0  # the number of the current investigation; 0 = none yet
    subject: TargetRef | None = None  # what it is about, once resolved
    key: str = ""  # correlation key where no subject is known
    firing: int = 0  # alerts firing now
    alerts: int = 0  # distinct alerts ever
    recurrence: int = 0
    look: int = 0  # the investigation in flight while asking (0 = none)
    look_again: bool = False  # one more look is wanted as soon as the one in flight ends
    last_n: int = 0  # the highest investigation number given out
    plan_digest: str = ""  # what is being asked or done
    offer: str = ""  # digest of what is offered without n: equal offers are the same news
    rungs: int = 0  # how many rungs the ladder has
    ask_expires_at: datetime | None = None
    rung: int = 0
    asks: int = 0  # how often it was asked anew because the target changed
    owner: str = ""  # the person who took over
    reason: str = ""  # why it is in this phase, one line
    closed_at: datetime | None = None
    closing: bool = False  # closed, and the close workflow is not through yet
    resolved_while_acting: bool = False
    tried: tuple[str, ...] = ()  # one line per rung that was tried and did not help


class EventKind(StrEnum):
    """What can happen to an incident."""

    ALERT_FIRING = "alert_firing"
    ALERT_RESOLVED = "alert_resolved"
    INVESTIGATED = "investigated"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ACTED = "acted"  # the gate says the effect is there; verification begins
    REMEDIATED = "remediated"  # a remediation ended; data: outcome word
    TARGET_CHANGED = "target_changed"  # facts aged while a person thought; the approval is void
    TAKEN_OVER = "taken_over"
    KILLED = "killed"  # the kill switch stopped work half way
    CLOSED = "closed"  # the close workflow is through


class Event(Noun, frozen=True, kw_only=True):
    """A row in an incident's story; `seq` is given by the store."""

    incident_id: str
    kind: EventKind
    at: datetime
    seq: int = 0
    actor: str = "firstresponder"
    data: dict[str, Json] = {}


# --- evidence and diagnosis -------------------------------------------------------------------------------------


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
    facts: dict[str, Json] = {}  # what a plan needs, e.g. {"good_revision": 3}


class Diagnosis(Noun, frozen=True, kw_only=True):
    """Ranked, best first; empty with a reason is an honest answer."""

    hypotheses: tuple[Hypothesis, ...]
    abstained: str = ""


# --- plan and guards --------------------------------------------------------------------------------------------


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
    """What must hold afterwards; verification runs it."""

    kind: Literal["rollout"]
    target: TargetRef
    params: dict[str, Json] = {}


class Rung(Noun, frozen=True, kw_only=True):
    """One step of a runbook's ladder, before it was planned."""

    action: str
    params: dict[str, Json] = {}
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
    diff: str
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


# --- doing and proving ------------------------------------------------------------------------------------------


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
    figures: dict[str, Json] = {}  # desired, updated, ready, available, pods, max_restarts


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


# --- audit ------------------------------------------------------------------------------------------------------


class AuditDraft(Noun, frozen=True, kw_only=True):
    """An entry before the store chains it."""

    what: str  # "alert.received", "plan.approved", "gate.intent", …
    actor: str
    at: datetime
    incident_id: str = ""
    data: dict[str, Json] = {}


class AuditEntry(Noun, frozen=True, kw_only=True):
    """A link of the chain: `hash` covers everything before it."""

    seq: int
    at: datetime
    what: str
    actor: str
    incident_id: str
    data: dict[str, Json]
    prev: str
    hash: str


class Grant(Noun, frozen=True, kw_only=True):
    """A lease that is held: `epoch` grows with every change of owner."""

    name: str
    holder: str
    epoch: int
    until: datetime


class Hold(Noun, frozen=True, kw_only=True):
    """The kill switch, engaged."""

    by: str
    why: str
    at: datetime
    source: str  # "database" or the file's name
