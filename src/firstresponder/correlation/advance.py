"""What an event does to an incident: one table, from (phase, event) to the next row.

`advance` folds events over the row; it starts nothing. What must run follows from the row alone (`wanted`), so that a
process that dies between writing the row and starting the work loses nothing: whoever looks at the row next starts it.
An event that is not in the table changes nothing: late news (a result of an old investigation, a click after the end)
is kept in the story and has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from firstresponder.model import Event, EventKind, Incident, Noun, Phase, TargetRef

MAX_ASKS = 3
"""How often a changed target is asked about anew before a person has to look."""


class Counts(Noun, frozen=True, kw_only=True):
    """Alerts of the incident as stored now."""

    firing: int
    total: int


class Start(Noun, frozen=True, kw_only=True):
    """A workflow that must be live for an incident to go on."""

    workflow: Literal["investigate", "remediate", "close"]
    incident_id: str
    n: int
    plan_digest: str = ""

    @property
    def id(self) -> str:
        """The workflow's id: the same wish always has the same name, so wishing twice starts one."""
        if self.workflow == "remediate":
            return f"remediate:{self.plan_digest}"
        return f"{self.workflow}:{self.incident_id}:{self.n}"


class Table(Noun, frozen=True, kw_only=True):
    """What the handlers need beside the row."""

    counts: Counts
    now: datetime
    max_asks: int = MAX_ASKS


class Move(Noun, frozen=True, kw_only=True):
    """What one event did to a row; equal rows: it came too late, or is for the story only."""

    event: Event
    before: Incident
    after: Incident


Handler = Callable[[Incident, Event, Table], Incident]


def wanted(incident: Incident) -> Start | None:
    """Return the workflow that must be live for this row, or None when it waits for the world."""
    match incident.phase:
        case Phase.INVESTIGATING:
            return Start(workflow="investigate", incident_id=incident.id, n=incident.n)
        case Phase.ASKING if incident.look:
            return Start(workflow="investigate", incident_id=incident.id, n=incident.look)
        case Phase.ACTING | Phase.VERIFYING:
            return Start(workflow="remediate", incident_id=incident.id, n=incident.n, plan_digest=incident.plan_digest)
        case Phase.CLOSED if incident.closing:
            return Start(workflow="close", incident_id=incident.id, n=incident.n)
        case _:
            return None


def advance(incident: Incident, events: Sequence[Event], counts: Counts, now: datetime, max_asks: int = MAX_ASKS) -> Incident:
    """Fold `events` (in order) over the row and return the next row. Pure: the same input gives the same row."""
    moved = moves(incident, events, counts, now, max_asks)
    row = moved[-1].after if moved else _counted(incident, counts, now)
    if row.phase is Phase.INVESTIGATING and row.n != incident.n:
        # An investigation that begins now sees all these alerts: none of them is a reason to look again.
        return replace(row, look_again=False)
    return row


def moves(incident: Incident, events: Sequence[Event], counts: Counts, now: datetime, max_asks: int = MAX_ASKS) -> list[Move]:
    """Return what each of `events` did to the row, one by one; `advance` is the end of it."""
    table = Table(counts=counts, now=now, max_asks=max_asks)
    row, moved = _counted(incident, counts, now), list[Move]()
    for event in events:
        handler = TABLE.get((row.phase, event.kind))
        after = handler(row, event, table) if handler is not None else row
        moved.append(Move(event=event, before=row, after=after))
        row = after
    return moved


def _counted(incident: Incident, counts: Counts, now: datetime) -> Incident:
    return replace(incident, firing=counts.firing, alerts=counts.total, updated_at=now)


# --- small moves --------------------------------------------------------------------------------------------------


