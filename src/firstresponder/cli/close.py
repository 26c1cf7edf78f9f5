"""`firstresponder close`."""

from __future__ import annotations

from typing import Annotated

import typer

from firstresponder.cli.api import Api
from firstresponder.cli.deciding import conclude
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, By, DataDir, Form, Format, IncidentId, Url, person

app = new()


@app.command()
def close(
    incident_id: IncidentId,
    *,
    reason: Annotated[str, typer.Option(help="why it is over; people read it later")] = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Close by hand what was handed over or is being asked; an offer is withdrawn.

    Repeats of the same alert do not open it again. An alert that begins anew soon after does.
    """
    who, api = person(by), Api(url, data_dir)
    body = {"by": who, "reason": reason, "via": "cli"}
    conclude(api.post("incidents", incident_id, "close", body=body, may_refuse=True), form)
