"""What may follow from what, by the words alone: hypotheses, marked as such.

Used to put together what a person would read together. Where a stream has times, a hypothesis holds only if the times
do not speak against it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from firstresponder.noise.heal import Course
from firstresponder.noise.kinds import Kind
from firstresponder.noise.limits import WINDOW
from firstresponder.noise.names import read, spelled
from firstresponder.noise.places import STRONG, apart, strong
from firstresponder.noise.words import FOLLOWERS, INFRASTRUCTURE, LEADS

PATIENCE = 3 * WINDOW  # seconds: what follows by meaning may take longer than what is measured
_MOST = 150  # kinds of one place that are compared with each other
_LEADS = frozenset(LEADS)


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """One kind that another may follow from, and why one would think so."""

    leader: int
    follower: int
    why: str


def guesses_of(kinds: Sequence[Kind], courses: Sequence[Course], noise: frozenset[int]) -> list[Guess]:
    """Return the hypotheses among kinds that are no noise."""
    telling = _telling(kinds)
    found: list[Guess] = []
    for here in _neighbours([kind for kind in kinds if kind.number not in noise]):
        for one in here:
            for other in here:
                why = _why(one, other, telling) if one is not other else ""
                if why and (timing := _timing(courses[one.number], courses[other.number])) is not None:
                    found.append(Guess(leader=one.number, follower=other.number, why=f"{why}{timing}"))
    return sorted(set(found), key=lambda guess: (guess.leader, guess.follower))


def _neighbours(kinds: Sequence[Kind]) -> Iterator[list[Kind]]:
    """Yield the kinds of each place; those without a strong place are a place of their own."""
    by_place: defaultdict[tuple[tuple[str, str], ...], list[Kind]] = defaultdict(list)
    for kind in kinds:
        by_place[tuple(sorted(strong(kind.scope).items()))].append(kind)
    for here in by_place.values():
        yield sorted(here, key=lambda kind: (kind.named.grade != "outage", -kind.count, kind.number))[:_MOST]


def _telling(kinds: Sequence[Kind]) -> frozenset[str]:
    """The kinds of place that tell something in this stream: where everything has one cluster, the cluster says nothing."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for kind in kinds:
        for name, value in kind.scope:
            if name in STRONG:
                values[name].add(value.lower())
    return frozenset(name for name, found in values.items() if len(found) > 1)


def _why(one: Kind, other: Kind, telling: frozenset[str]) -> str:
    """Why the second may follow from the first; empty if nothing says so."""
    if one.key == other.key or apart(strong(one.scope), strong(other.scope)):
        return ""
    if one.named.base == other.named.base and one.named.transient == other.named.transient and one.scope == other.scope:
        return "the same, worse" if other.named.worse and not one.named.worse else ""
    return _about_one_thing(one, other) or _underneath(one, other, telling)


def _about_one_thing(one: Kind, other: Kind) -> str:
    """The job of a model fails, the model goes stale: classes that lead to each other, and a subject in common."""
    shared = _subjects(one) & _subjects(other)
    if not shared:
        return ""
    for leading in one.named.classes:
        for following in other.named.classes:
            worse = one.named.grade == "outage" or following == "crash"
            if worse and (leading, following) in _LEADS and _first(one, other, leading, following):
                about = spelled(f"{one.title} {dict(one.scope).get('service', '')}", shared) or min(shared)
                then = f"{leading} first, then {following}" if leading != following else "what fails first, then what is missing"
                return f"both are about {about}: {then}"
    return ""


def _underneath(one: Kind, other: Kind, telling: frozenset[str]) -> str:
    """A network or a node fails, and what stands on it in the same place."""
    hit = FOLLOWERS.intersection(other.named.classes)
    if one.named.grade != "outage" or other.named.grade not in {"outage", "degraded"} or not hit:
        return ""
    if INFRASTRUCTURE & set(other.named.classes[:1]):
        return ""
    leading = next((name for name in one.named.classes if name in INFRASTRUCTURE), "")
    if leading == "node":
        same = one.instances & other.instances
        return f"both are on {min(same)}: node first, then {min(hit)}" if same else ""
    place = [value for name, value in one.scope if name in telling]
    if leading and place:
        return f"{leading} fails in the same place ({' '.join(place)}): {leading} first, then {min(hit)}"
    return ""


def _first(one: Kind, other: Kind, leading: str, following: str) -> bool:
    """Where both directions could be argued, the one that fails leads the one that lacks or degrades."""
    if leading != following and (following, leading) not in _LEADS:
        return True
    if leading == following == "registration":
        return "few" not in one.named.key and ("few" in other.named.key or "healthy" in other.named.key)
    return one.named.grade == "outage" and other.named.grade == "degraded"


def _subjects(kind: Kind) -> frozenset[str]:
    """What it is about: by its title, and by the service that it is of."""
    service = dict(kind.scope).get("service", "")
    return kind.named.subjects | read(service).subjects if service else kind.named.subjects


def _timing(leader: Course, follower: Course) -> str | None:
    """What the times say: empty without times, None where they speak against it."""
    if not leader.starts or not follower.starts:
        return ""
    after = 0
    for start in follower.starts:
        index = bisect_right(leader.starts, start) - 1
        after += index >= 0 and start - leader.starts[index] <= PATIENCE
    if after * 2 < len(follower.starts):
        return None
    return f"; {after} of {len(follower.starts)} began within {PATIENCE / 60:.0f} min after it"
