"""What approving, rejecting and taking over have in common: name the plan, ask once, say what came of it."""

from __future__ import annotations

import msgspec
import typer

from firstresponder.cli.api import Answered
from firstresponder.cli.exits import NO, OK
from firstresponder.cli.options import Format
from firstresponder.cli.output import dump, say
from firstresponder.cli.times import stamp
from firstresponder.errors import BadInput
from firstresponder.web.views import Decided

LONGEST = 64  # hex characters of a whole digest
SHORTEST = 8  # a shorter beginning could be another plan's


def plan_named(given: str) -> str:
    """Return the digest, or its beginning, as the server wants it; empty stays empty. Raises BadInput."""
    text = given.strip().lower()
    if text and (not SHORTEST <= len(text) <= LONGEST or set(text) - set("0123456789abcdef")):
        raise BadInput(f"--plan: expected {SHORTEST} to {LONGEST} hexadecimal digits, got {given!r}; 'incident show' names it")
    return text


def conclude(answer: Answered, form: Format) -> None:
    """Say what came of it; ends with 0 when it was accepted, 1 when not."""
    decided = answer.read(Decided)
    if form is Format.JSON:
        dump(msgspec.json.decode(answer.content))
    else:
        who = f" ({decided.decided_by}, {stamp(decided.decided_at)})" if decided.decided_by and decided.decided_at else ""
        plan = f" [plan {decided.plan_digest[:12]}]" if decided.plan_digest else ""
        text = f"{decided.status.replace('_', ' ')}: {decided.message}{who}{plan}"
        say(text, style="green" if decided.accepted else "red")
    raise typer.Exit(OK if decided.accepted else NO)
