"""`firstresponder bundle`: an incident as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from firstresponder.adapters.replay.form import parse_bundle, write_bundle
from firstresponder.cli.api import Api
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, DataDir, IncidentId, Url
from firstresponder.cli.output import dump
from firstresponder.cli.text import line

app = new()


@app.command()
def bundle(
    incident_id: IncidentId,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="where to write it; none: standard output")
    ] = None,
    frames: Annotated[  # noqa: FBT002  # a flag of the command line
        bool, typer.Option("--frames", help="from the first investigation on, with every later one as a timed state")
    ] = False,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Write what was seen of an incident to a file that 'firstresponder diagnose' reads, anywhere and without a server.

    It holds the alerts, the objects, the logs and what could not be read, redacted as they are stored; Secrets are never read.
    It still tells about your cluster: look at it before you give it away. A file is made readable for you alone.
    """
    answer = Api(url, data_dir).get("incidents", incident_id, "bundle", params={"frames": frames})
    found = parse_bundle(answer.content, url)
    for note in found.recorded.notes if found.recorded else ():
        sys.stderr.write(f"firstresponder: note: {line(note)}\n")
    if output is None:
        dump(msgspec.to_builtins(found))
    else:
        write_bundle(output, found)
