"""P1 to P5, each with the reason in one line.

P1 something is broken and takes other things with it, or calls itself critical · P2 something is broken · P3 something
gets worse, or nobody can tell · P4 it passes, or says so · P5 nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from firstresponder.noise.heal import Course, together
from firstresponder.noise.kinds import Kind
from firstresponder.noise.lead import Lead
from firstresponder.noise.meaning import Guess
from firstresponder.noise.words import RANK

_WAKE, _BROKEN, _WORSE, _PASSES, _NOTHING = 1, 2, 3, 4, 5


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A priority, why, and where it stands among others of the same priority."""

    priority: str
    reason: str
    order: tuple[float, ...]
    noise: bool


def is_noise(kind: Kind, course: Course) -> bool:
    """Whether nobody needs to be woken for this kind by itself."""
    return _level(kind, course, kind.count)[0] >= _PASSES


def judge(
    head: Kind, group: Sequence[Kind], courses: Sequence[Course], leads: Sequence[Lead], guesses: Sequence[Guess]
) -> Judged:
    """Return the priority of an incident: that of its worst kind, raised by what it takes with it."""
    levels = {kind.number: _level(kind, courses[kind.number], kind.count) for kind in group}
    worst = min(group, key=lambda k: (levels[k.number][0], k is not head, -RANK[k.severity], -k.count, k.number))
    alike = [kind for kind in group if kind.key == worst.key or levels[kind.number][0] == _NOTHING == levels[worst.number][0]]
    level, _ = levels[worst.number]
    reason = _level(worst, together([courses[kind.number] for kind in alike]), sum(kind.count for kind in alike))[1]
    if worst is not head:
        reason = f"{worst.title}: {reason}"
    links: list[Lead | Guess] = [*leads, *guesses]
    followers = {link.follower for link in links}
    broken = [
        kind for kind in group if kind.number in followers and kind.named.grade == "outage" and levels[kind.number][0] <= _WORSE
    ]
    if level == _BROKEN and broken and head.named.grade == "outage":
        how = "measured" if any(lead.follower in {k.number for k in broken} for lead in leads) else "by the words, a hypothesis"
        level, reason = _WAKE, f"{reason}; it takes {broken[0].title} with it ({how})"
    elif level <= _WORSE and (grown := [kind for kind in group if kind.named.worse and len(group) > 1]):
        level, reason = min(level, _BROKEN), f"{reason}; it grows: {grown[0].title} came too"
    elif level <= _WORSE and followers:
        how = "measured" if leads else "a hypothesis"
        count = len({kind.key for kind in group if kind.number in followers})
        reason = f"{reason}; {count} other {'kind' if count == 1 else 'kinds'} may follow from it ({how})"
    count = sum(kind.count for kind in group)
    still = sum(courses[kind.number].still_open for kind in group)
    severity = max(RANK[kind.severity] for kind in group)
    return Judged(
        priority=f"P{level}",
        reason=reason,
        order=(level, -severity, -(still > 0), -len(followers), head.named.grade != "outage", -count),
        noise=level >= _PASSES,
    )


def _level(kind: Kind, course: Course, count: int) -> tuple[int, str]:
    severity, grade, times = kind.severity, kind.named.grade, _times(course, count)
    said = f"sent as {severity}" if severity else "no severity given"
    if kind.named.always:
        return _NOTHING, f"{times}: it fires to show that alerting works"
    if severity in {"info", "none"} or (grade == "harmless" and severity in {"", "low"}):
        return _NOTHING, f"{times}, {said}" + ("; its words name no trouble" if grade == "harmless" else "")
    if course.verdict == "heals":
        if severity == "critical":
            return _WORSE, f"{times}, {said}, yet {course.told}"
        return (_PASSES if grade == "outage" or severity == "high" else _NOTHING), f"{times}: {course.told}"
    if course.verdict == "says so" and severity not in {"critical", "high"}:
        return _PASSES, f"{times}: {course.told}"
    return _trouble(kind, course, f"{times}, {said}")


def _trouble(kind: Kind, course: Course, said: str) -> tuple[int, str]:
    """The level of what does not simply pass."""
    severity, grade = kind.severity, kind.named.grade
    tail = "" if course.verdict in {"unknown", "says so"} else f"; {course.told}"
    if severity == "critical":
        return _WAKE, f"{said}{tail}"
    if grade == "outage":
        if severity == "low" or course.verdict == "mixed":
            return _WORSE, f"{said}, by its words something fails{tail}"
        return _BROKEN, f"{said}, by its words something fails{tail}"
    if grade == "degraded":
        return (_PASSES if severity == "low" else _WORSE), f"{said}, by its words something gets worse{tail}"
    return (_PASSES if severity == "low" else _WORSE), f"{said}, its words are not known here: a person must read it{tail}"


def _times(course: Course, count: int) -> str:
    if count == course.occurrences:
        return f"{count} {'alert' if count == 1 else 'alerts'}"
    return f"{count} messages about {course.occurrences} {'alert' if course.occurrences == 1 else 'alerts'}"
