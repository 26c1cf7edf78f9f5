"""THE WRITE GATE: never twice, never unguarded. The only way to a cluster; the code carries the numbers.

1. The operation's name follows from the plan. One that ended before is answered from the journal; one that had begun is
   looked at first (5), and if its effect is there, it is adopted: recording what is true needs nobody's leave.
2. The guards, the kill switch among them, are asked again, uncached. Anything but "allow" is no.
3. In one transaction: the intent to the journal and its audit entry. A stale epoch is refused. No audit, no write.
4. The deadline: lease > gate deadline > request timeout. Then the change, with tests on the UID and on the touched
   values, and with the operation's id stamped on the object itself.
5. Whatever did not answer clearly is looked at: our id is there → adopt; all is as planned → once more; else → name the
   difference, to be asked anew.
6. The result to the journal with its audit entry.

A process may die between any two lines: what was begun is named, the effect names its operation, and each test fails once
the effect is there; so any number of attempts, by any number of processes, leave it exactly once. The object is also read
before the first write: it tells whether there are annotations to add to, and it makes even a lost journal harmless.

What remains: an API server that lets a request rest for longer than we wait may apply it after a person was told that it
was refused; the tests of that request still hold then, so it can only do what was approved, to what it was approved for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from firstresponder.errors import (
    FirstresponderError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    PreconditionFailed,
    StaleLease,
    Temporary,
    Unhealthy,
)
from firstresponder.model import AuditDraft, Decision, Grant, JournalEntry, Json, Operation, Plan
from firstresponder.ports.audit_log import AuditLog
from firstresponder.ports.clock import Clock
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.cluster_write import ClusterWrite
from firstresponder.ports.journal import Journal
from firstresponder.remediation import standing
from firstresponder.remediation.digests import operation_id
from firstresponder.remediation.entries import entry, named, shown
from firstresponder.remediation.result import Done, Failed, Refused, Result, Retry, Why
from firstresponder.remediation.words import said

Direction = Literal["do", "undo"]

LEASE_TTL: Final = 30.0
"""Seconds that a lease is taken for; a survivor takes over only after that and a margin."""
GATE_DEADLINE: Final = 10.0
"""Seconds from the look at the lease to the end of the last request."""
REQUEST_TIMEOUT: Final = 5.0
"""Seconds for one write request; none is begun with less than that left."""
ATTEMPTS: Final = 2
"""Requests per pass: the first, and one more where a look shows that the first did nothing."""

MARKS: Final = (
    "gate.1.before",
    "gate.1.after",
    "gate.2.before",
    "gate.2.after",
    "gate.3.before",
    "gate.3.after",
    "gate.4.before",
    "gate.4.request.before",
    "gate.4.request.after",
    "gate.4.after",
    "gate.5.before",
    "gate.5.after",
    "gate.6.before",
    "gate.6.after",
)
"""Places at which a test may end the process; a pass that does its work passes all of them, in this order."""


def _no_mark(_: str) -> None:
    """Do nothing, as in production."""


class _Work:
    """One pass: what is wanted, under which name, for whom."""

    def __init__(self, operation: Operation, want: standing.Intended, actor: str) -> None:
        self.operation = operation
        self.want = want
        self.actor = actor
        self.id = operation.id

    def said(self, error: Exception | None) -> str:
        """An error's words as they may be recorded: the API server may quote the object that we sent."""
        return said(error, (*self.want.change.ops, *self.want.touched))


class _Fits:
    """The object as it was read, and nothing about it speaks against the change."""

    def __init__(self, found: Json) -> None:
        self.found = found


