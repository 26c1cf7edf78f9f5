"""The environment of every command: the process's own, over the file `.env` in the working directory.

What the process has set wins, also where it is set to nothing: so one entry of the file can be switched off for one call.
Lines are read as python-dotenv reads them, without interpolation: a `$` in a secret stays a `$`. A complaint names a line
by its number and never repeats its content.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import NamedTuple

FILE = ".env"
LOOSE = 0o077  # others' bits of a mode


class Environment(NamedTuple):
    """What holds, and what is wrong with the file."""

    values: dict[str, str]
    complaints: tuple[str, ...] = ()


def environment(process: MutableMapping[str, str], folder: Path) -> Environment:
    """Return the process's environment over the folder's `.env`, if there is one. Raises nothing."""
    path = folder / FILE
    try:
        found = path.stat()
    except OSError:
        return Environment(dict(process))
    if not stat.S_ISREG(found.st_mode):  # a folder of that name, as virtual environments have; a pipe would block
        return Environment(dict(process))
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return Environment(dict(process), (f"{path}: cannot be read ({error.strerror}); nothing in it counts",))
    except UnicodeDecodeError as error:
        return Environment(dict(process), (f"{path}: is not UTF-8 text (at byte {error.start}); nothing in it counts",))
    values, complaints = _read(text, path)
    if found.st_mode & LOOSE and (secret := sorted(values.keys() & secrets())):
        mode = stat.S_IMODE(found.st_mode)
        complaints.append(f"{path}: others may read it (mode {mode:04o}), and it holds {secret[0]}; run: chmod 600 {path}")
    return Environment(values | dict(process), tuple(complaints))


def adopt(process: MutableMapping[str, str] | None = None, folder: Path = Path()) -> None:
    """Make the file's part of this process's environment, before options are read from it; complain on standard error."""
    process = os.environ if process is None else process
    values, complaints = environment(process, folder)
    for name, value in values.items():
        process.setdefault(name, value)
    for complaint in complaints:
        sys.stderr.write(f"firstresponder: warning: {complaint}\n")


def secrets() -> frozenset[str]:
    """Return the variables that hold secrets."""
    from firstresponder.config.load import SECRETS  # noqa: PLC0415 - only where there is such a file: `--help` stays quick
    from firstresponder.web.token import VARIABLE  # noqa: PLC0415

    return frozenset({VARIABLE, *(name for variables in SECRETS.values() for name in variables.values())})


def _read(text: str, path: Path) -> tuple[dict[str, str], list[str]]:
    from io import StringIO  # noqa: PLC0415 - as above

    from dotenv import dotenv_values  # noqa: PLC0415
    from dotenv.parser import parse_stream  # noqa: PLC0415

    complaints, good = [], []
    for row in parse_stream(StringIO(text)):
        if row.error or (row.key is not None and row.value is None):
            expected = "expected NAME=VALUE; a value with blanks, # or quotes wants quotes around it"
            number = row.original.line + len(row.original.string) - len(row.original.string.lstrip("\n"))
            complaints.append(f"{path}: line {number} cannot be understood and does not count: {expected}")
        else:
            good.append(row.original.string)
    found = dotenv_values(stream=StringIO("".join(good)), interpolate=False)
    return {name: value for name, value in found.items() if value}, complaints
