"""Plain lines: which lines are one record. A record may be wrapped over lines; every line stays in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from firstresponder.noise.forms.plain import has_head
from firstresponder.noise.limits import WRAPPED
from firstresponder.noise.names import identifier

_TOKEN = re.compile(r"[^\W\d_]\w{1,80}[.!]?")
_PIECE = re.compile(r"[A-Z]?[a-z]+[.!]?")
_ENDS_OPEN = re.compile(r"(?:[:|]|\s(?:on|in|of|the|for|to|with|and|at|is|from|by))\s*$", re.IGNORECASE)
_ENDS_IN_NAME = re.compile(r"(?:^|\s)[A-Za-z][A-Za-z0-9]*$")
_ENOUGH = 3


class Style(NamedTuple):
    """How the records of a file are laid out."""

    wrapped: bool  # names are broken over two lines
    indented: bool  # indentation means nothing, because most lines have it


def style_of(sample: Sequence[str]) -> Style:
    """Look at the first lines of a file."""
    lines = [line for line in sample if line.strip()]
    indented = sum(line[0] in " \t" for line in lines) * 2 > len(lines)
    heads = [has_head(line) for line in lines]
    tails = [index for index, line in enumerate(lines) if not heads[index] and _TOKEN.fullmatch(line.strip())]
    bare = sum(not head for head in heads)
    wrapped = len(tails) >= _ENOUGH and len(tails) == bare and all(index > 0 and heads[index - 1] for index in tails)
    return Style(wrapped=wrapped, indented=indented)


def records(lines: Iterable[str], style: Style) -> Iterator[tuple[str, str]]:
    """Yield each record: its original lines, and the same on one line. Blank lines are none."""
    held: list[str] = []
    flat = ""
    for line in lines:
        if not line.strip():
            if held:
                yield "\n".join(held), flat
                held = []
            continue
        if held and len(held) < WRAPPED and _goes_on(held, flat, line, style):
            held.append(line)
            flat = _joined(flat, line.strip(), style)
            continue
        if held:
            yield "\n".join(held), flat
        held, flat = [line], line.strip()
    if held:
        yield "\n".join(held), flat


def _goes_on(held: Sequence[str], flat: str, line: str, style: Style) -> bool:
    """Whether a line is the rest of the record before it. In doubt it is a record of its own: nothing is hidden."""
    text = line.strip()
    if line[0] not in " \t" and " " in text and not text[0].islower():
        return False  # what nearly every line is, told quickly
    if line[0] in " \t" and held[0][0] not in " \t" and not style.indented:
        return not has_head(line)
    if _ENDS_OPEN.search(flat):
        return has_head(flat) and (text[0].islower() or _TOKEN.fullmatch(text) is not None) and not has_head(text)
    if _TOKEN.fullmatch(text) is None or _ENDS_IN_NAME.search(flat) is None:
        return False
    return (style.wrapped or _PIECE.fullmatch(text) is not None) and has_head(flat) and not has_head(text)


def _joined(flat: str, text: str, style: Style) -> str:
    """Join without a blank where a name was broken: `LLMBatchProcessingJob` + `Failures`."""
    last = re.split(r"[\s:|]", flat)[-1]
    broken = _TOKEN.fullmatch(text) is not None and last != "" and (style.wrapped or identifier(last) != "")
    return f"{flat}{'' if broken else ' '}{text}"
