"""Times and durations as people and programs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_CLOCK = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?(?:\s?(?P<ap>[AaPp][Mm]))?"
_ZONE = r"(?:\s?(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}(?!\d)))?"
_ISO = re.compile(rf"(?P<y>\d{{4}})[-/.](?P<mo>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:[T ,]+{_CLOCK}{_ZONE})?(?![\d:])")
_NAMED = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?"
    r"(?P<d>\d{1,2})[ /-](?P<mon>[A-Za-z]{3})[a-z]*[ /-](?P<y>\d{4}|\d{2})"
    rf"(?:,?\s+{_CLOCK}{_ZONE})?(?![\d:])"
)
_SYSLOG = re.compile(rf"(?P<mon>[A-Z][a-z]{{2}})[a-z]*\s+(?P<d>\d{{1,2}})(?:,?\s+(?P<y>\d{{4}}),?)?\s+{_CLOCK}{_ZONE}(?![\d:])")
_NUMBERS = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<sep>[/.])(?P<b>\d{{1,2}})[/.](?P<y>\d{{4}}|\d{{2}})(?:,?\s+{_CLOCK}{_ZONE})?(?![\d:])"
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19}")
_HEAD = re.compile(r"\s*\[?(?=[\dMTWFSJAOND])")
_PARTS = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|w|weeks?)(?![a-z])", re.IGNORECASE
)
_SPAN = re.compile(r"(?:(?P<d>\d+)(?:\.|\s*days?,?\s+))?(?P<h>\d{1,4}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?")
_SCALES = {13: 1e3, 16: 1e6, 19: 1e9}  # digits of milliseconds, microseconds, nanoseconds since 1970
_UNITS = {"m": 60.0, "s": 1.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
YEARLESS = 2000
"""The year that a time without one gets: only differences are used. It is a leap year, so that 29 February exists."""

EARLIEST, LATEST = -2208988800.0, 7258118400.0  # 1900 and 2200: anything else is no time of an alert


def parse_time(text: str, *, day_first: bool = False) -> float | None:
    """Return seconds since 1970 UTC for a text that is nothing but a time; None if it is not.

    A time without an offset is taken for UTC. `day_first` decides 03/04/2024 only; 23/04/2024 decides itself.
    """
    text = text.strip().strip("[]").strip()
    if len(text) > 64 or not text:  # noqa: PLR2004 - longer than any time is written
        return None
    found = leading_time(text, day_first=day_first)
    if found is not None and not text[found[1] :].strip(" )]\t"):
        return found[0]
    if _EPOCH.fullmatch(text):
        value = float(text)
        digits = len(text.partition(".")[0])
        return value / _SCALES.get(digits, 1.0)
    return None


def leading_time(text: str, *, day_first: bool = False) -> tuple[float, int] | None:
    """Return the time at the start of the text, and where it ends; None if there is none."""
    head = _HEAD.match(text)
    if head is None:
        return None
    start = head.end()
    for pattern in (_ISO, _SYSLOG, _NAMED, _NUMBERS):
        match = pattern.match(text, start)
        if match is not None:
            at = _moment(match.group(), match.re, day_first)
            return None if at is None else (at, match.end() + (text[match.end() : match.end() + 1] == "]"))
    return None


@lru_cache(maxsize=4096)
def _moment(text: str, pattern: re.Pattern[str], day_first: bool) -> float | None:  # noqa: FBT001 - part of the cache's key
    match = pattern.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    try:
        day = _day(parts, day_first)
        if day is None:
            return None
        hour = int(parts["h"] or 0)
        if parts["ap"]:
            hour = hour % 12 + (12 if parts["ap"].lower() == "pm" else 0)
        micro = int((parts["f"] or "0")[:6].ljust(6, "0"))
        at = datetime(*day, hour, int(parts["mi"] or 0), int(parts["s"] or 0), micro, tzinfo=_zone(parts["z"]))
        seconds = at.timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if EARLIEST <= seconds <= LATEST else None


def _day(parts: dict[str, str | None], day_first: bool) -> tuple[int, int, int] | None:  # noqa: FBT001
    year = int(str(parts["y"])) if parts.get("y") else YEARLESS
    year += 2000 if len(str(parts["y"])) == len("24") and parts["y"] else 0
    if parts.get("mon"):
        month = _MONTHS.get(str(parts["mon"]).lower())
        return None if month is None else (year, month, int(str(parts["d"])))
    if parts.get("mo"):
        return year, int(str(parts["mo"])), int(str(parts["d"]))
    first, second = int(str(parts["a"])), int(str(parts["b"]))
    if second > 12 or (first <= 12 and not day_first and parts["sep"] == "/"):  # noqa: PLR2004 - months
        return year, first, second
    return year, second, first


def _zone(text: str | None) -> timezone:
    if not text or text in {"Z", "UTC", "GMT"}:
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def says_day_first(text: str) -> bool | None:
    """Whether a date of three numbers can only be day first (True) or month first (False); None if it does not say."""
    match = _NUMBERS.match(text.strip())
    if match is None or match["sep"] == ".":
        return None
    first, second = int(match["a"]), int(match["b"])
    return True if first > 12 else False if second > 12 else None  # noqa: PLR2004 - months


def ambiguous(text: str) -> bool:
    """Whether it is a date of three numbers with slashes."""
    match = _NUMBERS.match(text.strip())
    return match is not None and match["sep"] == "/"


def parse_duration(text: str, unit: float = 1.0) -> float | None:
    """Return seconds for `4m 30s`, `01:23:45`, `2 days, 3:04`, or a bare number of `unit` seconds; None if it is none of them."""
    text = text.strip()
    if not text or len(text) > 64:  # noqa: PLR2004
        return None
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        return float(text) * unit
    span = _SPAN.fullmatch(text)
    if span is not None:
        return int(span["d"] or 0) * 86400.0 + int(span["h"]) * 3600.0 + int(span["m"]) * 60.0 + int(span["s"] or 0)
    parts = _PARTS.findall(text)
    if not parts or re.sub(r"[\s,]|and", "", _PARTS.sub("", text)):
        return None
    return sum(_seconds(number, name) for number, name in parts)


def _seconds(number: str, name: str) -> float:
    value = float(number.replace(",", ".")[:12])
    return value / 1000 if name.lower() == "ms" else value * _UNITS[name[0].lower()]


def spoken(seconds: float) -> str:
    """Return a duration in the largest unit that fits: `45 s`, `4 min`, `2.5 h`, `3 d`."""
    for unit, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * unit or (seconds >= unit and seconds % unit == 0):
            value = seconds / unit
            return f"{value:.0f} {name}" if value >= 10 or abs(value - round(value)) < 0.05 else f"{value:.1f} {name}"  # noqa: PLR2004
    return f"{seconds:.0f} s"
