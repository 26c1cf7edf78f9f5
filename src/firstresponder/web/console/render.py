"""Templates and assets. Everything that a template shows is escaped, and freed of characters that are not what they seem."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from firstresponder import __version__
from firstresponder.cli.text import clean  # the same characters lie in a browser as at a terminal
from firstresponder.model import Json
from firstresponder.web.console import words
from firstresponder.workflow.reconcile import URGENCY

PREFIX = "/console/static"
TYPES = {"console.css": "text/css; charset=utf-8", "console.js": "text/javascript; charset=utf-8"}
LONGEST_VALUE = 400  # characters of a value in a table


class Asset(NamedTuple):
    """A file that a page loads; its address changes with its content."""

    path: str
    content: bytes
    media_type: str


def assets() -> dict[str, Asset]:
    """Read the style and the script."""
    found = {}
    for name, media_type in TYPES.items():
        content = resources.files(__package__).joinpath("static", name).read_bytes()
        stem, _, ending = name.rpartition(".")
        found[name] = Asset(f"{PREFIX}/{stem}.{hashlib.sha256(content).hexdigest()[:16]}.{ending}", content, media_type)
    return found


class Renderer:
    """Draws templates."""

    def __init__(self) -> None:
        """Read what pages load; templates are compiled when they are first drawn."""
        self.assets = assets()
        self._environment = Environment(
            loader=PackageLoader("firstresponder.web.console"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_harmless,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "stamp": words.stamp,
            "iso": words.iso,
            "ago": words.ago,
            "event": words.event,
            "segment": lambda text: quote(text, safe="", errors="replace"),
            "link": link,
            "diff": diff,
            "value": value,
            "tail": tail,
            "pretty": lambda things: json.dumps(things, ensure_ascii=False, indent=1, default=str),
            "percent": lambda share: f"{share:.0%}",
            "level": lambda severity: ("bad", "warn", "warn")[URGENCY[severity]] if severity in URGENCY else "calm",
        }
        self._environment.globals |= {
            "phases": words.PHASES,
            "tiers": words.TIERS,
            "version": __version__,
            "style": self.assets["console.css"].path,
            "script": self.assets["console.js"].path,
        }

    def draw(self, template: str, **context: Any) -> str:
        """Return the page. An unknown name in a template is an error, never an empty place."""
        return self._environment.get_template(template).render(**context)


def _harmless(shown: Any) -> Any:
    """Drop control characters, direction overrides and invisible ones; None is nothing. Our own markup is left alone."""
    if shown is None:
        return ""
    return shown if isinstance(shown, Markup) else clean(str(shown))


def link(url: str) -> str:
    """Return the address if it may be followed (http or https, nothing hidden in it), otherwise nothing."""
    if not re.fullmatch(r"https?://[^\s\"'<>\\^`{|}]+", url, re.IGNORECASE) or clean(url) != url:
        return ""
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:
        return ""


def diff(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line with what it is: add, del, place, file, or same."""
    starts = (("+++", "file"), ("---", "file"), ("@@", "place"), ("+", "add"), ("-", "del"))
    for line in text.splitlines():
        yield next((kind for start, kind in starts if line.startswith(start)), "same"), line


def value(thing: Json) -> str:
    """Show a JSON value in a cell: text as it is, a digest by its beginning, anything else as JSON; cut where it is long."""
    text = thing if isinstance(thing, str) else json.dumps(thing, ensure_ascii=False, sort_keys=True, default=str)
    if re.fullmatch("[0-9a-f]{64}", text):
        return f"{text[:12]}…"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"


def tail(text: str, lines: int) -> str:
    """Return the last lines: the end of a log says most."""
    return "\n".join(text.splitlines()[-lines:])
