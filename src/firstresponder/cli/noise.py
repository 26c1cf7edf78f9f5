"""`firstresponder noise`: a list of tickets or alerts becomes the few that matter."""

from __future__ import annotations

import asyncio
import codecs
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import typer

from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DataDir
from firstresponder.cli.text import line
from firstresponder.errors import BadInput
from firstresponder.noise import show
from firstresponder.noise.entry import Source
from firstresponder.noise.forms.documents import of_labels
from firstresponder.noise.forms.read import read
from firstresponder.noise.kinds import Kinds
from firstresponder.noise.report import Report, report_of
from firstresponder.remediation.catalog import CATALOG

app = new()

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TOGETHER = 1000


class Shape(StrEnum):
    """For people, for machines, for a page or a ticket."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@app.command()
def noise(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="lists of tickets or alerts; - is the standard input")
    ] = None,
    *,
    shape: Annotated[Shape, typer.Option("--format", help="for people (text, markdown) or for machines (json)")] = Shape.TEXT,
    history: Annotated[bool, typer.Option("--history", help="take the alerts that this server stored, too")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Turn a noisy list of tickets or alerts into the few incidents that matter, and propose what to do about the rest.

    Reads plain lines, CSV with a header, and JSON: Alertmanager's alerts and webhook bodies, exports of ticket systems, or
    one object per line. Says what heals by itself, what leads and what follows, and what the list cannot tell. Works
    offline and changes nothing. Ends with 2 if an input cannot be read.
    """
    if not files and not history:
        raise BadInput("expected a FILE, - for the standard input, or --history, and got none of them")
    stream = Kinds(keep=shape is Shape.JSON)
    sources = [_source(name, stream) for name in files or []]
    if history:
        sources.append(asyncio.run(_history(data_dir, stream)))
    report = report_of(stream, sources, {action.id for action in CATALOG})
    if shape is Shape.JSON:
        _dump(report)
        return
    for each in show.text(report) if shape is Shape.TEXT else show.markdown(report):
        indent = each[: len(each) - len(each.lstrip(" "))]
        sys.stdout.write(f"{indent}{line(each)}\n")


def _source(name: str, stream: Kinds) -> Source:
    try:
        with _opened(name) as text:
            return read(text.readline, "standard input" if name == "-" else name, stream)
    except OSError as error:
        raise BadInput(f"{name}: cannot be read ({error.strerror or error})") from error
    except UnicodeError as error:
        raise BadInput(f"{name}: its first bytes say that it is {error.args[0]}, and it is not ({error})") from error


@contextmanager
def _opened(name: str) -> Iterator[io.TextIOWrapper]:
    """Open a file as text, whatever it is encoded in; bytes that are no text become replacement characters."""
    if name == "-":
        yield _decoded(sys.stdin.buffer)
        return
    with Path(name).open("rb") as raw:
        yield _decoded(raw)


def _decoded(raw: BinaryIO) -> io.TextIOWrapper:
    start = raw.peek(4)[:4] if isinstance(raw, io.BufferedReader) else b""
    encoding = next((each for mark, each in _MARKS if start.startswith(mark)), "utf-8")
    return io.TextIOWrapper(raw, encoding=encoding, errors="replace")


async def _history(data_dir: Path, stream: Kinds) -> Source:
    from firstresponder.cli.stored import stored  # noqa: PLC0415 - lists need no database, and its import is slow

    store = stored(data_dir)
    before = stream.count
    try:
        async for alert in store.alerts.export():
            resolved = alert.status == "resolved"
            ends = (alert.ends_at or alert.received_at).timestamp() if resolved else None
            entry = of_labels(alert.labels, alert.name, at=alert.starts_at.timestamp(), until=ends, resolved=resolved)
            stream.add(entry)
    finally:
        await store.close()
    return Source(name=str(data_dir), form="history", alerts=stream.count - before, unparsed=0)


def _dump(report: Report) -> None:
    """Write JSON piece by piece: members may be a million lines."""
    out = sys.stdout
    head = {
        "input": report.count,
        "read": [msgspec.to_builtins(source) for source in report.sources],
        "notes": report.notes,
    }
    out.write("{\n" + "".join(f'  "{name}": {_json(value)},\n' for name, value in head.items()))
    out.write('  "unparsed": ')
    _list((text for text, _ in report.unparsed), "  ")
    out.write(',\n  "incidents": [')
    for index, incident in enumerate(report.incidents):
        fields = {
            "priority": incident.priority,
            "title": incident.title,
            "alerts": incident.alerts,
            "reason": incident.reason,
            "places": incident.places,
            "heals": incident.heals,
            "leads": incident.leads,
            "hypotheses": incident.hypotheses,
        }
        out.write(("," if index else "") + "\n    {\n")
        out.write("".join(f'      "{name}": {_json(value)},\n' for name, value in fields.items()) + '      "members": ')
        _list(report.members(incident), "      ")
        out.write("\n    }")
    out.write("\n  ],\n" if report.incidents else "],\n")
    out.write(f'  "proposals": {_json([msgspec.to_builtins(each) for each in report.proposals])}\n}}\n')


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)  # ASCII: safe for a terminal


def _list(texts: Iterator[str], indent: str) -> None:
    waiting: list[str] = []
    begun = False
    sys.stdout.write("[")
    for text in texts:
        waiting.append(f"\n{indent}  {_json(text)}")
        if len(waiting) == _TOGETHER:
            sys.stdout.write(("," if begun else "") + ",".join(waiting))
            waiting, begun = [], True
    sys.stdout.write(("," if begun and waiting else "") + ",".join(waiting))
    sys.stdout.write(f"\n{indent}]" if begun or waiting else "]")