def _investigate(row: Incident, reason: str, *, rung: int | None = None, asks: int | None = None) -> Incident:
    """Begin the next investigation from nothing."""
    n = row.last_n + 1
    return replace(
        row,
        phase=Phase.INVESTIGATING,
        n=n,
        last_n=n,
        look=0,
        look_again=False,
        plan_digest="",
        offer="",
        ask_expires_at=None,
        rung=row.rung if rung is None else rung,
        asks=row.asks if asks is None else asks,
        resolved_while_acting=False,
        ended="",
        reason=reason,
    )


def _look(row: Incident) -> Incident:
    """Look again without taking the offer back: one in flight, one pending."""
    if row.look:
        return replace(row, look_again=True)
    n = row.last_n + 1
    return replace(row, look=n, last_n=n, look_again=False)


def _close(row: Incident, reason: str, table: Table, ended: Literal["repaired", "resolved", "dismissed"]) -> Incident:
    return replace(
        row,
        phase=Phase.CLOSED,
        ended=ended,
        closing=True,
        closed_at=table.now,
        look=0,
        look_again=False,
        ask_expires_at=None,
        reason=reason,
    )


def _escalate(row: Incident, reason: str) -> Incident:
    return replace(row, phase=Phase.ESCALATED, look=0, look_again=False, ask_expires_at=None, reason=reason)


def _next_rung(row: Incident, reason: str) -> Incident:
    """Go one rung further where there is one, otherwise hand over."""
    if row.rung + 1 < row.rungs:
        return _investigate(row, f"{reason}; trying the next step of the runbook", rung=row.rung + 1, asks=0)
    return _escalate(row, f"{reason}; handed over to a person")


# --- handlers -------------------------------------------------------------------------------------------------------


def _begin(row: Incident, _event: Event, _table: Table) -> Incident:
    return _investigate(row, "an alert fires")


def _gone(row: Incident, _event: Event, table: Table) -> Incident:
    """Close once the last alert is gone; it needed nobody."""
    return _close(row, "resolved by itself", table, "resolved") if table.counts.firing == 0 else row


def _gone_elsewhere(row: Incident, _event: Event, table: Table) -> Incident:
    """Close what a person had, and keep why they had it."""
    reason = f"resolved while with a person ({row.reason})"
    return _close(row, reason, table, "resolved") if table.counts.firing == 0 else row


def _more(row: Incident, _event: Event, _table: Table) -> Incident:
    """Remember that there is news to look at when the present look ends."""
    return replace(row, look_again=True)


def _another_look(row: Incident, _event: Event, _table: Table) -> Incident:
    return _look(row)


def _found(row: Incident, event: Event, table: Table) -> Incident:
    """Take the result of the current investigation; that of an older one is late news."""
    if event.data.get("n") != row.n:
        return row
    again = row.look_again
    row = _adopt(replace(row, look_again=False), event, table)
    return _look(row) if again and row.phase is Phase.ASKING else row


def _looked_again(row: Incident, event: Event, table: Table) -> Incident:
    """Keep the offer if the second look would offer the same, or failed; otherwise the new one takes its place."""
    if event.data.get("n") != row.look:
        return row
    again = row.look_again
    row = replace(row, look=0, look_again=False)
    if event.data.get("outcome") != "error" and event.data.get("offer") != row.offer:
        row = _adopt(replace(row, n=int(event.data["n"])), event, table)
    return _look(row) if again and row.phase is Phase.ASKING else row


def _adopt(row: Incident, event: Event, table: Table) -> Incident:
    """Do what an investigation says: ask, act where that was granted, or hand over with the reason."""
    data = event.data
    row = replace(
        row,
        plan_digest=str(data.get("plan_digest", "")),
        offer=str(data.get("offer", "")),
        rungs=int(data.get("rungs", 0)),
        reason=str(data.get("reason", "")),
        subject=msgspec.convert(data["subject"], TargetRef) if data.get("subject") else row.subject,
    )
    if table.counts.firing == 0 and table.counts.total > 0:
        return _close(row, "resolved by itself", table, "resolved")
    match data.get("outcome"):
        case "ask":
            ttl = timedelta(seconds=float(data.get("ttl", 0)))
            return replace(row, phase=Phase.ASKING, ask_expires_at=table.now + ttl)
        case "allow":
            return replace(row, phase=Phase.ACTING, ask_expires_at=None)
        case _:
            return _escalate(row, row.reason or "no action can be offered")


