"""Inhibitions, which can hide an outage: only with measured support, known severities, and labels that were equal."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from firstresponder.noise import alertmanager as am
from firstresponder.noise.heal import Course
from firstresponder.noise.incidents import Incident
from firstresponder.noise.kinds import ENDED, Kind, Kinds
from firstresponder.noise.lead import Lead
from firstresponder.noise.limits import WINDOW
from firstresponder.noise.proposal import Proposal, percent
from firstresponder.noise.words import RANK

_ALLOWED = frozenset({"high", "warning", "low", "info"})


def inhibitions(
    stream: Kinds, kinds: Sequence[Kind], courses: Sequence[Course], leads: Sequence[Lead], incidents: Sequence[Incident]
) -> list[Proposal]:
    """Return a proposal for each measured lead that may be one.

    Never for a source or a target that is critical, or whose severity any of its alerts leaves out; never for a target
    that is more severe than its source; never without a label that was equal in every measured case.
    """
    where = {number: index for index, incident in enumerate(incidents, 1) for number in incident.kinds}
    found: list[Proposal] = []
    for lead in leads:
        source, target = kinds[lead.leader], kinds[lead.follower]
        if not _may(source, target):
            continue
        equal = equal_labels(stream, source, target)
        names = am.matcher("alertname", [source.name]), am.matcher("alertname", [target.name])
        if not equal or names[0] is None or names[1] is None:
            continue
        severities = am.matcher("severity", sorted(source.words)), am.matcher("severity", sorted(target.words))
        if severities[0] is None or severities[1] is None:
            continue
        covered, alerts = _covered(courses[lead.leader], courses[lead.follower])
        why = (
            f"{target.title} followed {source.title} {lead.support} of {lead.episodes} times within {WINDOW / 60:.0f} min, "
            f"{lead.lift:.1f} times as often as by chance; {', '.join(equal)} was equal each time"
        )
        effect = (
            f"{covered} of {alerts} {target.title} began while {source.title} was on and would not be notified "
            f"({percent(covered, stream.count)} of the stream)"
        )
        config = am.inhibit(
            "measured on one stream: look at it before you take it", [names[0], severities[0]], [names[1], severities[1]], equal
        )
        found.append(Proposal(kind="inhibit", incident=where[lead.follower], why=why, effect=effect, config=config))
    return found


def _may(source: Kind, target: Kind) -> bool:
    severe = set(source.severities) | set(target.severities)
    return (
        severe <= _ALLOWED
        and RANK[target.severity] <= RANK[source.severity]
        and bool(source.name and target.name and source.name != target.name)
        and source.labelled
        and target.labelled
    )


def equal_labels(stream: Kinds, source: Kind, target: Kind) -> list[str]:
    """Return the labels that had one value in every case in which the target followed the source, and are on all alerts."""
    begun = sorted((at, number) for at, number, role in zip(source.at, source.place, source.role, strict=True) if _real(at, role))
    times = [at for at, _ in begun]
    candidates = set.intersection(*(set(stream.places[n]) for kind in (source, target) for n in set(kind.place)))
    for at, number, role in zip(target.at, target.place, target.role, strict=True):
        if not candidates:
            break
        if not _real(at, role):
            continue
        before = {n for _, n in begun[bisect_left(times, at - WINDOW) : bisect_right(times, at)]}
        if before:
            mine = stream.places[number]
            candidates = {name for name in candidates if any(stream.places[n][name] == mine[name] for n in before)}
    return sorted(name for name in candidates if am.is_label(name))


def _real(at: float, role: int) -> bool:
    return not math.isnan(at) and role != ENDED


def _covered(source: Course, target: Course) -> tuple[int, int]:
    """How many targets began while the source was on, taking its median duration; WINDOW where none is known."""
    lasting = source.median or WINDOW
    covered = 0
    for start in target.starts:
        index = bisect_right(source.starts, start) - 1
        covered += index >= 0 and start - source.starts[index] <= lasting
    return covered, target.occurrences
