"""`firstresponder config check`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from firstresponder.bootstrap import check_actions, read_runbooks
from firstresponder.cli.group import new
from firstresponder.cli.options import Form, Format
from firstresponder.cli.output import dump, say
from firstresponder.config import Seconds, Settings, load

app = new()


@app.callback()
def config() -> None:
    """The configuration."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the YAML file that 'serve --config' is given")],
    form: Form = Format.TEXT,
) -> None:
    """Read a configuration as the server would, with the environment and the runbooks it names; say what it allows.

    Ends with 2 and says what is wrong, and where, if the server would not start with it.
    """
    settings = load(file, os.environ)
    check_actions(settings)
    read_runbooks(settings)
    if form is Format.JSON:
        dump(msgspec.to_builtins(settings, enc_hook=_shown))
        return
    say(f"{file}: ok", style="green")
    for row in _allowed(settings):
        say(f"  {row}")


def _shown(value: object) -> float | str:
    """A duration is a number of seconds; a secret is only said to be there."""
    return float(value) if isinstance(value, Seconds) else str(value)


def _allowed(settings: Settings) -> list[str]:
    guards = settings.guards
    rows = [f"mode {guards.mode}"]
    rows += [f"may {each.action} on any {each.kind} in {each.namespace}, after approval" for each in guards.allow]
    rows += [f"may {each.action} on {each.target} in {each.namespace} for {each.alert}, WITHOUT asking" for each in guards.auto]
    if not guards.allow and not guards.auto:
        rows.append("nothing may be changed: guards.allow is empty")
    return rows
