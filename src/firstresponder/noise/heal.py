"""What ends by itself, and what does not: the course of a kind, measured where there are times, by words where not."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Literal

import msgspec

from firstresponder.noise.kinds import BEGAN, BY_ITSELF, BY_PERSON, ENDED, OPEN, WHOLE, Kind
from firstresponder.noise.limits import QUICK
from firstresponder.noise.times import spoken

Verdict = Literal["heals", "mixed", "stays", "says so", "unknown"]

MOST = 0.9
ENOUGH = 3


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the alerts of one kind, or of several, went. Times and durations in seconds."""

    occurrences: int
    starts: array[float]  # sorted; empty where there are no times
    durations: array[float]  # sorted, of those that have one
    ended: int
    alone: int  # ended by itself: it is said, or within QUICK and nobody is named
    by_person: int
    measured: bool  # by durations or by who ended it, not by words
    who: bool  # it is said of any who ended it
    transient: bool  # its name says that it passes
    ends: bool  # the stream tells ends, so that what has none is still open

    @property
    def median(self) -> float | None:
        """The median duration."""
        return self.durations[len(self.durations) // 2] if self.durations else None

    @property
    def still_open(self) -> int:
        """How many did not end in this stream, where the stream tells ends."""
        return self.occurrences - self.ended if self.ends else 0

    @property
    def verdict(self) -> Verdict:
        """Whether it heals by itself, in one word."""
        if not self.ended:
            return "stays" if self.ends else "says so" if self.transient else "unknown"
        if self.occurrences < ENOUGH:
            return "says so" if self.transient and self.alone * 2 >= self.occurrences else "mixed" if self.alone else "stays"
        if self.alone >= MOST * self.occurrences:
            return "heals"
        if self.alone * 2 < self.occurrences:
            return "stays"
        return "says so" if self.transient and not self.measured else "mixed"

    @property
    def told(self) -> str:
        """The same in a sentence, with its numbers."""
        name = "its name says that it passes, " if self.verdict == "says so" else ""
        if not self.ended:
            if self.ends:
                return f"none of {self.occurrences} ended in this stream"
            return (
                f"{name}and this stream does not tell ends: not proven" if name else "this stream does not tell whether it ended"
            )
        if not self.measured:
            return f"{name}{self.ended} of {self.occurrences} are said to be over, in words; how long they took is not said"
        people = f", {self.by_person} by a person" if self.by_person else ""
        left = f", {self.still_open} not yet" if self.still_open else ""
        spans = f", median {spoken(self.median)}, longest {spoken(self.durations[-1])}" if self.median is not None else ""
        alone = "by themselves" if self.who else f"within {spoken(QUICK)}, which counts as by themselves"
        return f"{name}{self.alone} of {self.occurrences} ended {alone}{people}{left}{spans}"


def tells_ends(kinds: Sequence[Kind]) -> bool:
    """Whether the stream's form tells ends: by messages of ends, by durations, by a status of each record.

    Words like "(recovered)" in some lines do not: what lacks them may be over too.
    """
    roles = {(role, end == OPEN) for kind in kinds for role, end in zip(kind.role, kind.end, strict=True)}
    return (
        any(role == ENDED for role, _ in roles)
        or {(WHOLE, True), (WHOLE, False)} <= roles
        or any(end in {BY_ITSELF, BY_PERSON} for kind in kinds for end in kind.end)
        or any(not math.isnan(lasted) for kind in kinds for lasted in kind.lasted)
    )


def course_of(kind: Kind, *, ends: bool) -> Course:
    """Return the course of one kind. `ends`: the stream tells ends."""
    spans = _spans(kind)
    over = [(lasted, end) for _, lasted, end in spans if end != OPEN]
    return Course(
        occurrences=len(spans),
        starts=array("d", sorted(start for start, _, _ in spans if not math.isnan(start))),
        durations=array("d", sorted(lasted for _, lasted, _ in spans if not math.isnan(lasted))),
        ended=len(over),
        alone=sum(end == BY_ITSELF or (end != BY_PERSON and not lasted > QUICK) for lasted, end in over),
        by_person=sum(end == BY_PERSON for _, end in over),
        measured=any(end in {BY_ITSELF, BY_PERSON} or not math.isnan(lasted) for lasted, end in over),
        who=any(end in {BY_ITSELF, BY_PERSON} for _, end in over),
        transient=kind.named.transient,
        ends=ends,
    )


def together(courses: Sequence[Course]) -> Course:
    """Return the courses of one kind in several places as one."""
    if len(courses) == 1:
        return courses[0]
    return Course(
        occurrences=sum(each.occurrences for each in courses),
        starts=array("d", sorted(start for each in courses for start in each.starts)),
        durations=array("d", sorted(lasted for each in courses for lasted in each.durations)),
        ended=sum(each.ended for each in courses),
        alone=sum(each.alone for each in courses),
        by_person=sum(each.by_person for each in courses),
        measured=any(each.measured for each in courses),
        who=any(each.who for each in courses),
        transient=all(each.transient for each in courses),
        ends=courses[0].ends,
    )


def _spans(kind: Kind) -> list[tuple[float, float, int]]:
    """Return (start, duration, end) of every occurrence: repeats and deliveries of one alert are one.

    A message of an end closes the last one of the same alert that is open; without one it stands for an alert whose
    beginning is not in the stream.
    """
    order: Sequence[int] = range(len(kind.at))
    if not all(math.isnan(at) for at in kind.at):
        order = sorted(order, key=lambda i: (math.isnan(kind.at[i]), kind.at[i], kind.role[i]))
    paired = ENDED in kind.role
    spans: list[tuple[float, float, int]] = []
    delivered: dict[tuple[int, float], int] = {}
    live: dict[int, int] = {}
    for i in order:
        at, lasted, role, end, identity = kind.at[i], kind.lasted[i], kind.role[i], kind.end[i], kind.identity[i]
        if role == ENDED and (index := live.pop(identity, None)) is not None:
            start = spans[index][0]
            spans[index] = (start, lasted if not math.isnan(lasted) else at - start, end)
            continue
        if identity and role == WHOLE and (index := delivered.get((identity, _key(at)))) is not None:
            if end != OPEN:
                spans[index] = (at, lasted, end)
            continue
        if paired and role == BEGAN:
            if identity in live:
                continue
            live[identity] = len(spans)
        if identity:
            delivered[identity, _key(at)] = len(spans)
        spans.append((math.nan if role == ENDED and math.isnan(lasted) else at, lasted, end))
    return spans


def _key(at: float) -> float:
    return -1.0 if math.isnan(at) else at
