"""`firstresponder incident show`."""

from __future__ import annotations

import msgspec

from firstresponder.adapters.clock import SystemClock
from firstresponder.cli.api import Api
from firstresponder.cli.brief import render
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, DataDir, Form, Format, IncidentId, Url
from firstresponder.cli.output import console, dump
from firstresponder.web.views import Details

app = new()


@app.callback()
def incident() -> None:
    """Show one incident."""


@app.command()
def show(
    incident_id: IncidentId,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Show the brief, the proposal and how to approve it, what was decided, the outcome, and the story."""
    answer = Api(url, data_dir).get("incidents", incident_id)
    if form is Format.JSON:
        dump(msgspec.json.decode(answer.content))
        return
    terminal = console()
    extra = "" if url == DEFAULT_URL else f" --url {url}"
    for row in render(answer.read(Details), SystemClock().now(), extra):
        terminal.print(row)
