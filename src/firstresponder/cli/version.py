"""`firstresponder version`."""

from __future__ import annotations

import sys

from firstresponder import __version__
from firstresponder.cli.group import new

app = new()


@app.command()
def version() -> None:
    """Say which version this is."""
    sys.stdout.write(f"firstresponder {__version__}\n")
