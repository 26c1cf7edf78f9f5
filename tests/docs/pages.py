"""Reading our own pages: tables, fenced blocks, links, names in backticks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "firstresponder"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"(?<!\\)\|")
_NAME = re.compile(r"`([^`\n]+)`")


class Block(NamedTuple):
    """A fenced block: the words after the fence, its text, and where it begins."""

    info: str
    text: str
    line: int


def page(name: str) -> str:
    """Return the text of a page, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, info: str = "") -> list[Block]:
    """Return the fenced blocks, those with these words after the fence where some are given."""
    found = [
        Block(match["info"].strip(), match["text"], text.count("\n", 0, match.start()) + 1) for match in _FENCE.finditer(text)
    ]
    return [block for block in found if not info or block.info == info]


def prose(text: str) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", text)


def table(text: str, head: str) -> list[list[str]]:
    """Return the rows of every table whose first column has this head, cells as written."""
    rows: list[list[str]] = []
    inside = False
    for line in prose(text).splitlines():
        cells = [cell.strip() for cell in _CELL.split(line)[1:-1]] if line.startswith("|") else []
        if not cells:
            inside = False
        elif cells[0] == head:
            inside = True
        elif inside and set(cells[0]) != {"-"}:
            rows.append(cells)
    return rows


def first_names(rows: list[list[str]]) -> list[str]:
    """Return the names in backticks of the first cells, in order."""
    return [name for row in rows for name in names(row[0])]


def names(text: str) -> list[str]:
    """Return everything in backticks, outside of fenced blocks."""
    return _NAME.findall(prose(text))


def links(text: str) -> Iterator[tuple[str, str]]:
    """Yield (path, anchor) of each link and picture that is not to another site."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings make."""
    heads = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
