"""`firstresponder kill-switch`."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from firstresponder.adapters.store.kill_switch import KILL_FILE
from firstresponder.cli.api import Answered, Api
from firstresponder.cli.exits import NO, OK
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, By, DataDir, Form, Format, Url, person
from firstresponder.cli.output import dump, say
from firstresponder.cli.times import stamp
from firstresponder.errors import Temporary, Unreachable
from firstresponder.web.views import Switch

app = new()


@app.callback()
def kill_switch() -> None:
    """Stop all changes to clusters, undo included; allow them again; or see who stopped them."""


@app.command()
def on(
    why: Annotated[str, typer.Option("--why", "--reason", help="why; shown with everything that is held back")] = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Stop all new writes now. Also without the server: make a file KILL in its data folder."""
    who = person(by)
    try:
        answer = Api(url, data_dir).post("kill-switch", body={"by": who, "why": why})
    except Temporary as error:
        raise Unreachable(f"{error}; to stop writes without it, on the server: touch {data_dir / KILL_FILE}") from error
    _show(answer, form)


@app.command()
def off(by: By = "", url: Url = DEFAULT_URL, data_dir: DataDir = DEFAULT_DATA_DIR, form: Form = Format.TEXT) -> None:
    """Allow writes again. Ends with 1 if a file still holds them back."""
    answer = Api(url, data_dir).delete("kill-switch", params={"by": person(by)})
    raise typer.Exit(NO if _show(answer, form).engaged else OK)


@app.command()
def status(url: Url = DEFAULT_URL, data_dir: DataDir = DEFAULT_DATA_DIR, form: Form = Format.TEXT) -> None:
    """Say whether writes are stopped, by whom and why."""
    _show(Api(url, data_dir).get("kill-switch"), form)


def _show(answer: Answered, form: Format) -> Switch:
    switch = answer.read(Switch)
    if form is Format.JSON:
        dump(msgspec.json.decode(answer.content))
    elif not switch.engaged:
        say("off: approved changes are carried out")
    else:
        by = f" by {switch.by}" if switch.by else ""
        why = f": {switch.why}" if switch.why else ""
        at = f" at {stamp(switch.at)}" if switch.at else ""
        held = "" if switch.source in {"", "database"} else f" (held by the file {switch.source}; remove it to release)"
        say(f"ENGAGED{by}{at}{why}{held}; nothing is written to any cluster", style="bold red")
    return switch
