"""One alert of a stream, whatever form it came in."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Scope = tuple[tuple[str, str], ...]
"""Where it happened, the widest first: `(("cluster", "prod"), ("namespace", "shop"))`."""

NO_LABELS: Mapping[str, str] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One alert, ticket or message. Times are seconds since 1970 UTC; None where the stream does not say."""

    text: str  # the original line(s), or a readable line for a record of a table or a document
    title: str
    name: str = ""  # the alert's name, where it has one beside or instead of a title
    scope: Scope = ()
    instance: str = ""
    severity: str = ""  # critical, high, warning, low, info or none; "" where it is not said
    status: str = ""  # firing, resolved, or "" where it is not said
    at: float | None = None
    until: float | None = None
    lasted: float | None = None  # seconds, where a duration is given instead of an end
    whole: bool = False  # it stands for an alert from start to end; a resolved one that is not is only the message of an end
    ended_by: str = ""  # self or person; "" where it is not said
    identity: str = ""  # what two records of one alert share; "" where only the title can tell
    labels: Mapping[str, str] = NO_LABELS


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How one input was read."""

    name: str
    form: str  # lines, table, json or json lines; history for the own store
    alerts: int
    unparsed: int
    columns: dict[str, str] = {}  # of a table or of records: our field → their column
    ignored: tuple[str, ...] = ()  # columns that were not used
    notes: tuple[str, ...] = ()
