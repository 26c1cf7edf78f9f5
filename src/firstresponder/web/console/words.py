"""Our words for people: phases, events, tiers, answers, and times without a script."""

from __future__ import annotations

from datetime import UTC, datetime

from firstresponder.model import EventKind, Phase

MINUTE, HOUR, DAY = 60, 3600, 86400

PHASES = {
    Phase.RECEIVED: "Just came in",
    Phase.INVESTIGATING: "Being looked into",
    Phase.ASKING: "Waits for your decision",
    Phase.ACTING: "Being repaired",
    Phase.VERIFYING: "Repair is being verified",
    Phase.ESCALATED: "Needs a person",
    Phase.CLOSED: "Closed",
}
EVENTS = {
    "alert_firing": "Alert fires",
    "still_firing": "Still firing",
    "alert_resolved": "Alert resolved",
    "investigated": "Looked into",
    "approved": "Approved",
    "rejected": "Rejected",
    "expired": "The offer expired",
    "acted": "Change made",
    "verified": "Verified",
    "remediated": "Repair ended",
    "target_changed": "Target changed; approval void",
    "taken_over": "Taken over",
    "look_again": "Another look wanted",
    "dismissed": "Closed by hand",
    "killed": "Stopped by the kill switch",
    "closed": "Closed",
}
TIERS = {
    0: "read-only",
    1: "reversible and bounded",
    2: "reversible and visible",
    3: "irreversible",
}
ANSWERS = {
    "accepted": "On record",
    "already_decided": "Somebody was faster; you changed nothing",
    "expired": "Too late; nothing was done",
    "changed": "The proposal changed; nothing was decided",
    "unknown": "No such incident",
    "not_allowed": "You may not; nothing was decided",
    "nothing_to_decide": "There is nothing to decide",
}


def event(kind: EventKind) -> str:
    """Say what happened; a kind that has no words here yet is said by its name."""
    return EVENTS.get(kind.value) or kind.replace("_", " ").capitalize()


def stamp(at: datetime) -> str:
    """`2026-03-10 12:00:00 UTC`; a script turns it into the reader's zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(at: datetime) -> str:
    """`2026-03-10T12:00:00Z`, for machines."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(at: datetime, now: datetime) -> str:
    """`12 min ago`, `in 3 h 20 min`; no seconds, so that a page that did not change stays the same for a minute."""
    seconds = (now - at).total_seconds()
    size = int(abs(seconds))
    if size < MINUTE:
        return "just now" if seconds >= 0 else "in under a minute"
    if size < HOUR:
        text = f"{size // MINUTE} min"
    elif size < DAY:
        text = f"{size // HOUR} h {size % HOUR // MINUTE} min"
    else:
        text = f"{size // DAY} d {size % DAY // HOUR} h"
    return f"{text} ago" if seconds >= 0 else f"in {text}"
