"""Write docs/cli.md from the commands' own help: `python docs/make_cli.py`. A test compares the page with what this makes."""
# ruff: noqa: INP001  # a script, not a package

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from firstresponder.cli.group import load
from firstresponder.cli.main import Commands, app

PAGE = Path(__file__).with_name("cli.md")
WIDTH = "100"

HEAD = """\
# The command line

Made by `python docs/make_cli.py`; do not edit. Every text below is what `--help` prints.

`serve`, `doctor`, `diagnose`, `noise`, `alerts`, `audit` and `config` work on files of this machine. Most others talk to a
running server (`--url`) and send the token: from `FIRSTRESPONDER_TOKEN`, else from the file `token` in `--data-dir`.

| exit code | means |
|---|---|
| 0 | done, or yes |
| 1 | no: not verified, not accepted, not found, still held |
| 2 | used wrongly, or bad input (arguments, a file, the token) |
| 3 | the server cannot be reached, or cannot answer now |
"""


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, groups before what is in them."""
    yield ()
    for name, listed in Commands.listed.items():
        yield (name,)
        inner: Any = load(name, listed)
        for sub in getattr(inner, "commands", {}):
            yield (name, sub)


def text_of(words: tuple[str, ...]) -> str:
    """Return what `firstresponder WORDS --help` prints, at a fixed width and without colour."""
    env = dict.fromkeys(os.environ) | {"COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb", "PATH": os.environ.get("PATH", "")}
    done = CliRunner().invoke(app, [*words, "--help"], prog_name="firstresponder", env=env)
    if done.exit_code != 0:
        raise RuntimeError(f"firstresponder {' '.join(words)} --help ended with {done.exit_code}: {done.output}")
    return "\n".join(line.rstrip() for line in done.output.strip().splitlines())


def make() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for words in commands():
        title = " ".join(("firstresponder", *words))
        parts.append(f"## {title}\n\n```text\n{text_of(words)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(make(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
