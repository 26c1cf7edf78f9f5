"""`firstresponder runbooks list`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from firstresponder.bootstrap import read_runbooks
from firstresponder.cli.group import new
from firstresponder.cli.options import Form, Format
from firstresponder.cli.output import columns, dump, say
from firstresponder.cli.text import line
from firstresponder.config import load
from firstresponder.runbooks.schema import Runbook

app = new()


@app.callback()
def runbooks() -> None:
    """The runbooks: which actions answer which causes."""


@app.command("list")
def list_all(
    config: Annotated[
        Path | None, typer.Option(envvar="FIRSTRESPONDER_CONFIG", help="the configuration, which may name more folders")
    ] = None,
    form: Form = Format.TEXT,
) -> None:
    """List the shipped runbooks and those of the configured folders, checked as at the start of the server.

    Ends with 2 and names file, line and column if one cannot be used.
    """
    found = read_runbooks(load(config, os.environ))
    if form is Format.JSON:
        dump([msgspec.to_builtins(each, enc_hook=float) for each in found])
        return
    for row in columns([("NAME", "ANSWERS", "LADDER", "TITLE"), *(_row(each) for each in found)]):
        say(row)


def _row(runbook: Runbook) -> tuple[str, ...]:
    answers = ", ".join(each.cause for each in runbook.causes) or "alerts mapped to it"
    ladder = " > ".join(each.action for each in runbook.ladder)
    return tuple(line(cell) for cell in (runbook.name, answers, ladder, runbook.title))
