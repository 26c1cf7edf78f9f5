"""Audit: who did what and why, link by link."""

from __future__ import annotations

from urllib.parse import urlencode

from firstresponder.errors import BadInput
from firstresponder.web.console.visit import Page, Visit
from firstresponder.web.needs import Responder

PAGE = 100
MAX_SEQ = 2**63 - 1  # the largest row number of a database


class Audit:
    """The entries of all incidents, or of one."""

    def __init__(self, responder: Responder) -> None:
        """Ask `responder`."""
        self._responder = responder

    async def page(self, visit: Visit) -> Page:
        """Show a part in order of time: the last one of all, or the first one of an incident, unless told otherwise."""
        incident = visit.query.get("incident", "").strip()[:200]
        asked = visit.query.get("after", "")
        after = _number(asked) if asked else 0
        if not asked and not incident:
            after = max(0, await self.last() - PAGE)
        found = await self._responder.audit(incident, after, PAGE + 1)
        shown = found[:PAGE]
        context = {
            "entries": shown,
            "incident": incident,
            "earlier": _at(incident, 0 if incident else max(0, after - PAGE)) if after > 0 else "",
            "later": _at(incident, shown[-1].seq) if len(found) > PAGE else "",
        }
        return Page(template="audit.html", title="Audit", context=context)

    async def last(self) -> int:
        """Return the number of the last entry. Entries can be read forwards only: so it is found by halving."""
        high = 1
        while await self._responder.audit("", high, 1):
            high *= 2
        low = high // 2
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if await self._responder.audit("", middle, 1) else (low, middle)
        return high


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_SEQ):  # noqa: PLR2004 - digits of MAX_SEQ
        raise BadInput(f"after: expected the number of an entry, got {text[:40]!r}")
    return int(text)


def _at(incident: str, after: int) -> str:
    named = {"incident": incident} if incident else {}
    return f"/audit?{urlencode({**named, 'after': after})}"
