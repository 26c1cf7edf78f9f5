"""`firstresponder test-alert`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.ids import RandomIds
from firstresponder.cli.api import Api
from firstresponder.cli.brief import render
from firstresponder.cli.exits import NO, OK
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, DataDir, Form, Format, Url
from firstresponder.cli.output import console, dump, say
from firstresponder.cli.text import line
from firstresponder.cli.trial import RUN, TEST, Trial, kept
from firstresponder.errors import BadInput
from firstresponder.evidence.labels import named
from firstresponder.model import Delivery
from firstresponder.web.views import Details

app = new()
NAME = "FirstresponderTest"
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
HERE, THERE = 60.0, 180.0  # seconds: our own webhook at once; an Alertmanager waits for its group first

Note = Callable[[str, str], None]


@app.command()
def send(
    *,
    name: Annotated[str, typer.Option(help="the alert's name")] = NAME,
    label: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="one more label; may be repeated")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="leave it firing; end it later with --resolve")] = False,
    resolve: Annotated[str, typer.Option(metavar="RUN", help="only end a test alert that was kept")] = "",
    to: Annotated[str, typer.Option(metavar="URL", help="an Alertmanager, which must send it on to the server")] = "",
    wait: Annotated[float | None, typer.Option(min=1, help="seconds for each stage; left out: 60, and 180 with --to")] = None,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Form = Format.TEXT,
) -> None:
    """Send one alert the way a real one comes, follow it to its brief and to those who are told, and end it.

    It carries firstresponder_test="true" and severity "info". Nothing can be repaired by it, unless labels of yours name
    an object. With --to the way from your Alertmanager is tried too. Ends with 1 if a stage is not reached.
    """
    clock, api = SystemClock(), Api(url, data_dir)
    run = resolve or RandomIds(clock).incident()
    labels, began = _labels(name, label or [], run), clock.now()
    if resolve:
        earlier = kept(api, resolve)
        labels, began = dict(earlier.labels), earlier.starts_at
    trial = Trial(api, labels, began, to=to, wait=wait or (THERE if to else HERE))
    stages: list[dict[str, str | float]] = []

    def note(stage: str, says: str) -> None:
        stages.append({"stage": stage, "seconds": round(trial.seconds, 2), "says": says})
        if form is Format.TEXT:
            say(f"  {stage:<9} {trial.seconds:6.2f} s  {line(says)}")

    if form is Format.TEXT:
        say(f"A TEST, run {run}: " + ", ".join(f'{key}="{line(value)}"' for key, value in labels.items()))
    reached = _end(trial, clock, note) if resolve else _follow(trial, clock, note, keep=keep, form=form)
    if form is Format.JSON:
        dump({"ok": reached, "run": run, "labels": labels, "stages": stages})
    raise typer.Exit(OK if reached else NO)


def _labels(name: str, given: Sequence[str], run: str) -> dict[str, str]:
    labels = {"alertname": name, "severity": "info"}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not LABEL.fullmatch(key) or not value:
            raise BadInput(f"--label: expected NAME=VALUE such as namespace=shop, got {each!r}")
        if key in {TEST, RUN, "alertname"}:
            raise BadInput(f"--label {key}: this one is set by the command" + ("; give --name" if key == "alertname" else ""))
        labels[key] = value
    return labels | {TEST: "true", RUN: run}


def _follow(trial: Trial, clock: SystemClock, note: Note, *, keep: bool, form: Format) -> bool:
    """Fire, follow, end; the end is sent whatever happened in between."""
    trial.fire()
    note("received", "by the Alertmanager" if trial.to else "it is on disk")
    try:
        incident, reached = _looked_into(trial, note, form)
    except BaseException:
        if not keep:
            trial.resolve(clock.now())
        raise
    if keep:
        note("kept", f"it goes on; to end it: firstresponder test-alert --resolve {trial.labels[RUN]}")
        return reached
    return _closed(trial, clock, note, incident) and reached


def _looked_into(trial: Trial, note: Note, form: Format) -> tuple[str, bool]:
    """Return the incident (empty: it never came), and whether every stage to the telling was reached."""
    incident = trial.until(trial.incident)
    if incident is None:
        note("missing", _why_missing(trial))
        return "", False
    note("filed", f"incident {incident}")
    details = trial.until(lambda: trial.briefed(incident))
    if details is None:
        note("missing", f"no brief within {trial.wait:g} s; see 'firstresponder doctor' and the server's log")
        return incident, False
    target = (
        "an object is named by its labels: look at what is proposed" if named(trial.labels) else "nothing can be repaired by it"
    )
    note("brief", target)
    told = trial.until(lambda: trial.told(incident))
    if form is Format.TEXT:
        _show(details)
    if told is None:
        note("missing", f"telling still waits after {trial.wait:g} s; 'firstresponder doctor' looks at each sink")
        return incident, False
    note("told", _words(told))
    return incident, all(each.state == "sent" for each in told)


def _end(trial: Trial, clock: SystemClock, note: Note) -> bool:
    """End one that was kept."""
    incident = trial.incident()
    return _closed(trial, clock, note, incident or "")


def _closed(trial: Trial, clock: SystemClock, note: Note, incident: str) -> bool:
    trial.resolve(clock.now())
    note("resolved", "said to the Alertmanager" if trial.to else "it is on disk")
    if not incident:
        return False
    details = trial.until(lambda: trial.closed(incident))
    if details is not None:
        note("closed", details.reason)
        return True
    if trial.to:  # the way there is proven; the way of the end takes as long as the group's interval
        note(
            "open",
            f"not closed within {trial.wait:g} s: an Alertmanager tells the end after its group_interval (5 min by default)",
        )
        return True
    note("missing", f"not closed within {trial.wait:g} s: 'firstresponder incident show {incident}' says why")
    return False


def _why_missing(trial: Trial) -> str:
    if not trial.to:
        return f"no incident within {trial.wait:g} s: is the worker at work? See 'firstresponder doctor'"
    words = " ".join(f"{key}={value}" for key, value in trial.labels.items())
    return (
        f"the Alertmanager took it, and it did not arrive within {trial.wait:g} s (group_wait is 30 s by default). "
        f"Does a route send it here? amtool config routes test --alertmanager.url={trial.to} {words}. "
        "Is it silenced or inhibited? Does the webhook's URL reach this server, with the token?"
    )


def _show(details: Details) -> None:
    terminal = console()
    for row in render(details, SystemClock().now()):
        terminal.print(row)


def _words(told: Sequence[Delivery]) -> str:
    if not told:
        return "nobody: no sink is configured; the brief is on the command line and in the console"
    return "; ".join(f"{each.sink}: {each.state.replace('_', ' ')}{f' ({each.error})' if each.error else ''}" for each in told)
