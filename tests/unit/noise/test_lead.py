"""What leads and what follows, measured."""

from __future__ import annotations

from random import Random  # noqa: TID251 - a fixed seed

import pytest

from firstresponder.noise.lead import Lead, episodes_of, leads_of, wide_leads_of

HOUR = 3600.0
ANYWHERE: list[dict[str, str]] = [{}, {}]
TWO = ["a", "b"]


def after(lag: float, times: int = 8) -> list[list[float]]:
    """Two kinds: the second begins `lag` seconds after the first, every seven hours."""
    first = [number * 7 * HOUR for number in range(times)]
    return [first, [at + lag for at in first]]


def test_a_lead_with_its_numbers() -> None:
    """What follows every time within the window is told with support, lift and lag."""
    (lead,) = leads_of(after(120), ANYWHERE, TWO)
    assert (lead.leader, lead.follower, lead.support, lead.episodes, lead.lag) == (0, 1, 8, 8, 120)
    assert lead.lift > 20


@pytest.mark.parametrize(
    "starts",
    [
        after(0),  # the same second tells no order
        after(HOUR),  # too late
        after(120, times=2),  # too seldom
        [[0, 7 * HOUR, 14 * HOUR, 21 * HOUR], [60, 7 * HOUR - 60, 14 * HOUR + 60, 21 * HOUR - 60]],  # both directions
        [[n * 300.0 for n in range(20)], [n * 300.0 + 10 for n in range(20)]],  # one storm is one episode
    ],
    ids=["same second", "too late", "twice", "both ways", "a storm"],
)
def test_what_is_no_lead(starts: list[list[float]]) -> None:
    """Without order, closeness, number or direction nothing is told."""
    assert leads_of(starts, ANYWHERE, TWO) == []


def test_other_places_lead_nothing() -> None:
    """What happens in another zone is not followed, however close in time."""
    assert leads_of(after(120), [{"zone": "a"}, {"zone": "b"}], TWO) == []
    assert len(leads_of(after(120), [{"zone": "a"}, {"zone": "a"}], TWO)) == 1


def test_one_alert_in_two_namespaces_leads_nothing() -> None:
    """The same key does not lead itself."""
    assert leads_of(after(120), ANYWHERE, ["a", "a"]) == []


def test_chance_is_no_lead() -> None:
    """Twelve kinds that come whenever they like, in twenty streams: no lead is told."""
    chance = Random(5)  # noqa: S311 - no secret
    found: list[Lead] = []
    for _ in range(20):
        starts = [sorted(chance.uniform(0, 14 * 24 * HOUR) for _ in range(60)) for _ in range(12)]
        found += leads_of(starts, [{}] * 12, [str(number) for number in range(12)])
    assert found == []


def test_so_many_pairs_that_some_must_fit() -> None:
    """Two hundred kinds with six alerts each in two days: some pairs fit three times, and the number of pairs is counted in."""
    chance = Random(6)  # noqa: S311 - no secret
    starts = [sorted(chance.uniform(0, 48 * HOUR) for _ in range(6)) for _ in range(200)]
    assert leads_of(starts, [{}] * 200, [str(number) for number in range(200)]) == []


def test_less_than_three_times_chance_is_no_lead() -> None:
    """Half of four hundred follow where chance would have a fifth: no accident, and too little to call it a lead."""
    leader = [number * 3000.0 for number in range(2000)]
    follower = [leader[number * 5] + (300 if number % 2 else 1500) for number in range(400)]
    assert leads_of([leader, follower], ANYWHERE, TWO) == []


def test_a_frequent_leader_is_chance() -> None:
    """Something that fires all the time precedes everything, and leads nothing."""
    often = [number * 900.0 for number in range(600)]
    seldom = [number * 11 * HOUR + 7 for number in range(13)]
    assert leads_of([often, seldom], ANYWHERE, TWO) == []


def test_a_node_takes_pods_of_many_namespaces_with_it() -> None:
    """Seen namespace by namespace each follows once; together they follow every time, and each is named."""
    first = [number * 7 * HOUR for number in range(8)]
    starts = [first, *([at + 60] for at in first)]
    keys = ["node", *["pod"] * 8]
    assert leads_of(starts, [{}] * 9, keys) == []
    found = wide_leads_of(starts, [{}] * 9, keys)
    assert [(lead.leader, lead.follower, lead.support) for lead in found] == [(0, number, 8) for number in range(1, 9)]


def test_episodes() -> None:
    """Starts less than ten minutes apart are one episode, at its first start."""
    assert episodes_of([0, 500, 1000, 5000]) == [0, 5000]