class Gate:
    """Lets one planned change through, exactly once, or says why not."""

    def __init__(
        self,
        *,
        journal: Journal,
        audit: AuditLog,
        write: ClusterWrite,
        read: ClusterRead,
        recheck: Callable[[Plan, Direction], Awaitable[Decision]],
        clock: Clock,
        grant: Callable[[], Grant | None],
        mark: Callable[[str], None] = _no_mark,
    ) -> None:
        """Take the ports.

        `recheck` gathers the facts afresh and asks all guards, `grant` returns the lease that this process holds now,
        `audit` takes the refusals that never became an operation, `mark` is called with each name of `MARKS`.
        """
        self._journal = journal
        self._audit = audit
        self._write = write
        self._read = read
        self._recheck = recheck
        self._clock = clock
        self._grant = grant
        self._mark = mark

    async def pass_through(  # noqa: PLR0911  # each numbered step has its own way out
        self, plan: Plan, direction: Direction, actor: str
    ) -> Result:
        """Bring about the plan's effect in this direction, on behalf of `actor`; safe to call any number of times.

        Raises nothing that was to be expected: see `result.py`.
        """
        # 1. The operation's name follows from the plan.
        self._mark("gate.1.before")
        work = _name(plan, direction, actor)
        if isinstance(work, Refused):
            return work
        try:
            known = await self._journal.get(work.id)
        except Unhealthy as error:
            return Retry(operation=work.id, reason=f"the journal cannot be read: {work.said(error)}", after=5.0)
        if known is not None and (ended := _as_it_stands(known)):
            return ended
        if known is not None and not isinstance(stand := await self._stand(work), _Fits):
            return await self._conclude(work, stand)
        self._mark("gate.1.after")

        # 2. The guards again, uncached.
        self._mark("gate.2.before")
        refusal = await self._ask_guards(work, plan, direction)
        if isinstance(refusal, Retry):
            return refusal
        if refusal is not None:
            return await (self._conclude(work, refusal) if known is not None else self._turn_away(work, refusal))
        self._mark("gate.2.after")

        # 3. The intent and its audit entry, in one transaction, under our epoch.
        self._mark("gate.3.before")
        deadline = self._clock.monotonic() + GATE_DEADLINE
        grant = self._grant()
        if grant is None or grant.until < self._clock.now() + timedelta(seconds=GATE_DEADLINE):
            return await self._turn_away(work, _no_lease(work, grant))
        begun = await self._begin(work, grant)
        if isinstance(begun, Refused):
            return await self._turn_away(work, begun)
        if ended := _as_it_stands(begun):
            return ended
        self._mark("gate.3.after")

        # 4 and 5. The change, and a look at whatever did not answer clearly.
        result = await self._bring_about(work, grant, deadline)

        # 6. The result and its audit entry.
        return await self._conclude(work, result)

    async def _ask_guards(self, work: _Work, plan: Plan, direction: Direction) -> Refused | Retry | None:
        try:
            decision = await self._recheck(plan, direction)
        except Temporary as error:
            return Retry(operation=work.id, reason=f"the guards cannot be asked: {work.said(error)}", after=error.retry_after)
        except FirstresponderError as error:
            return Refused(operation=work.id, why="unhealthy", reason=f"the guards cannot be asked: {work.said(error)}")
        if decision.outcome == "allow":
            return None
        against = [verdict for verdict in decision.verdicts if verdict.decision != "allow"]
        words = "; ".join(f"{verdict.guard}: {verdict.reason}" for verdict in against) or f"the guards say {decision.outcome}"
        return Refused(operation=work.id, why="guards", reason=words, decision=decision)

    async def _begin(self, work: _Work, grant: Grant) -> JournalEntry | Refused:
        at = self._clock.now()
        draft = entry("gate.intent", work.operation, work.actor, at, touched=shown(work.want.touched), epoch=grant.epoch)
        try:
            begun, _ = await self._journal.begin(work.operation, grant, at, [draft])
        except StaleLease as error:
            return Refused(operation=work.id, why="lease", reason=f"another process owns the work now: {work.said(error)}")
        except Unhealthy as error:
            return Refused(operation=work.id, why="unhealthy", reason=f"the intent cannot be recorded: {work.said(error)}")
        return begun

    async def _bring_about(  # noqa: PLR0911  # each answer has its own way out
        self, work: _Work, grant: Grant, deadline: float
    ) -> Result:
        self._mark("gate.4.before")
        error: FirstresponderError | None = None
        for _ in range(ATTEMPTS):
            stand = await self._stand(work)
            if not isinstance(stand, _Fits):
                return stand
            # 4. No request is begun that could end after the deadline, or without the lease.
            if self._clock.monotonic() + REQUEST_TIMEOUT > deadline:
                return Retry(operation=work.id, reason="the deadline for this write has passed; nothing was sent")
            if (now := self._grant()) is None or now.epoch != grant.epoch:
                return _no_lease(work, now)
            self._mark("gate.4.request.before")
            error = await self._send(work, stand.found)
            self._mark("gate.4.request.after")
            self._mark("gate.4.after")
            # 5. A clear answer settles it; after any other the loop's head looks.
            self._mark("gate.5.before")
            if error is None:
                self._mark("gate.5.after")
                return Done(operation=work.id, adopted=False, at=self._clock.now())
            if isinstance(error, Forbidden):
                return Failed(operation=work.id, reason=f"not permitted: {work.said(error)}")
            if isinstance(error, Temporary) and not isinstance(error, OutcomeUnknown):
                return Retry(operation=work.id, reason=f"nothing was done: {work.said(error)}", after=error.retry_after)
            self._mark("gate.5.after")
        stand = await self._stand(work)
        if not isinstance(stand, _Fits):
            return stand
        if isinstance(error, OutcomeUnknown):
            return Retry(operation=work.id, reason=f"no effect is seen yet: {work.said(error)}", after=error.retry_after)
        return Failed(operation=work.id, reason=f"the API server refused the change: {work.said(error)}")

    async def _send(self, work: _Work, found: Json) -> FirstresponderError | None:
        change = standing.stamped(work.want, found, work.id)
        try:
            await self._write.apply(change, timeout=REQUEST_TIMEOUT)
        except (PreconditionFailed, NotFound, Forbidden, Temporary) as error:
            return error
        return None

    async def _stand(self, work: _Work) -> Done | Refused | Retry | _Fits:
        """Look at the object: our effect is there, it fits the plan, it differs, or it cannot be seen."""
        target = work.operation.target
        found: Json | None
        try:
            found = await self._read.get(target.kind, target.namespace, target.name)
        except NotFound:
            found = None
        except Temporary as error:
            return Retry(operation=work.id, reason=f"{target} cannot be read: {work.said(error)}", after=error.retry_after)
        except Forbidden as error:
            return Retry(operation=work.id, reason=f"{target} may not be read: {work.said(error)}", after=30.0)
        if standing.is_ours(found, work.want, work.id):
            return Done(operation=work.id, adopted=True, at=self._clock.now())
        if differences := standing.differences(found, work.want):
            words = standing.in_words(differences)
            return Refused(operation=work.id, why="changed", reason=words, differences=differences)
        return _Fits(found)

    async def _conclude(self, work: _Work, result: Result) -> Result:
        """6. Record how it ended; what stands in the journal then is the answer."""
        if isinstance(result, Retry) or (isinstance(result, Refused) and result.why == "lease"):
            return result  # the intent stays open: the next attempt, here or by the new owner, looks first
        self._mark("gate.6.before")
        at = self._clock.now()
        try:
            ended = await self._journal.finish(work.id, _state(result), at, _detail(result), [_ending(work, result, at)])
        except Unhealthy as error:
            return Retry(operation=work.id, reason=f"the result cannot be recorded: {work.said(error)}", after=5.0)
        self._mark("gate.6.after")
        return result if ended.state == _state(result) else _as_it_stands(ended) or result

    async def _turn_away(self, work: _Work, refused: Refused) -> Refused:
        """Audit a refusal that the journal does not hold; nothing was written, so a failing audit only adds to the words."""
        try:
            await self._audit.append([_ending(work, refused, self._clock.now())])
        except Unhealthy as error:
            return msgspec.structs.replace(
                refused, reason=f"{refused.reason} (and the audit cannot be written: {work.said(error)})"
            )
        return refused


