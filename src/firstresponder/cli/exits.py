"""Exit codes, and how an error becomes one line.

0  done, or yes
1  no: not verified, not accepted, not found, still held
2  used wrongly, or bad input (arguments, a file, the token)
3  the server cannot be reached, or cannot answer now
"""

from __future__ import annotations

import sys

from firstresponder.cli.text import line
from firstresponder.errors import BadInput, FirstresponderError, Temporary, Unhealthy

OK = 0
NO = 1
USAGE = 2
UNREACHABLE = 3


def code_of(error: FirstresponderError) -> int:
    """Return the exit code that says what kind of error it was."""
    if isinstance(error, BadInput):
        return USAGE
    if isinstance(error, Temporary):
        return UNREACHABLE
    return NO


def complain(error: FirstresponderError) -> int:
    """Write the error as one line to standard error and return its exit code."""
    word = "not trustworthy" if isinstance(error, Unhealthy) else "error"
    sys.stderr.write(f"firstresponder: {word}: {line(str(error))}\n")
    return code_of(error)
