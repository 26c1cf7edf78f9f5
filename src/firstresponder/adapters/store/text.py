"""Times and nouns as the text that the tables hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import structlog

_log = structlog.get_logger(__name__)
T = TypeVar("T")


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, always 27 characters; ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"expected an aware time, got {at.isoformat()} without a zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse(text: str) -> datetime:
    """Read what `moment` wrote."""
    return datetime.fromisoformat(text)


def parse_or_none(text: str | None) -> datetime | None:
    """Read what `moment` wrote, where there may be nothing."""
    return None if text is None else datetime.fromisoformat(text)


def dump(value: Any) -> str:
    """JSON of a noun."""
    return msgspec.json.encode(value).decode()


def load(form: type[T], body: str, where: str) -> T | None:
    """Read a noun; None, and a log line that names the row, when it was written in a form that is no longer read."""
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, TypeError, UnicodeDecodeError) as error:
        _log.error("store.undecodable", where=where, form=form.__name__, error=str(error))
        return None
