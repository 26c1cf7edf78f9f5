"""The only place of the testbed that writes to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

Say = Callable[[str], None]


def say(text: str) -> None:
    """Print one line at once, also through a pipe."""
    print(text, flush=True)  # noqa: T201  this is the console


def complain(text: str) -> None:
    """Print one line to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  this is the console


def quiet(_text: str) -> None:
    """Say nothing; for callers that want no progress."""
