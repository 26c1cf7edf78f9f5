"""`firstresponder approve`."""

from __future__ import annotations

from typing import Annotated

import typer

from firstresponder.cli.api import Api
from firstresponder.cli.deciding import conclude, plan_named
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, By, DataDir, Form, Format, IncidentId, Url, person

app = new()


@app.command()
def approve(
    incident_id: IncidentId,
    *,
    plan: Annotated[str, typer.Option(metavar="DIGEST", help="the plan that is meant; left out: the one asked now")] = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Approve exactly one plan; it is carried out at once. Ends with 1 if it was not accepted, and says why."""
    who, api = person(by), Api(url, data_dir)
    body = {"plan_digest": plan_named(plan), "by": who, "via": "cli"}
    conclude(api.post("incidents", incident_id, "approve", body=body, may_refuse=True), form)
