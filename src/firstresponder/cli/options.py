"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from firstresponder.errors import BadInput

DEFAULT_URL = "http://127.0.0.1:8000"
DEFAULT_DATA_DIR = Path("data")


class Format(StrEnum):
    """For people or for machines."""

    TEXT = "text"
    JSON = "json"


Url = Annotated[str, typer.Option("--url", envvar="FIRSTRESPONDER_URL", help="where the server answers")]
DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="FIRSTRESPONDER_DATA_DIR", help="the server's data folder", show_default=True)
]
By = Annotated[str, typer.Option("--by", envvar=["FIRSTRESPONDER_BY", "USER"], help="who decides: it goes into the audit")]
Form = Annotated[Format, typer.Option("--format", help="for people (text) or for machines (json)")]
IncidentId = Annotated[str, typer.Argument(metavar="ID", help="the incident's id, as 'firstresponder incidents' shows it")]


def person(by: str) -> str:
    """Return who decides. Raises BadInput when nobody is named."""
    if not by.strip():
        raise BadInput("--by: expected the name of the person who decides, got nothing (USER is not set either); add --by NAME")
    return by.strip()
