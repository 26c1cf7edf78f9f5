"""What leads and what follows, measured by times.

For two kinds in places that do not contradict, an episode of the one is followed by an episode of the other when that
begins within `WINDOW` seconds after it. *Support* is how often; *lift* is how many times more often than chance would
have it, if both came whenever they liked over the length of the stream. A lead is told only where support, lift,
direction and the odds of chance (Poisson, corrected for the number of pairs looked at) all agree.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from heapq import merge

import msgspec
from msgspec.structs import replace

from firstresponder.noise.limits import MAX_PAIRS, WINDOW
from firstresponder.noise.places import apart

ENOUGH = 3  # times
LIFT = 3.0
SHARE = 0.5  # of the follower's episodes
BACKWARD = 0.2  # as many the other way round as this share, at most
CHANCE = 0.01  # for the whole stream
_HELD = 300  # episodes that are looked back at


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One kind that another follows, by their numbers."""

    leader: int
    follower: int
    support: int
    episodes: int  # of the follower
    leader_episodes: int
    lift: float
    lag: float  # seconds, mean


def episodes_of(starts: Sequence[float]) -> list[float]:
    """Return the first start of each run of starts less than WINDOW apart: a storm is one episode."""
    episodes: list[float] = []
    last = -math.inf
    for start in starts:
        if start - last > WINDOW:
            episodes.append(start)
        last = start
    return episodes


def leads_of(starts: Sequence[Sequence[float]], scopes: Sequence[Mapping[str, str]], keys: Sequence[str]) -> list[Lead]:
    """Return the leads among kinds with different keys, the strongest first.

    `starts` are sorted seconds, `scopes` the strong places. One alert in two namespaces leads nothing.
    """
    episodes = [episodes_of(each) for each in starts]
    counts = _followed(episodes, scopes, keys)
    seen = [each for times in episodes if times for each in (times[0], times[-1])]
    length = (max(seen) - min(seen) + WINDOW) if seen else 0.0
    if length < 10 * WINDOW:  # shorter than that, everything is near everything
        return []
    found: list[Lead] = []
    for (leader, follower), (support, lag) in counts.items():
        if support < ENOUGH or support < SHARE * len(episodes[follower]):
            continue
        if counts.get((follower, leader), (0, 0.0))[0] > BACKWARD * support:
            continue
        expected = len(episodes[follower]) * -math.expm1(-len(episodes[leader]) * WINDOW / length)
        if support < LIFT * expected or _tail(support, expected) * len(counts) > CHANCE:
            continue
        found.append(
            Lead(
                leader=leader,
                follower=follower,
                support=support,
                episodes=len(episodes[follower]),
                leader_episodes=len(episodes[leader]),
                lift=support / expected,
                lag=lag / support,
            )
        )
    return sorted(found, key=lambda lead: (-lead.support, -lead.lift, lead.leader, lead.follower))


def _followed(
    episodes: Sequence[Sequence[float]], scopes: Sequence[Mapping[str, str]], keys: Sequence[str]
) -> dict[tuple[int, int], tuple[int, float]]:
    """Count, for each pair, the episodes of the second that begin after one of the first, and their lags in seconds.

    What begins in the same second tells no order and counts for neither.
    """
    line = sorted((at, number) for number, times in enumerate(episodes) for at in times)
    counts: dict[tuple[int, int], tuple[int, float]] = {}
    held: deque[tuple[float, int]] = deque(maxlen=_HELD)
    elsewhere: set[tuple[int, int]] = set()
    for at, number in line:
        while held and at - held[0][0] > WINDOW:
            held.popleft()
        for before, other in held:
            pair = (other, number)
            if other == number or before >= at or pair in elsewhere:
                continue
            if pair not in counts and (
                len(counts) >= MAX_PAIRS or keys[other] == keys[number] or apart(scopes[other], scopes[number])
            ):
                elsewhere.add(pair)
                continue
            support, lag = counts.get(pair, (0, 0.0))
            counts[pair] = (support + 1, lag + at - before)
        held.append((at, number))
    return counts


def _tail(count: int, expected: float) -> float:
    """The chance of at least `count` where `expected` come on average (Poisson)."""
    if expected <= 0:
        return 0.0
    term = math.exp(-expected + count * math.log(expected) - math.lgamma(count + 1))
    total, number = 0.0, count
    while term > total * 1e-12 and number < count + 1000:
        total += term
        number += 1
        term *= expected / number
    return min(total, 1.0)


def wide_leads_of(starts: Sequence[Sequence[float]], scopes: Sequence[Mapping[str, str]], keys: Sequence[str]) -> list[Lead]:
    """Return the leads among kinds, then those that show only when namespaces and services are not told apart.

    A node takes pods of many namespaces with it, of each only once in a while. The numbers of such a lead are those of
    all its namespaces; it names the kinds that did follow, each with the kind that it followed most.
    """
    found = leads_of(starts, scopes, keys)
    following = {lead.follower for lead in found}
    groups: defaultdict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        groups[key, tuple(sorted(scopes[number].items()))].append(number)
    if all(len(group) == 1 for group in groups.values()):
        return found
    every = list(groups.values())
    merged = [list(merge(*(starts[number] for number in group))) for group in every]
    for wide in leads_of(merged, [scopes[group[0]] for group in every], [keys[group[0]] for group in every]):
        for number in every[wide.follower]:
            leader = _most_followed(starts, every[wide.leader], number) if number not in following else None
            if leader is not None:
                found.append(replace(wide, leader=leader, follower=number))
    return found


def _most_followed(starts: Sequence[Sequence[float]], leaders: Sequence[int], follower: int) -> int | None:
    """Which of the leaders the follower began soon after most often; None if none."""
    hits: Counter[int] = Counter()
    for leader in leaders:
        for start in starts[follower]:
            index = bisect_left(starts[leader], start) - 1
            hits[leader] += index >= 0 and start - starts[leader][index] <= WINDOW
    best = hits.most_common(1)
    return best[0][0] if best and best[0][1] else None
