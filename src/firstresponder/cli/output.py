"""Writing to the terminal: no markup is ever read from text, and JSON is plain ASCII."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from firstresponder.cli.text import clean

STYLES = {"PASS": "bold green", "FAIL": "bold red"}


def console() -> Console:
    """Return a console that prints text as it is: no markup, no emoji codes, no wrapping by us."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """Print one text from wherever it came."""
    console().print(Text(clean(text), style=style))


def dump(value: Any) -> None:
    """Print JSON for machines; control characters of every kind are escaped, so that a terminal is safe too."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Pad all but the last column to equal widths, in characters."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip() for row in rows]
