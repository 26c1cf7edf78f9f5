"""Spans of time as a person says them."""

from __future__ import annotations

import pytest

from firstresponder.guard.spans import span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (95, "1.6 min"),
        (600, "10 min"),
        (5400, "1.5 h"),
        (86400, "1 d"),
        (-90, "-1.5 min"),
    ],
)
def test_the_largest_unit_that_fits(seconds: float, said: str) -> None:
    """A span is said in its largest unit, with one decimal where it has one."""
    assert span(seconds) == said
