"""Times for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from firstresponder.cli.times import span, stamp


def test_stamp_is_utc() -> None:
    """A time of another zone is shown in UTC."""
    there = datetime(2026, 3, 10, 14, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(there) == "2026-03-10 12:00:05Z" == stamp(there.astimezone(UTC))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (0.9, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")],
)
def test_span(seconds: float, text: str) -> None:
    """The two largest units, rounded down."""
    assert span(seconds) == text
