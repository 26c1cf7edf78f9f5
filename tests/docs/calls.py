"""Doing what a `curl` on a page would do, without needing curl, and comparing the answer with what the page shows."""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from typing import Any

DEFAULT = "http://127.0.0.1:8000"
ANY = "…"


def curl(command: str, url: str, token: str) -> tuple[int, Any]:
    """Do what `curl -s …` would, for the options that the pages use; an option that is not known here is an error."""
    words = shlex.split(command.replace("$TOKEN", token).replace("\\\n", " "))
    assert words.pop(0) == "curl"
    headers, data, method, where = {}, None, "GET", ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            data, method = words.pop(0).encode(), "POST"
        elif word == "-X":
            method = words.pop(0)
        elif word != "-s":
            assert not word.startswith("-"), word
            where = word.replace(DEFAULT, url)
    request = urllib.request.Request(where, data=data, headers=headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def fits(shown: Any, got: Any) -> bool:
    """Whether an answer holds everything that the page shows of it."""
    if shown == ANY:
        return bool(got)
    if isinstance(shown, dict):
        return isinstance(got, dict) and all(key in got and fits(value, got[key]) for key, value in shown.items())
    if isinstance(shown, list):
        return isinstance(got, list) and len(shown) == len(got) and all(map(fits, shown, got))
    return bool(shown == got)
