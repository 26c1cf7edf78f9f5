"""`firstresponder respond`."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import msgspec
import typer

from firstresponder.adapters.clock import SystemClock
from firstresponder.cli.api import Answered, Api
from firstresponder.cli.brief import render
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, By, DataDir, Form, Format, Url, person
from firstresponder.cli.output import console, dump, say
from firstresponder.cli.text import line
from firstresponder.errors import BadInput
from firstresponder.model import Phase
from firstresponder.web.views import Details
from firstresponder.workflow.answers import Requested

WAIT = 60.0
"""Seconds that a brief is waited for; an investigation takes ten at most, others may go before it."""
POLL = 0.5

app = new()


@app.command()
def respond(
    target: Annotated[str, typer.Argument(metavar="KIND/NAME", help="deploy/api, sts/db, ds/agent, pod/api-7d-x or node/n1")],
    *,
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="where it is; not read for a node")] = "default",
    why: Annotated[str, typer.Option(metavar="WORDS", help="why; people read it later")] = "",
    severity: Annotated[str, typer.Option(help="of the incident, as an alert's label would say it; left out: none")] = "",
    wait: Annotated[bool, typer.Option(help="wait for the brief and show it")] = True,
    by: By = "",
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Look into one object that nobody alerted on, and propose a repair if there is one.

    An open incident about that object is joined. Nothing is ever done without an approval, whatever the configuration
    grants to alerts. The incident ends when a repair is verified, or by `close`.
    """
    kind, slash, name = target.partition("/")
    if not (kind and slash and name):
        raise BadInput(f"expected KIND/NAME, such as deploy/api, got {target!r}")
    who, api = person(by), Api(url, data_dir)
    body = {"kind": kind, "name": name, "namespace": namespace, "why": why, "severity": severity, "by": who, "via": "cli"}
    answer = api.post("incidents", body=body)
    requested = answer.read(Requested)
    if not wait or not requested.incident_id:
        _tell(requested, answer, form)
        return
    _progress(f"{requested.status}: {requested.message}")
    extra = "" if url == DEFAULT_URL else f" --url {url}"
    _show(_looked_into(api, requested.incident_id), form, extra)


def _tell(requested: Requested, answer: Answered, form: Format) -> None:
    if form is Format.JSON:
        dump(msgspec.json.decode(answer.content))
        return
    where = f"{requested.incident_id}: " if requested.incident_id else ""
    say(f"{where}{requested.status}: {requested.message}", style="green" if requested.incident_id else "yellow")


def _looked_into(api: Api, incident_id: str) -> Answered:
    """Wait until the investigation is through, saying how it stands; at most so long, then as it is."""
    clock, told = SystemClock(), ""
    until = clock.monotonic() + WAIT
    while True:
        answer = api.get("incidents", incident_id)
        seen = answer.read(Details)
        stands = f"{incident_id}: {seen.status}" + (f", {seen.reason}" if seen.reason else "")
        if stands != told:
            _progress(stands)
            told = stands
        if seen.status not in {Phase.RECEIVED, Phase.INVESTIGATING}:
            return answer
        if clock.monotonic() >= until:
            _progress(f"no brief within {WAIT:.0f} s; 'firstresponder incident show {incident_id}' shows it when there is one")
            return answer
        time.sleep(POLL)


def _show(answer: Answered, form: Format, extra: str) -> None:
    if form is Format.JSON:
        dump(msgspec.json.decode(answer.content))
        return
    terminal = console()
    for row in render(answer.read(Details), SystemClock().now(), extra):
        terminal.print(row)


def _progress(text: str) -> None:
    """For whoever waits, not for whoever reads the output."""
    sys.stderr.write(line(text) + "\n")
