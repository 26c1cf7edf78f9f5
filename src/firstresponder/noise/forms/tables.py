"""Tables: CSV with a comma, semicolon, tab or bar, whose first row names its columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from firstresponder.noise.entry import Entry
from firstresponder.noise.forms.fields import columns_of
from firstresponder.noise.forms.records import entry_of
from firstresponder.noise.limits import MAX_CELL, MAX_ROW
from firstresponder.noise.times import ambiguous, says_day_first

_DELIMITERS = ",;\t|"
_MOST = 200  # columns


class Table(NamedTuple):
    """A table's header, understood."""

    delimiter: str
    header: tuple[str, ...]
    columns: dict[str, str]
    ignored: tuple[str, ...]


def table_of(first: str) -> Table | None:
    """Return the table that a first line heads; None if it names no title or nothing beside it."""
    for delimiter in sorted(_DELIMITERS, key=first.count, reverse=True):
        if delimiter not in first:
            return None
        header = tuple(cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), []))
        if len(header) > _MOST or len(set(header)) != len(header):
            continue
        columns, ignored = columns_of(header)
        if "title" in columns and len(columns) > 1 and (len(columns) > 2 or len(header) <= 4):  # noqa: PLR2004 - prose has few
            return Table(delimiter, header, columns, ignored)
    return None


def rows(lines: Iterable[str], table: Table, *, day_first: bool) -> Iterator[Entry | tuple[str, str]]:
    """Yield an entry, or (line, why not), for what comes after the header. Cells may span lines."""
    csv.field_size_limit(MAX_CELL)
    raw: list[str] = []  # the lines of the row that is being read: a row that cannot be read is shown line by line

    def kept() -> Iterator[str]:
        for line in lines:
            raw.append(line)
            yield f"{line}\n"

    reader = csv.reader(kept(), delimiter=table.delimiter)
    while True:
        raw.clear()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield from ((line, f"not readable as a row: {error}") for line in raw)
            continue
        if cells is None:
            return
        if len(raw) > MAX_ROW:
            yield from ((line, f"one row of more than {MAX_ROW} lines: a quote that is never closed?") for line in raw)
        elif any(cell.strip() for cell in cells):
            entry = entry_of(dict(zip(table.header, cells, strict=False)), table.columns, day_first=day_first)
            yield (" ".join(raw), entry) if isinstance(entry, str) else entry


def day_first_of(sample: Sequence[str], table: Table) -> tuple[bool, str]:
    """Whether dates of three numbers begin with the day, by the sample; and a note where it does not say."""
    said: set[bool] = set()
    unsure = False
    for cells in csv.reader((line[:MAX_CELL] for line in sample), delimiter=table.delimiter):
        row = dict(zip(table.header, cells, strict=False))
        for ours in ("start", "end"):
            text = row.get(table.columns.get(ours, ""), "")
            answer = says_day_first(text)
            unsure |= ambiguous(text)
            if answer is not None:
                said.add(answer)
    if unsure and not said:
        return False, "dates like 03/04/2024 were read month first: nothing in the first rows decides it"
    return True in said and False not in said, ""
