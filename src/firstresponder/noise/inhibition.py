"""Inhibitions, which can hide an outage: only with measured support, known severities, and labels that were equal.

A rule matches every alert with the two names, wherever it is. So what is asked here is asked of all of them, not only
of those whose order was measured.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from firstresponder.noise import alertmanager as am
from firstresponder.noise.incidents import Incident
from firstresponder.noise.kinds import ENDED, Kind, Kinds
from firstresponder.noise.lead import Lead
from firstresponder.noise.limits import WINDOW
from firstresponder.noise.proposal import Proposal, percent
from firstresponder.noise.words import RANK

_LOOKED_AT = 200  # causes before one effect
_ALLOWED = frozenset({"high", "warning", "low", "info"})


class _Begun(NamedTuple):
    """One alert that began: when, until when, and the places that its labels name."""

    at: float
    until: float
    place: Mapping[str, str]


def inhibitions(stream: Kinds, kinds: Sequence[Kind], leads: Sequence[Lead], incidents: Sequence[Incident]) -> list[Proposal]:
    """Return a proposal for each pair of names with a measured lead that may be one.

    Never for a source or a target that is critical, or whose severity any of its alerts leaves out; never for a target
    that is more severe than its source; never without a label that was equal in every measured case.
    """
    where = {number: index for index, incident in enumerate(incidents, 1) for number in incident.kinds}
    best: dict[tuple[str, str], Lead] = {}
    for lead in leads:
        names = kinds[lead.leader].name, kinds[lead.follower].name
        if all(names) and names[0] != names[1] and (names not in best or best[names].support < lead.support):
            best[names] = lead
    by_name: defaultdict[str, list[Kind]] = defaultdict(list)
    for kind in kinds:
        by_name[kind.name].append(kind)
    found: list[Proposal] = []
    for names, lead in best.items():
        proposal = _proposal(stream, by_name[names[0]], by_name[names[1]], lead)
        if proposal is not None:
            found.append(Proposal(kind="inhibit", incident=where[lead.follower], **proposal))
    return found


def _proposal(stream: Kinds, sources: Sequence[Kind], targets: Sequence[Kind], lead: Lead) -> dict[str, str] | None:
    if not _may(sources, targets):
        return None
    causes, effects = list(_begun(stream, sources)), list(_begun(stream, targets))
    equal = equal_labels(causes, effects)
    matchers = [
        (am.matcher("alertname", [kinds[0].name]), am.matcher("severity", [word for kind in kinds for word in kind.words]))
        for kinds in (sources, targets)
    ]
    if not equal or not all(name and severity for name, severity in matchers):
        return None
    source, target = ([each for each in pair if each is not None] for pair in matchers)
    covered = _covered(causes, effects, equal)
    first, then = sources[0].name, targets[0].name
    return {
        "why": (
            f"{then} followed {first} {lead.support} of {lead.episodes} times within {WINDOW / 60:.0f} min, "
            f"{lead.lift:.1f} times as often as by chance; each time these labels were equal: {', '.join(equal)}"
        ),
        "effect": (
            f"{covered} of {len(effects)} {then} began while {first} was on and would not be notified "
            f"({percent(covered, stream.count)} of the stream); the other {len(effects) - covered} still would"
        ),
        "config": am.inhibit("measured on one stream: look at it before you take it", source, target, equal),
    }


def _may(sources: Sequence[Kind], targets: Sequence[Kind]) -> bool:
    """Every one of them says how severe it is and has labels, none is critical, no target is above the mildest source."""
    every = [*sources, *targets]
    severe = {severity for kind in every for severity in kind.severities}
    mildest = min(RANK[severity] for kind in sources for severity in kind.severities)
    return severe <= _ALLOWED and all(kind.labelled for kind in every) and max(RANK[kind.severity] for kind in targets) <= mildest


def _begun(stream: Kinds, kinds: Sequence[Kind]) -> Iterator[_Begun]:
    for kind in kinds:
        for at, lasted, number, role in zip(kind.at, kind.lasted, kind.place, kind.role, strict=True):
            if not math.isnan(at) and role != ENDED:
                yield _Begun(at, at + (WINDOW if math.isnan(lasted) else lasted), stream.places[number])


def equal_labels(causes: Sequence[_Begun], effects: Sequence[_Begun]) -> list[str]:
    """Return the labels that all have, and that some cause shared whenever an effect began within WINDOW after causes."""
    if not causes or not effects:
        return []
    names = set.intersection(*(set(each.place) for each in (*causes, *effects)))
    ordered = sorted(causes, key=lambda each: each.at)
    times = [each.at for each in ordered]
    for effect in effects:
        if not names:
            break
        last = bisect_right(times, effect.at)
        near: list[Mapping[str, str]] = []
        while last and effect.at - times[last - 1] <= WINDOW and len(near) < _LOOKED_AT:
            last -= 1
            near.append(ordered[last].place)
        if near:
            names = {name for name in names if any(place[name] == effect.place[name] for place in near)}
    return sorted(name for name in names if am.is_label(name))


def _covered(causes: Sequence[_Begun], effects: Sequence[_Begun], equal: Sequence[str]) -> int:
    """How many effects began while a cause with the same labels was on."""
    spans: defaultdict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
    for cause in sorted(causes, key=lambda each: each.at):
        mine = spans[tuple(cause.place[name] for name in equal)]
        mine.append((cause.at, max(cause.until, mine[-1][1] if mine else cause.until)))  # the latest end so far
    covered = 0
    for effect in effects:
        mine = spans.get(tuple(effect.place[name] for name in equal), [])
        index = bisect_right(mine, (effect.at, math.inf)) - 1
        covered += index >= 0 and mine[index][1] >= effect.at
    return covered
