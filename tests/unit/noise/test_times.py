"""Times and durations as they are written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.noise.times import leading_time, parse_duration, parse_time, spoken

AT = datetime(2024, 5, 1, 12, 3, tzinfo=UTC).timestamp()


SPELLINGS = """2024-05-01 12:03~2024-05-01T12:03:00Z~2024-05-01T12:03:00.000+00:00~2024/05/01 12:03:00~
2024-05-01T14:03:00+02:00~01/May/24 12:03 PM~Wed, 01 May 2024 12:03:00 GMT~
May 1, 2024 12:03 PM~1714564980~1714564980000~05/01/2024 12:03~01.05.2024 12:03"""


@pytest.mark.parametrize("text", SPELLINGS.replace("~\n", "~").split("~"))
def test_one_moment_in_many_spellings(text: str) -> None:
    """Each of them is 1 May 2024, 12:03 UTC."""
    assert parse_time(text) == AT


@pytest.mark.parametrize(
    "text", ["", "12:03", "2024-13-01", "2024-02-30", "tomorrow", "99999", "2024-05-01 12:03 disk", "0001-01-01T00:00:00Z"]
)
def test_what_is_no_time(text: str) -> None:
    """Impossible dates, bare clocks, Go's zero time and prose are none."""
    assert parse_time(text) is None


def test_a_time_without_a_year_keeps_its_order() -> None:
    """Syslog has no year; times within one are still in order."""
    first, second = parse_time("Feb 29 12:03:11"), parse_time("Mar  1 00:00:00")
    assert first is not None
    assert second is not None
    assert 0 < second - first < 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4m 30s", 270),
        ("01:23:45", 5025),
        ("2 days, 3:04:05", 183845),
        ("300", 300),
        ("1h30m", 5400),
        ("500 ms", 0.5),
        ("4 min and 1 s", 241),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    """Durations in the spellings of exports."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "4 apples", "m"])
def test_what_is_no_duration(text: str) -> None:
    """Other words are none."""
    assert parse_duration(text) is None


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    """Any text is a time and a duration or is not, and a leading time ends within the text."""
    found = leading_time(text)
    assert found is None or 0 < found[1] <= len(text)
    parse_time(text)
    parse_duration(text)


@given(st.integers(min_value=31_536_000, max_value=7_226_582_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_what_was_written_is_read(at: datetime) -> None:
    """ISO times are read back exactly."""
    assert parse_time(at.isoformat()) == at.timestamp()


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (60, "1 min"), (240, "4 min"), (9000, "2.5 h"), (259200, "3 d")])
def test_spoken(seconds: float, words: str) -> None:
    """Durations in the largest unit that fits."""
    assert spoken(seconds) == words
