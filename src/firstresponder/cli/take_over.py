"""`firstresponder take-over`."""

from __future__ import annotations

from firstresponder.cli.api import Api
from firstresponder.cli.deciding import conclude
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, By, DataDir, Form, Format, IncidentId, Url, person

app = new()


@app.command()
def take_over(
    incident_id: IncidentId,
    by: By = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Take an incident over: the tool does nothing more about it."""
    who, api = person(by), Api(url, data_dir)
    conclude(api.post("incidents", incident_id, "take-over", body={"by": who, "via": "cli"}, may_refuse=True), form)
