"""The runbooks that come with the program."""

from __future__ import annotations

from importlib.resources import files

from firstresponder import runbooks


def shipped() -> list[tuple[str, str]]:
    """Return (file name, text) of each file in `library/`, in order of their names."""
    folder = files(runbooks).joinpath("library")
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    return [(each.name, each.read_text(encoding="utf-8")) for each in found]
