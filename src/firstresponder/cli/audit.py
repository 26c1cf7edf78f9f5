"""`firstresponder audit`: offline, on the data folder or the database itself."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from firstresponder.adapters.store.chain import HEAD_FILE, read_head
from firstresponder.audit.chain import Report, Verifier
from firstresponder.audit.entry import Head
from firstresponder.cli.exits import NO, OK
from firstresponder.cli.group import new
from firstresponder.cli.options import DEFAULT_DATA_DIR, DataDir, Form, Format
from firstresponder.cli.output import dump, say
from firstresponder.cli.stored import database, stored
from firstresponder.cli.text import line
from firstresponder.cli.times import stamp
from firstresponder.errors import BadInput
from firstresponder.model import AuditEntry

app = new()
TOLD = (
    "alertname",
    "status",
    "outcome",
    "word",
    "action",
    "direction",
    "plan_digest",
    "operation",
    "via",
    "identity",
    "reason",
    "why",
    "ending",
)
DIGESTS = ("plan_digest", "operation")
SHORT = 12
LONGEST = 100


@app.callback()
def audit() -> None:
    """Who did what and when, and the proof that nobody changed the record."""


@app.command()
def verify(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    head: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a head that was kept elsewhere; none: audit.head in the data folder")
    ] = None,
    form: Form = Format.TEXT,
) -> None:
    """Check every entry from the first on, and that the chain still holds the kept head.

    Ends with 0 if all holds; with 1 if not, naming the first bad entry. Works while the server runs. With
    FIRSTRESPONDER_DATABASE_URL set, the entries are read from that database, and the head from the data folder.
    """
    # The head before the entries: a running server adds entries meanwhile, and a chain beyond its head is sound.
    kept = read_head(data_dir) if head is None else _head(head)
    report, place = asyncio.run(_verify(data_dir, kept))
    if form is Format.JSON:
        dump({"ok": report.ok, "head_checked": kept is not None} | msgspec.to_builtins(report))
    else:
        if database(os.environ).url:  # with a data folder on the command line it would not be plain what was read
            say(f"the audit in {place}")
        _tell(report, kept, head or data_dir / HEAD_FILE)
    raise typer.Exit(OK if report.ok else NO)


@app.command()
def show(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    incident: Annotated[str, typer.Option(metavar="ID", help="only entries of this incident")] = "",
    form: Form = Format.TEXT,
) -> None:
    """Show the entries, oldest first: in text what a person reads, as JSON (one per line) everything."""
    asyncio.run(_show(data_dir, incident, form))


def _head(path: Path) -> Head:
    """Read a head that was kept elsewhere. Raises BadInput."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Head)
    except OSError as error:
        raise BadInput(f"--head {path}: cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f'--head {path}: expected {{"seq": …, "hash": …, "at": …}} as in audit.head, got {error}') from error


async def _verify(data_dir: Path, kept: Head | None) -> tuple[Report, str]:
    verifier = Verifier(kept)
    store = stored(data_dir)
    try:
        async for entry in store.audit.entries():
            verifier.see(entry)
    finally:
        await store.close()
    return verifier.report(), store.where


def _tell(report: Report, kept: Head | None, where: Path) -> None:
    if not report.ok:
        say(f"NOT VERIFIED: entry {report.seq} ({report.fault}): {report.detail}", style="bold red")
        say(f"{report.count} entries before it hold")
        return
    say(f"verified: {report.count} entries, the last is {report.last_seq} {report.last_hash}", style="green")
    if kept is None:
        say(f"no kept head was found ({where}): a cut end, or a wholly new chain, would not be seen", style="yellow")
    else:
        after = f"; {report.beyond} entries after it" if report.beyond else ""
        say(f"the kept head (entry {kept.seq}) is in the chain{after}")


async def _show(data_dir: Path, incident: str, form: Format) -> None:
    store = stored(data_dir)
    try:
        async for entry in store.audit.entries(incident_id=incident):
            if form is Format.JSON:
                sys.stdout.write(json.dumps(msgspec.to_builtins(entry), separators=(",", ":")) + "\n")
            else:
                say(_row(entry))
    finally:
        await store.close()


def _row(entry: AuditEntry) -> str:
    return line(
        f"{entry.seq:>6}  {stamp(entry.at)}  {entry.what:<22} {entry.actor:<15} {entry.incident_id}  {_words(entry)}".rstrip()
    )


def _words(entry: AuditEntry) -> str:
    """The data that tell a person what happened, shortened; digests by their beginning."""
    rows = []
    for name in TOLD:
        value = entry.data.get(name)
        if value in (None, "", [], {}):
            continue
        text = str(value)
        rows.append(f"{name}={text[:SHORT] if name in DIGESTS else text if len(text) <= LONGEST else text[:LONGEST] + '…'}")
    return "  ".join(rows)
