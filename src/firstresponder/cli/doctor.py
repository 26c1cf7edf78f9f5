"""`firstresponder doctor`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from firstresponder.bootstrap import look_over
from firstresponder.cli.api import ready
from firstresponder.cli.environment import environment
from firstresponder.cli.exits import NO, OK
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DEFAULT_URL, DataDir, Form, Format, Url
from firstresponder.cli.output import columns, dump, say
from firstresponder.cli.text import clean, line
from firstresponder.errors import BadConfig, FirstresponderError, Unreachable
from firstresponder.model import Finding
from firstresponder.web.token import FILE, VARIABLE, find_token
from firstresponder.workflow.checkup import worst

app = new()
MARKS = {"ok": "✓ ok", "warn": "! warn", "fail": "✗ FAIL", "off": "- off"}
STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "off": "dim"}


@app.command()
def doctor(
    config: Annotated[
        Path | None, typer.Option(envvar="FIRSTRESPONDER_CONFIG", help="the configuration, a YAML file; none: safe defaults")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = DEFAULT_URL,
    form: Form = Format.TEXT,
) -> None:
    """See whether everything is there that the server needs: settings, store, cluster and rights, Prometheus, Slack.

    Reads the configuration and the environment as 'serve' does, and starts nothing. Works with and without a running
    server. Each right that is missing comes with the rule to paste. Ends with 1 if a part fails, else with 0.
    """
    found = asyncio.run(_look(config, data_dir, url))
    if form is Format.JSON:
        dump([msgspec.to_builtins(each) for each in found])
    else:
        _tell(found)
    raise typer.Exit(NO if worst(found) == "fail" else OK)


async def _look(config: Path | None, data_dir: Path, url: str) -> list[Finding]:
    parts, server = await asyncio.gather(look_over(data_dir, config, os.environ), asyncio.to_thread(_server, url))
    return [*_environment(), *parts, _token(data_dir), server]


def _environment() -> list[Finding]:
    complaints = environment(os.environ, Path()).complaints
    return [Finding(part=".env", state="warn", says=each) for each in complaints]


def _token(data_dir: Path) -> Finding:
    try:
        token = find_token(data_dir, os.environ)
    except BadConfig as error:
        return Finding(part="token", state="fail", says=str(error))
    if token is None:
        return Finding(part="token", state="off", says=f"{data_dir / FILE} is made at the first start")
    kept = VARIABLE if os.environ.get(VARIABLE, "").strip() else str(data_dir / FILE)
    return Finding(part="token", state="ok", says=f"in {kept}")


def _server(url: str) -> Finding:
    """Ask the server whether it takes alerts; that none runs is no fault: doctor is run before the first start too."""
    try:
        takes, parts = ready(url)
    except Unreachable as error:
        return Finding(part="server", state="off", says=f"none answers at {url}", fix=str(error))
    except FirstresponderError as error:
        return Finding(part="server", state="warn", says=str(error), fix="is --url right?")
    words = "; ".join(f"{name}: {said}" for name, said in parts.items())
    if takes:
        return Finding(part="server", state="ok", says=f"takes alerts at {url} ({words})")
    return Finding(part="server", state="fail", says=f"answers at {url} and cannot take alerts: {words}")


def _tell(found: Sequence[Finding]) -> None:
    """One line for each part, what to do below it."""
    rows = columns([(MARKS[each.state], line(each.part), line(each.says)) for each in found])
    for each, row in zip(found, rows, strict=True):
        say(row, style=STYLES[each.state])
        for text in clean(each.fix).splitlines():
            say(f"        {text}")
    counted = {state: sum(each.state == state for each in found) for state in ("fail", "warn")}
    if not any(counted.values()):
        say("all is well", style="green")
    else:
        say(f"{counted['fail']} failed, {counted['warn']} to look at, of {len(found)}", style=STYLES[worst(found)])
