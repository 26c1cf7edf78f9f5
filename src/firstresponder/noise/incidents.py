"""Which kinds are one incident, and in what order incidents matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from firstresponder.noise import places
from firstresponder.noise.entry import Scope
from firstresponder.noise.heal import Course, together
from firstresponder.noise.kinds import Kind
from firstresponder.noise.lead import Lead
from firstresponder.noise.meaning import Guess
from firstresponder.noise.priority import Judged, is_noise, judge
from firstresponder.noise.words import RANK

WIDESPREAD = 5  # places: the same alert in more of them is one incident
_NAMED = 3  # followers in a title


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the answer. Kinds are numbers into the stream's list of kinds."""

    priority: str  # P1 to P5
    title: str
    alerts: int
    reason: str
    places: str
    heals: str
    leads: tuple[str, ...]  # measured, in words
    hypotheses: tuple[str, ...]  # by meaning, in words
    kinds: tuple[int, ...]  # the first is what it is called after
    noise: bool


def noise_of(kinds: Sequence[Kind], courses: Sequence[Course]) -> frozenset[int]:
    """Return the kinds that nobody needs to be woken for, by themselves."""
    return frozenset(kind.number for kind, course in zip(kinds, courses, strict=True) if is_noise(kind, course))


def incidents_of(
    kinds: Sequence[Kind], courses: Sequence[Course], leads: Sequence[Lead], guesses: Sequence[Guess]
) -> list[Incident]:
    """Return the incidents, what matters most first. Every kind is in exactly one."""
    noise = noise_of(kinds, courses)
    forest = _Forest(len(kinds))
    for lead in leads:
        forest.join(lead.leader, lead.follower)
    for guess in guesses:
        forest.join(guess.leader, guess.follower)
    links: list[Lead | Guess] = [*leads, *guesses]
    linked = {number for link in links for number in (link.leader, link.follower)}
    _join_degrees(forest, kinds, noise)
    _join_everywhere(forest, kinds, noise, linked)
    lasting = {(kind.named.lasting, kind.scope): kind for kind in kinds if not kind.named.transient and kind.number not in noise}
    found = [_incident([kinds[n] for n in group], courses, leads, guesses, lasting) for group in forest.groups()]
    order = sorted(range(len(found)), key=lambda i: (found[i][1].order, kinds[found[i][0].kinds[0]].number))
    return [found[i][0] for i in order]


class _Forest:
    """Which numbers belong together."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def root(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._above[second] = first

    def groups(self) -> list[list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for number in range(len(self._above)):
            found[self.root(number)].append(number)
        return list(found.values())


def _join_degrees(forest: _Forest, kinds: Sequence[Kind], noise: frozenset[int]) -> None:
    """`Stale` and `VeryStale` in one place are one thing, unless one of them is only noise."""
    first: dict[object, int] = {}
    for kind in kinds:
        key = (kind.named.base or kind.key, kind.scope, kind.named.transient, kind.number in noise)
        if kind.key.startswith("*"):
            continue
        forest.join(first.setdefault(key, kind.number), kind.number)


def _join_everywhere(forest: _Forest, kinds: Sequence[Kind], noise: frozenset[int], linked: set[int]) -> None:
    """Noise of one kind is one incident wherever it is; so is anything that is in many places and part of nothing else."""
    same: defaultdict[str, list[int]] = defaultdict(list)
    harmless: defaultdict[str, list[int]] = defaultdict(list)
    for kind in kinds:
        if kind.number in linked:
            continue
        same[kind.key].append(kind.number)
        if kind.number in noise and kind.named.grade == "harmless" and kind.named.classes:
            harmless[kind.named.classes[0]].append(kind.number)
    for numbers in same.values():
        quiet = [number for number in numbers if number in noise]
        loud = [number for number in numbers if number not in noise]
        for alike in (quiet, loud if len(loud) > WIDESPREAD else []):
            for number in alike[1:]:
                forest.join(alike[0], number)
    for numbers in harmless.values():
        for number in numbers[1:]:
            forest.join(numbers[0], number)


def _incident(
    group: list[Kind],
    courses: Sequence[Course],
    leads: Sequence[Lead],
    guesses: Sequence[Guess],
    lasting: Mapping[tuple[str, Scope], Kind],
) -> tuple[Incident, Judged]:
    inside = {kind.number for kind in group}
    mine = [lead for lead in leads if lead.leader in inside and lead.follower in inside]
    thought = [guess for guess in guesses if guess.leader in inside and guess.follower in inside]
    links: list[Lead | Guess] = [*mine, *thought]
    followers = {link.follower for link in links}
    head = _head(group, followers, links)
    rest = sorted((kind for kind in group if kind is not head), key=lambda kind: (-RANK[kind.severity], -kind.count, kind.number))
    judged = judge(head, group, courses, mine, thought)
    names = {kind.number: kind.title for kind in group}
    return (
        Incident(
            priority=judged.priority,
            title=_title(head, rest, followers),
            alerts=sum(kind.count for kind in group),
            reason=judged.reason,
            places=places.all_written(kind.scope for kind in group),
            heals=together([courses[kind.number] for kind in group if kind.key == head.key]).told,
            leads=tuple(dict.fromkeys(_lead(lead, names) for lead in mine)),
            hypotheses=tuple(dict.fromkeys([*(_guess(guess, names) for guess in thought), *_early(group, lasting)])),
            kinds=(head.number, *(kind.number for kind in rest)),
            noise=judged.noise,
        ),
        judged,
    )


def _head(group: Sequence[Kind], followers: set[int], links: Sequence[Lead | Guess]) -> Kind:
    """What leads and follows nothing itself; among several the one with most followers, then the most severe, most frequent."""
    led: defaultdict[int, int] = defaultdict(int)
    for link in links:
        led[link.leader] += 1
    return min(group, key=lambda k: (k.number in followers, -led[k.number], -RANK[k.severity], -k.count, k.number))


def _title(head: Kind, rest: Sequence[Kind], followers: set[int]) -> str:
    where = places.written(head.scope)
    others = list({kind.key: kind.title for kind in reversed(rest) if kind.key != head.key}.values())[::-1]
    if any(kind.key == head.key for kind in rest):
        scopes = list(dict.fromkeys(kind.scope for kind in (head, *rest) if kind.key == head.key))
        where = f"{len(scopes)} places" if len(scopes) > _NAMED else places.all_written(scopes)
    text = f"{head.title} in {where}" if where else head.title
    if others:
        word = "then" if any(kind.number in followers for kind in rest) else "with"
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        text += f", {word} {', '.join(others[:_NAMED])}{more}"
    return text


def _guess(guess: Guess, names: dict[int, str]) -> str:
    return f"hypothesis, by the words: {names[guess.follower]} may follow from {names[guess.leader]} ({guess.why})"


def _early(group: Sequence[Kind], lasting: Mapping[tuple[str, Scope], Kind]) -> Iterator[str]:
    """What calls itself passing may be the early sign of the same trouble that did not pass there."""
    for kind in group:
        other = lasting.get((kind.named.lasting, kind.scope)) if kind.named.transient else None
        if other is not None and other not in group:
            where = f" in {places.written(kind.scope)}" if kind.scope else ""
            yield (f"hypothesis, by the words: {kind.count} of these{where} may be early signs of {other.title} there")


def _lead(lead: Lead, names: dict[int, str]) -> str:
    return (
        f"measured: {names[lead.follower]} followed {names[lead.leader]} {lead.support} of {lead.episodes} times within 10 min, "
        f"{lead.lag:.0f} s later on average, {lead.lift:.1f} times as often as by chance"
    )
