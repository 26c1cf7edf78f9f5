"""What people are told of a turn: which lines, and whether the card is to be shown anew. Pure.

Little noise: an incident is told of when an investigation has said its word, never before, so one that resolves by
itself in the meantime is not told at all. A line says what happened; how things stand is on the card, which is updated
in place. An event that moved nothing (a late click, an old result) is in the story and is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from firstresponder.correlation.advance import Move
from firstresponder.model import EventKind, Incident, Line, Notice, Noun, Phase
from firstresponder.workflow.card import short
from firstresponder.workflow.proof import proof_line

LONGEST = 900
"""Characters of one line."""
WORD = (Phase.ASKING, Phase.ACTING, Phase.VERIFYING, Phase.ESCALATED)
"""Phases that an investigation's word leads to: the first of them is the first that people hear."""


class Telling(Noun, frozen=True, kw_only=True):
    """What is to be told of one turn of one incident."""

    card: bool  # show it, or show it anew; true wherever there are lines, so that no sink has a line without its card
    lines: tuple[Line, ...] = ()

    def notices(self, incident_id: str, sinks: Iterable[str]) -> list[Notice]:
        """Return the notices for every sink."""
        return [
            Notice(sink=sink, incident_id=incident_id, line=line)
            for sink in sinks
            for line in ((None, *self.lines) if self.card else self.lines)
        ]


def tell(before: Incident, after: Incident, moved: Sequence[Move]) -> Telling:
    """Say what is to be told of the turn from `before` to `after`, which these moves made."""
    lines: list[Line] = []
    told = before.told
    for move in moved:
        if not told:
            told = move.after.phase in WORD
            if not told or move.after.phase in (Phase.ASKING, Phase.ESCALATED):
                continue  # nothing to hear of it yet, or the card itself is the news
        if (line := _line(move)) is not None:
            lines.append(line)
    news = _seen(before) != _seen(after) or before.told != told
    return Telling(card=told and (news or bool(lines)), lines=tuple(lines))


def _seen(row: Incident) -> tuple[object, ...]:
    """What of a row is on its card."""
    return (
        row.title,
        row.severity,
        row.phase,
        row.n,
        row.subject,
        row.firing,
        row.alerts,
        row.recurrence,
        row.plan_digest,
        row.ask_expires_at,
        row.owner,
        row.reason,
    )


def _line(move: Move) -> Line | None:
    """Put one move into a line; None where there is nothing to say beside the card."""
    event = move.event
    say = LINES.get(event.kind)
    if say is None or (event.kind is not EventKind.VERIFIED and _still(move)):
        return None
    text = say(move)
    return Line(key=f"{event.kind.value}-{event.seq}", at=event.at, text=short(text, LONGEST), loud=_loud(move)) if text else None


def _still(move: Move) -> bool:
    """Whether the event moved nothing."""
    return move.before == move.after


def _loud(move: Move) -> bool:
    """Somebody should look now: nobody has it, and the tool stops or its repair did not help. Nobody is called twice."""
    word = move.event.data.get("word")
    if move.after.owner:
        return False
    match move.event.kind:
        case EventKind.VERIFIED:
            return word != "Successful"
        case EventKind.REJECTED:
            return False  # a person is there
        case EventKind.REMEDIATED if word in ("Failed", "Inconclusive"):
            return False  # the verification that said so was loud
        case _:
            return _handed_over(move)


def _handed_over(move: Move) -> bool:
    return move.after.phase is Phase.ESCALATED and move.before.phase is not Phase.ESCALATED


def _closed(move: Move) -> bool:
    return move.after.phase is Phase.CLOSED and move.before.phase is not Phase.CLOSED


# --- the words ------------------------------------------------------------------------------------------------------


def _who(move: Move) -> str:
    via = str(move.event.data.get("via", ""))
    return f"{move.event.actor} via {via}" if via else move.event.actor


def _why(move: Move) -> str:
    why = str(move.event.data.get("reason", ""))
    return f": {why}" if why else ""


def _ending(move: Move) -> str:
    """What follows from a no or a failure."""
    return "handed over to a person" if _handed_over(move) else "looking for the next step"


def _investigated(move: Move) -> str:
    row = move.after
    match row.phase:
        case Phase.ASKING if move.before.phase is Phase.ASKING:
            return "" if row.plan_digest == move.before.plan_digest else f"The offer changed, and is asked anew: {row.reason}"
        case Phase.ASKING:
            return f"Asked anew: {row.reason}"
        case Phase.ACTING:
            return f"Repairing without asking, as the configuration allows: {row.reason}"
        case Phase.ESCALATED:
            return f"Handed over to a person: {row.reason}"
        case Phase.CLOSED:
            return f"Closed: {row.reason}"
        case _:
            return ""


def _alert(move: Move) -> str:
    if move.before.phase is Phase.CLOSED and move.after.phase is Phase.INVESTIGATING:
        return f"{move.after.reason[:1].upper()}{move.after.reason[1:]}; looking into it again"
    return f"Closed: {move.after.reason}" if _closed(move) else ""


def _taken_over(move: Move) -> str:
    half = move.before.phase in (Phase.ACTING, Phase.VERIFYING)
    return f"Taken over by {_who(move)}; Firstresponder stops" + ("; what was written to the cluster stays" if half else "")


def _acted(move: Move) -> str:
    earlier = " (found done by an earlier attempt)" if move.event.data.get("adopted") else ""
    return f"Done{earlier}: {move.after.reason}"


def _verified(move: Move) -> str:
    data = move.event.data
    note = str(data.get("note", ""))
    undone = f"Undone ({note}). " if data.get("direction") == "undo" and note else ""
    word, direction, reason = (str(data.get(name, "")) for name in ("word", "direction", "reason"))
    return undone + proof_line(word, direction, reason, data.get("figures") or {})


def _remediated(move: Move) -> str:
    if _closed(move):
        return "Closed: repaired and verified"
    return f"Handed over to a person: {move.after.reason}" if _handed_over(move) else f"Not repaired{_why(move)}; {_ending(move)}"


def _changed(move: Move) -> str:
    return f"The approval is void{_why(move)}; " + (_ending(move) if _handed_over(move) else "looking into it again")


LINES: dict[EventKind, Callable[[Move], str]] = {
    EventKind.ALERT_FIRING: _alert,
    EventKind.ALERT_RESOLVED: _alert,
    EventKind.STILL_FIRING: _alert,
    EventKind.INVESTIGATED: _investigated,
    EventKind.APPROVED: lambda move: f"Approved by {_who(move)}",
    EventKind.REJECTED: lambda move: f"Rejected by {_who(move)}{_why(move)}; {_ending(move)}",
    EventKind.EXPIRED: lambda _: "The offer expired: nobody decided in time and nothing was done; handed over to a person",
    EventKind.ACTED: _acted,
    EventKind.VERIFIED: _verified,
    EventKind.REMEDIATED: _remediated,
    EventKind.TARGET_CHANGED: _changed,
    EventKind.TAKEN_OVER: _taken_over,
    EventKind.LOOK_AGAIN: lambda move: f"{_who(move)} wants another look; it begins now",
    EventKind.DISMISSED: lambda move: f"Closed by {_who(move)}{_why(move)}",
    EventKind.KILLED: lambda move: f"Stopped{_why(move).rstrip('.')}; handed over to a person",
}
"""What is said of each kind of event that moved something; the others are never told."""
