"""Text from outside, made harmless and short enough for Slack. Pure.

Slack reads `&`, `<` and `>` in text objects as its own marks ("Formatting text for app surfaces, Escaping text"), counts
characters with those escaped, and counts as JavaScript does. `width` counts the same way, on the safe side.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MARK = " […] "
"""Stands where text was taken out."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters by their category, and nothing to be seen."""


def escape(text: str) -> str:
    """Write Slack's three control characters as the entities that it shows as themselves."""
    return "".join(_ENTITIES.get(each, each) for each in text)


def width(text: str) -> int:
    """Count as Slack does, at most: escaped, in UTF-16 units."""
    return sum(_width(each) for each in text)


def line(text: str, limit: int) -> str:
    """Return one line of at most `limit` (as `width` counts), cut in the middle with a mark."""
    return _cut(_pieces(" ".join(_near(text, limit).split())), limit)


def lines(text: str, limit: int) -> str:
    """Return the text with its line breaks, at most `limit`, cut in the middle with a mark."""
    return _cut(_pieces(_near(text, limit).replace("\r\n", "\n")), limit)


def head(text: str, limit: int, rest: str) -> str:
    """Return whole lines from the beginning, at most `limit`; `rest` says where the others are, where some are left out."""
    whole = "".join(_pieces(text.replace("\r\n", "\n").strip("\n")))
    if width(whole) <= limit:
        return whole
    every = whole.split("\n")
    kept: list[str] = []
    room = limit - width(f"\n… {len(every)} more lines: {rest}")
    for each in every:
        room -= width(each) + 1
        if room < 0:
            break
        kept.append(each)
    if not kept:
        return lines(text, limit)
    return "\n".join([*kept, f"… {len(every) - len(kept)} more lines: {rest}"])


def first(items: Sequence[str], limit: int, each: int, rest: str) -> list[str]:
    """Return the first items, each one line of at most `each`, together at most `limit`, and a last one about the others."""
    kept: list[str] = []
    room = limit
    for item in items:
        if not (short := line(item, each)):
            continue
        room -= width(short)
        if room < 0 and kept:
            return [*kept, f"… and {len(items) - len(kept)} more: {rest}"]
        kept.append(short)
    return kept


def last(items: Sequence[str], limit: int, each: int, rest: str) -> list[str]:
    """Return the last items in their order, and a first one about the earlier ones where some are left out."""
    kept: list[str] = []
    room = limit
    for item in reversed(items):
        if not (short := line(item, each)):
            continue
        room -= width(short)
        if room < 0 and kept:
            return [f"… {len(items) - len(kept)} earlier: {rest}", *reversed(kept)]
        kept.append(short)
    return list(reversed(kept))


def _width(char: str) -> int:
    return len(_ENTITIES.get(char, char)) if ord(char) < 0x10000 else 2  # noqa: PLR2004 - beyond it, UTF-16 needs two


def _near(text: str, limit: int) -> str:
    """Take out the far middle of a text that is much too long, so that the rest is quick."""
    return text if len(text) <= 8 * limit else text[: 4 * limit] + text[-4 * limit :]


def _pieces(text: str) -> list[str]:
    """Split into what is shown for each character: what nobody could see is named, so that it cannot deceive."""
    return [_seen(each) for each in text]


def _seen(char: str) -> str:
    if char in "\n\t" or (unicodedata.category(char) not in _UNSEEN and char not in _BLANKS):
        return char
    return f"\\u{ord(char):04x}"


def _cut(pieces: list[str], limit: int) -> str:
    """Join the pieces; where that is too wide, keep as much of both ends as fits, and no piece by half."""
    whole = "".join(pieces)
    if width(whole) <= limit:
        return whole
    room = limit - width(MARK)
    begin, end = 0, len(pieces)
    front = True
    while begin < end:
        taken = width(pieces[begin] if front else pieces[end - 1])
        if taken > room:
            break
        room -= taken
        begin, end = (begin + 1, end) if front else (begin, end - 1)
        front = not front
    return "".join(pieces[:begin]) + MARK + "".join(pieces[end:])
