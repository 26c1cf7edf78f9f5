"""A server that ends itself with SIGKILL at one mark: `dying.py MARK serve …`. Only the mark differs from production."""

from __future__ import annotations

import functools
import os
import signal
import sys

from firstresponder import bootstrap
from firstresponder.cli.main import run


def main() -> None:
    """Hand the composition root a mark that kills, and be the command line from there on."""
    wanted = sys.argv.pop(1)

    def die(mark: str) -> None:
        if mark == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    bootstrap.build = functools.partial(bootstrap.build, mark=die)
    run()


if __name__ == "__main__":
    main()
