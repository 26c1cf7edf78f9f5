"""A server that sends itself a signal at one mark: `dying.py SIGKILL MARK serve …`. Only the mark differs from production."""

from __future__ import annotations

import functools
import os
import signal
import sys

from firstresponder import bootstrap
from firstresponder.cli.main import run


def main() -> None:
    """Hand the composition root a mark that kills, and be the command line from there on."""
    wanted, number = sys.argv.pop(2), signal.Signals[sys.argv.pop(1)]

    def die(mark: str) -> None:
        if mark == wanted:
            os.kill(os.getpid(), number)

    bootstrap.build = functools.partial(bootstrap.build, mark=die)
    run()


if __name__ == "__main__":
    main()