def _name(plan: Plan, direction: Direction, actor: str) -> _Work | Refused:
    """1. The operation, named by what the plan is."""
    name = operation_id(plan.incident_id, plan.n, plan.rung, direction, plan.digest)
    want = standing.intended(plan.action, direction) if plan.action is not None else None
    if plan.action is None or want is None or not plan.digest:
        lacking = "no digest, so nothing binds it" if want is not None else f"nothing to {direction}"
        return Refused(operation=name, why="nothing", reason=f"the plan has {lacking}")
    operation = Operation(
        id=name,
        incident_id=plan.incident_id,
        n=plan.n,
        rung=plan.rung,
        direction=direction,
        plan_digest=plan.digest,
        action=plan.action.action,
        target=want.change.target,
    )
    return _Work(operation, want, actor)


def _no_lease(work: _Work, grant: Grant | None) -> Refused:
    words = "the lease is not held" if grant is None else f"the lease ends at {grant.until:%H:%M:%S} or has a new owner"
    return Refused(operation=work.id, why="lease", reason=f"{words}; a write needs {GATE_DEADLINE:g} s of it")


def _state(result: Done | Refused | Failed) -> Literal["done", "refused", "failed"]:
    if isinstance(result, Done):
        return "done"
    return "refused" if isinstance(result, Refused) else "failed"


def _detail(result: Done | Refused | Failed) -> str:
    """The journal's words; `_as_it_stands` reads them back."""
    if isinstance(result, Done):
        return "adopted" if result.adopted else ""
    return f"{result.why}: {result.reason}" if isinstance(result, Refused) else result.reason


def _as_it_stands(known: JournalEntry) -> Result | None:
    """The answer for an operation that ended before; None while it is only an intent."""
    name, at = known.operation.id, known.ended_at or known.at
    if known.state == "done":
        return Done(operation=name, adopted=True, at=at)
    if known.state == "failed":
        return Failed(operation=name, reason=known.detail)
    if known.state == "refused":
        why, _, reason = known.detail.partition(": ")
        return Refused(operation=name, why=msgspec.convert(why, Why), reason=reason)
    return None


def _ending(work: _Work, result: Done | Refused | Failed, at: datetime) -> AuditDraft:
    if isinstance(result, Done):
        return entry("gate.done", work.operation, work.actor, at, adopted=result.adopted, touched=shown(work.want.touched))
    if isinstance(result, Failed):
        return entry("gate.failed", work.operation, work.actor, at, reason=result.reason)
    verdicts = [[v.guard, v.decision, v.reason] for v in result.decision.verdicts] if result.decision else []
    return entry(
        "gate.refused",
        work.operation,
        work.actor,
        at,
        why=result.why,
        reason=result.reason,
        verdicts=verdicts,
        differences=named(result.differences),
    )
