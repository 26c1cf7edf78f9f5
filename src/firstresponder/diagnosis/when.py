"""Times as the API server writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from firstresponder.model import Json

ZERO = timedelta(0)


def moment(text: Json) -> datetime | None:
    """Parse an RFC 3339 time; None when it is absent, malformed or the zero time that runtimes write for "never"."""
    if not isinstance(text, str) or not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return parsed.astimezone(UTC) if parsed.year > 1970 else None  # noqa: PLR2004 - containerd writes the epoch for "not started"


def spoken(span: timedelta) -> str:
    """Put a duration into words: `45 s`, `12 min`, `3 h`, `4 days`."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
