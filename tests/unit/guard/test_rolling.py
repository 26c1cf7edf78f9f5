"""Kubernetes' rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.guard.rolling import Budget, rolling_budget, scaled


@pytest.mark.parametrize(
    ("unavailable", "surge", "replicas", "expected"),
    [
        ("25%", "25%", 1, Budget(0, 1)),
        ("25%", "25%", 4, Budget(1, 1)),
        ("25%", "25%", 10, Budget(2, 3)),
        ("0%", "0%", 10, Budget(1, 0)),
        (0, 0, 10, Budget(1, 0)),
        ("100%", 0, 3, Budget(3, 0)),
        (7, 0, 3, Budget(3, 0)),
        (0, "1%", 3, Budget(0, 1)),
    ],
)
def test_the_budget(unavailable: int | str, surge: int | str, replicas: int, expected: Budget) -> None:
    """The share maxUnavailable rounds down, maxSurge up, both at zero let one pod go, and no more than all can go."""
    rolling = {"maxUnavailable": unavailable, "maxSurge": surge}
    assert rolling_budget({"spec": {"strategy": {"rollingUpdate": rolling}}}, replicas) == expected


def test_the_defaults() -> None:
    """Where the strategy says nothing, both are 25%."""
    assert rolling_budget({"spec": {}}, 10) == Budget(2, 3)


@pytest.mark.parametrize("value", ["25", "%", "-1%", "2.5%", "", None, True, -1, 0.5])
def test_what_is_no_count(value: object) -> None:
    """What is neither a count nor a percentage is refused, not guessed."""
    with pytest.raises(ValueError, match="expected a count or a percentage"):
        scaled(value, 10, up=True)  # type: ignore[arg-type]


@given(percent=st.integers(0, 300), total=st.integers(0, 1000))
def test_rounding_up_and_down_enclose_the_share(percent: int, total: int) -> None:
    """The share lies between its two roundings, which are at most one pod apart."""
    down, up = (scaled(f"{percent}%", total, up=way) for way in (False, True))
    assert down <= percent * total / 100 <= up <= down + 1
