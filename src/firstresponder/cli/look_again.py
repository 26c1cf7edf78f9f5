"""`firstresponder look-again`."""

from __future__ import annotations

from firstresponder.cli.api import Api
from firstresponder.cli.deciding import conclude
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, By, DataDir, Form, Format, IncidentId, Url, person

app = new()


@app.command()
def look_again(
    incident_id: IncidentId,
    by: By = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Investigate anew what was handed over or is being asked.

    An offer that stands stays as it is if the new look would offer the same.
    """
    who, api = person(by), Api(url, data_dir)
    conclude(api.post("incidents", incident_id, "look-again", body={"by": who, "via": "cli"}, may_refuse=True), form)