def _approved(row: Incident, event: Event, _table: Table) -> Incident:
    """Act on exactly the plan that is asked about; a choice on another plan is late news."""
    if event.data.get("plan_digest") != row.plan_digest:
        return row
    return replace(row, phase=Phase.ACTING, look=0, look_again=False, ask_expires_at=None, reason=f"approved by {event.actor}")


def _rejected(row: Incident, event: Event, _table: Table) -> Incident:
    if event.data.get("plan_digest") != row.plan_digest:
        return row
    why = str(event.data.get("reason", ""))
    said = f"rejected by {event.actor}" + (f": {why}" if why else "")
    return _next_rung(replace(row, tried=(*row.tried, said)), said)


def _expired(row: Incident, event: Event, _table: Table) -> Incident:
    if event.data.get("plan_digest") != row.plan_digest:
        return row
    return _escalate(row, "nobody decided in time; nothing was done")


def _taken(row: Incident, event: Event, _table: Table) -> Incident:
    """A person has it; the tool stops. What is at the gate is refused there, because the phase is another."""
    return replace(_escalate(row, f"taken over by {event.actor}"), owner=event.actor)


def _wanted_again(row: Incident, event: Event, _table: Table) -> Incident:
    """A person wants a new look at what was handed over: from the first rung on, since the world may be another."""
    return _investigate(replace(row, owner=""), f"{event.actor} wants another look", rung=0, asks=0)


def _dismissed(row: Incident, event: Event, table: Table) -> Incident:
    """Close what a person says is over. It may have begun anew meanwhile; what is being done is never closed over."""
    why = str(event.data.get("reason", ""))
    return _close(row, f"closed by {event.actor}" + (f": {why}" if why else ""), table, "dismissed")


def _acted(row: Incident, event: Event, _table: Table) -> Incident:
    if event.data.get("plan_digest") != row.plan_digest:
        return row
    return replace(row, phase=Phase.VERIFYING, reason=str(event.data.get("reason", "")))


def _resolved_while_acting(row: Incident, _event: Event, table: Table) -> Incident:
    return replace(row, resolved_while_acting=table.counts.firing == 0)


def _changed(row: Incident, event: Event, table: Table) -> Incident:
    """Void the approval and ask anew, at most `max_asks` times."""
    if event.data.get("plan_digest") != row.plan_digest:
        return row
    why = str(event.data.get("reason", "the target changed"))
    if row.asks + 1 > table.max_asks:
        return _escalate(row, f"{why}; asked {row.asks} times anew, a person has to look")
    return _investigate(row, f"{why}; the approval is void", asks=row.asks + 1)


def _remediated(row: Incident, event: Event, table: Table) -> Incident:
    """Close on a proven success; otherwise keep what was tried and go on or hand over."""
    data = event.data
    if data.get("plan_digest") != row.plan_digest:
        return row
    line = str(data.get("reason", ""))
    if data.get("word") == "Successful":
        return _close(row, line or "repaired and verified", table, "repaired")
    row = replace(row, tried=(*row.tried, line))
    if row.resolved_while_acting:
        return _escalate(row, f"{line}; the alert is resolved, the repair is not proven")
    return _next_rung(row, line)


def _killed(row: Incident, event: Event, _table: Table) -> Incident:
    return _escalate(row, str(event.data.get("reason", "the kill switch is engaged")))


