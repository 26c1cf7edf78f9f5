"""`firstresponder serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DataDir
from firstresponder.web.serve import serve as run

app = new()
MAX_PORT = 65535
SLOWEST, FASTEST = 0.01, 1000.0


@app.command()
def serve(  # noqa: PLR0917  # options are named where they are given
    host: Annotated[str, typer.Option(help="the address to listen on; 0.0.0.0 for all")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=MAX_PORT, help="the port to listen on")] = 8000,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    config: Annotated[
        Path | None, typer.Option(envvar="FIRSTRESPONDER_CONFIG", help="the configuration, a YAML file; none: safe defaults")
    ] = None,
    replay: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="a recording in the place of the cluster and Prometheus; may be given again"),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=SLOWEST, max=FASTEST, help="with --replay: how many times faster it plays than it was recorded")
    ] = 1.0,
) -> None:
    """Run the server: take alerts, investigate, ask, repair what was approved, and prove it.

    With --replay nothing real is read or changed: the recordings begin at the start, their alerts are delivered, and every
    brief says that the cluster is a recording. Use a data folder of its own for that.
    """
    recordings = tuple(replay or ())
    raise typer.Exit(run(host=host, port=port, data_dir=data_dir, config=config, env=os.environ, replay=recordings, speed=speed))
