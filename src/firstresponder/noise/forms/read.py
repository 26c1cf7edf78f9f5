"""Which form an input has, and reading it as that: JSON document, JSON lines, table, or plain lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, Protocol

import msgspec

from firstresponder.errors import BadInput
from firstresponder.noise.entry import Entry, Source
from firstresponder.noise.forms import documents, lines, tables
from firstresponder.noise.forms.plain import read_line
from firstresponder.noise.limits import MAX_CELL, MAX_DOCUMENT, MAX_LINE, SAMPLE
from firstresponder.noise.times import ambiguous, says_day_first

Readline = Callable[[int], str]
"""As of a text file: at most so many characters of the next line; "" at the end."""

_JSON = re.compile(r"\s*[\[{]\s*(?:[\"{\[\]}]|$)")
_REST = 65_536


class Sink(Protocol):
    """What takes the entries."""

    def add(self, entry: Entry) -> None:
        """Take an entry."""
        ...

    def reject(self, text: str, why: str) -> None:
        """Take a line that is none."""
        ...


class _Counted:
    """Counts what goes into a sink, and takes lines that are too long to it."""

    def __init__(self, sink: Sink) -> None:
        self.sink, self.alerts, self.unparsed = sink, 0, 0

    def take(self, item: Entry | tuple[str, str]) -> None:
        if isinstance(item, Entry):
            self.alerts += 1
            self.sink.add(item)
        else:
            self.unparsed += 1
            self.sink.reject(*item)

    def lines(self, readline: Readline, limit: int) -> Iterator[str]:
        """Yield lines without their ends; a longer one is rejected, its beginning is shown."""
        while line := readline(limit + 1):
            if line[-1] == "\n":
                yield line[:-1]
            elif len(line) <= limit:
                yield line
            else:
                while (rest := readline(_REST)) and rest[-1] != "\n":
                    pass
                self.take((line[:200] + "…", f"longer than {limit} characters"))


def read(readline: Readline, name: str, sink: Sink) -> Source:
    """Read one input into the sink; return how it was read. Raises BadInput for JSON that breaks off or is too large."""
    counted = _Counted(sink)
    first = ""
    while not first.strip():
        first = readline(MAX_LINE + 1)
        if not first:
            return Source(name=name, form="lines", alerts=0, unparsed=0, notes=("it is empty",))
        first = first.removeprefix("\ufeff")
    if _JSON.match(first):
        if first[-1] != "\n":
            first += readline(MAX_DOCUMENT)
        return _json(first, readline, name, counted)
    table = tables.table_of(first[:-1]) if first[-1] == "\n" else None
    if table is not None:
        return _table(table, readline, name, counted)
    return _lines(counted.lines(_Pushed(first, readline), MAX_LINE), name, counted)


class _Pushed:
    """A readline with one piece put back in front."""

    def __init__(self, piece: str, readline: Readline) -> None:
        self._piece, self._readline = piece, readline

    def __call__(self, limit: int) -> str:
        if self._piece:
            piece, self._piece = self._piece[:limit], self._piece[limit:]
            return piece
        return self._readline(limit)


def _lines(stream: Iterator[str], name: str, counted: _Counted) -> Source:
    sample = list(islice(stream, SAMPLE))
    style = lines.style_of(sample)
    day_first, notes = _dates(sample)
    for text, flat in lines.records(chain(sample, stream), style):
        entry = read_line(text, flat, day_first=day_first)
        counted.take((text, entry) if isinstance(entry, str) else entry)
    if style.wrapped:
        notes += ("names broken over two lines were put together",)
    return Source(name=name, form="lines", alerts=counted.alerts, unparsed=counted.unparsed, notes=notes)


def _dates(sample: list[str]) -> tuple[bool, tuple[str, ...]]:
    """How to read 03/04/2024 at the head of lines."""
    heads = [line.lstrip(" [") for line in sample]
    said = {answer for head in heads if (answer := says_day_first(head)) is not None}
    unsure = not said and any(ambiguous(head) for head in heads)
    note = ("dates like 03/04/2024 were read month first: nothing in the first lines decides it",) if unsure else ()
    return said == {True}, note


def _table(table: tables.Table, readline: Readline, name: str, counted: _Counted) -> Source:
    stream = counted.lines(readline, 2 * MAX_CELL)
    sample = list(islice(stream, SAMPLE))
    day_first, note = tables.day_first_of(sample, table)
    for item in tables.rows(chain(sample, stream), table, day_first=day_first):
        counted.take(item)
    return Source(
        name=name,
        form="table",
        alerts=counted.alerts,
        unparsed=counted.unparsed,
        columns=table.columns,
        ignored=table.ignored,
        notes=(note,) if note else (),
    )


def _json(first: str, readline: Readline, name: str, counted: _Counted) -> Source:
    seen = documents.Columns()
    value = _decoded(first)
    form = "json"
    if isinstance(value, (dict, list)):
        for number, line in enumerate(chain((first,), counted.lines(readline, MAX_DOCUMENT))):
            form = "json lines" if number and line.strip() else form
            _json_line(line, counted, seen)
    else:
        for each in _documents(first, readline, name):
            for item in documents.entries(each, seen):
                counted.take(item)
    return Source(name=name, form=form, alerts=counted.alerts, unparsed=counted.unparsed, columns=seen.used)


def _json_line(line: str, counted: _Counted, seen: documents.Columns) -> None:
    """One value a line; lines of text between them are read as lines."""
    text = line.strip()
    if not text:
        return
    value = _decoded(text) if text[0] in "{[" else None
    if isinstance(value, (dict, list)):
        for item in documents.entries(value, seen):
            counted.take(item)
    elif _JSON.match(text):
        counted.take((text[:400], "JSON that breaks off"))
    else:
        entry = read_line(text[:MAX_LINE])
        counted.take((text[:MAX_LINE], entry) if isinstance(entry, str) else entry)


def _decoded(text: str) -> Any:
    """The value of a JSON text; None where it is none."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, UnicodeEncodeError, RecursionError):
        pass
    try:  # the standard library takes what others write: NaN, halves of surrogate pairs
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _documents(first: str, readline: Readline, name: str) -> Iterator[Any]:
    """Yield the values of a document of several lines, or of several such documents one after the other."""
    parts, size = [first], len(first)
    while piece := readline(_REST):
        parts.append(piece)
        size += len(piece)
        if size > MAX_DOCUMENT:
            raise BadInput(
                f"{name}: a JSON document of more than {MAX_DOCUMENT:,} characters; expected less, or one object per line "
                "(jq -c '.[]' makes that)"
            )
    text, decoder, at = "".join(parts), json.JSONDecoder(), 0
    while at < len(text):
        if text[at] in " \t\r\n,":
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{name}: it begins as JSON, and cannot be read: {str(error)[:200] or 'nested too deep'}") from error
        yield value
