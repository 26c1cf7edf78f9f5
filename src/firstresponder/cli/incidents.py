"""`firstresponder incidents`."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from firstresponder.cli.api import Api
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, DataDir, Form, Format, Url
from firstresponder.cli.output import columns, dump, say
from firstresponder.cli.text import line
from firstresponder.cli.times import stamp
from firstresponder.web.views import Page, Summary

app = new()


@app.command()
def incidents(
    *,
    phase: Annotated[list[str] | None, typer.Option(help="only these phases; repeat it or separate by commas")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="how many at most")] = 50,
    before: Annotated[str, typer.Option(help="the cursor that the page before ended with")] = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """List incidents, newest first."""
    params = {"phase": ",".join(phase or []), "limit": limit, "before": before}
    answer = Api(url, data_dir).get("incidents", params=params)
    if form is Format.JSON:
        dump(msgspec.json.decode(answer.content))
        return
    page = answer.read(Page)
    if not page.items:
        say("no incidents" + (" in these phases" if phase else ""))
        return
    heads = ("ID", "STATUS", "SEVERITY", "FIRING", "OPENED", "TITLE")
    for text in columns([heads, *(_row(each) for each in page.items)]):
        say(text)
    if page.next:
        say(f"more: --before {page.next}")


def _row(each: Summary) -> tuple[str, ...]:
    cells = (each.id, each.status.value, each.severity, f"{each.firing}/{each.alerts}", stamp(each.opened_at), each.title)
    return tuple(line(cell) for cell in cells)
