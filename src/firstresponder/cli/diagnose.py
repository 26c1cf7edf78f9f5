"""`firstresponder diagnose`: recorded incidents, offline, through the stages that look at a live one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs, StillClock
from firstresponder.adapters.replay.form import read_bundle
from firstresponder.cli.exits import OK, USAGE, complain
from firstresponder.cli.group import new
from firstresponder.cli.opinion import as_json, as_text
from firstresponder.cli.options import Form, Format
from firstresponder.cli.output import console, dump
from firstresponder.config import Limits
from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.errors import BadInput, FirstresponderError
from firstresponder.intake.parse import parse_webhook
from firstresponder.model.bundle import Bundle
from firstresponder.remediation.catalog import CATALOG
from firstresponder.runbooks.load import load
from firstresponder.runbooks.schema import Runbook
from firstresponder.runbooks.shipped import shipped
from firstresponder.workflow.offline import Opinion, opine

app = new()


@app.command()
def diagnose(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="incident bundles, as 'firstresponder bundle' writes them")
    ],
    form: Form = Format.TEXT,
) -> None:
    """Diagnose recorded incidents: no server, no cluster, no configuration, and nothing is written.

    The stages are those of a running server, up to the proposed action. What depends on a configuration is left out: the
    guards, and actions that are mapped to an alert without a diagnosis. A file that cannot be read is named on standard
    error, the others are still diagnosed, and the exit code is 2.
    """
    code = OK
    said: list[Opinion] = []
    runbooks = shipped_runbooks()
    for file in files:
        try:
            said.append(asyncio.run(examine(file, runbooks)))
        except FirstresponderError as error:
            complain(error)
            code = USAGE
    _show(said, form)
    raise typer.Exit(code)


def shipped_runbooks() -> tuple[Runbook, ...]:
    """Return the runbooks that come with the program: there is no configuration that could name more."""
    return load(shipped(), actions={action.id for action in CATALOG}, causes=set(DETECTORS))


async def examine(file: Path, runbooks: Iterable[Runbook]) -> Opinion:
    """Diagnose one file. Raises BadInput, with the file's name, for everything that is wrong with it."""
    bundle = read_bundle(file)
    return await examine_bundle(bundle, bundle.id or file.name.removesuffix(".json"), str(file), runbooks)


async def examine_bundle(bundle: Bundle, name: str, where: str, runbooks: Iterable[Runbook]) -> Opinion:
    """Diagnose one bundle. Raises BadInput that begins with `where`."""
    parsed = parse_webhook(msgspec.json.encode(bundle.alert), bundle.now.astimezone(UTC)) if bundle.alert else None
    if parsed is None or not parsed.alerts:
        why = parsed.rejected[0].reason if parsed and parsed.rejected else "it is empty"
        raise BadInput(f"{where}: alert: expected an Alertmanager webhook body with alerts that can be read: {why}")
    cluster = BundleCluster(bundle.cluster)
    try:
        return await opine(
            name,
            parsed.alerts,
            cluster,
            cluster,
            BundleLogs(bundle.logs),
            StillClock(bundle.now),
            Limits(),
            tuple(runbooks),
            bundle.gaps,
        )
    except FirstresponderError as error:
        raise BadInput(f"{where}: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        # An API server would not have sent it: a list where a text belongs, a number that is none.
        words = f"{type(error).__name__}: {error}"
        raise BadInput(f"{where}: cluster: an object is not as an API server sends it ({words})") from error


def _show(said: list[Opinion], form: Format) -> None:
    if form is Format.JSON:
        dump([as_json(one) for one in said])
        return
    terminal = console()
    for number, one in enumerate(said):
        if number:
            terminal.print()
        for row in as_text(one):
            terminal.print(row)
    sys.stdout.flush()
