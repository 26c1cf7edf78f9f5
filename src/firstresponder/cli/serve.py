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


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="the address to listen on; 0.0.0.0 for all")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=MAX_PORT, help="the port to listen on")] = 8000,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    config: Annotated[
        Path | None, typer.Option(envvar="FIRSTRESPONDER_CONFIG", help="the configuration, a YAML file; none: safe defaults")
    ] = None,
) -> None:
    """Run the server: take alerts, investigate, ask, repair what was approved, and prove it."""
    raise typer.Exit(run(host=host, port=port, data_dir=data_dir, config=config, env=os.environ))