def _relapsed(row: Incident, _event: Event, _table: Table) -> Incident:
    """The same trouble soon after the close is the same incident."""
    row = replace(row, closed_at=None, closing=False, recurrence=row.recurrence + 1, owner="", rung=0, asks=0)
    return _investigate(row, f"came back ({row.recurrence} times now)")


def _did_not_help(row: Incident, event: Event, table: Table) -> Incident:
    """Reopen what was repaired and fires on: it looked well and did not help. What a person closed stays closed."""
    if row.ended != "repaired" or event.data.get("n") != row.n or table.counts.firing == 0:
        return row
    why = str(event.data.get("reason", "the alert still fires after the repair was verified"))
    tried = (*row.tried, f"{row.reason}; {why}")
    row = replace(row, closed_at=None, closing=False, recurrence=row.recurrence + 1, owner="", rung=0, asks=0, tried=tried)
    return _investigate(row, why)


def _close_done(row: Incident, event: Event, _table: Table) -> Incident:
    return replace(row, closing=False) if event.data.get("n") == row.n else row


TABLE: dict[tuple[Phase, EventKind], Handler] = {
    (Phase.RECEIVED, EventKind.ALERT_FIRING): _begin,
    (Phase.RECEIVED, EventKind.ALERT_RESOLVED): _gone,
    (Phase.INVESTIGATING, EventKind.ALERT_FIRING): _more,
    (Phase.INVESTIGATING, EventKind.ALERT_RESOLVED): _gone,
    (Phase.INVESTIGATING, EventKind.INVESTIGATED): _found,
    (Phase.INVESTIGATING, EventKind.TAKEN_OVER): _taken,
    (Phase.INVESTIGATING, EventKind.DISMISSED): _dismissed,
    (Phase.ASKING, EventKind.ALERT_FIRING): _another_look,
    (Phase.ASKING, EventKind.ALERT_RESOLVED): _gone,
    (Phase.ASKING, EventKind.INVESTIGATED): _looked_again,
    (Phase.ASKING, EventKind.APPROVED): _approved,
    (Phase.ASKING, EventKind.REJECTED): _rejected,
    (Phase.ASKING, EventKind.EXPIRED): _expired,
    (Phase.ASKING, EventKind.TAKEN_OVER): _taken,
    (Phase.ASKING, EventKind.LOOK_AGAIN): _another_look,
    (Phase.ASKING, EventKind.DISMISSED): _dismissed,
    (Phase.ACTING, EventKind.ALERT_FIRING): _resolved_while_acting,
    (Phase.ACTING, EventKind.ALERT_RESOLVED): _resolved_while_acting,
    (Phase.ACTING, EventKind.ACTED): _acted,
    (Phase.ACTING, EventKind.TARGET_CHANGED): _changed,
    (Phase.ACTING, EventKind.REMEDIATED): _remediated,
    (Phase.ACTING, EventKind.KILLED): _killed,
    (Phase.ACTING, EventKind.TAKEN_OVER): _taken,
    (Phase.VERIFYING, EventKind.ALERT_FIRING): _resolved_while_acting,
    (Phase.VERIFYING, EventKind.ALERT_RESOLVED): _resolved_while_acting,
    (Phase.VERIFYING, EventKind.TARGET_CHANGED): _changed,
    (Phase.VERIFYING, EventKind.REMEDIATED): _remediated,
    (Phase.VERIFYING, EventKind.KILLED): _killed,
    (Phase.VERIFYING, EventKind.TAKEN_OVER): _taken,
    (Phase.ESCALATED, EventKind.ALERT_RESOLVED): _gone_elsewhere,
    (Phase.ESCALATED, EventKind.LOOK_AGAIN): _wanted_again,
    (Phase.ESCALATED, EventKind.DISMISSED): _dismissed,
    (Phase.CLOSED, EventKind.ALERT_FIRING): _relapsed,
    (Phase.CLOSED, EventKind.STILL_FIRING): _did_not_help,
    (Phase.CLOSED, EventKind.CLOSED): _close_done,
}
