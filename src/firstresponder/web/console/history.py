"""History: what was closed, newest first, page by page."""

from __future__ import annotations

from urllib.parse import urlencode

from firstresponder.errors import BadInput
from firstresponder.model import Phase
from firstresponder.web.console.visit import Page, Visit
from firstresponder.web.needs import Responder

PAGE = 50
ALL = "all"


class History:
    """The list of incidents by phase."""

    def __init__(self, responder: Responder) -> None:
        """Ask `responder`."""
        self._responder = responder

    async def page(self, visit: Visit) -> Page:
        """Show one page of the phase that was chosen; closed ones unless told otherwise."""
        phase = visit.query.get("phase", Phase.CLOSED.value)
        if phase != ALL and phase not in tuple(Phase):
            raise BadInput(f"phase: expected {ALL} or one of {', '.join(Phase)}, got {phase!r}")
        before = visit.query.get("before", "")
        wanted = () if phase == ALL else (Phase(phase),)
        found, cursor = await self._responder.incidents(phases=wanted, limit=PAGE, before=before)
        context = {
            "found": found,
            "phase": phase,
            "first": not before,
            "older": f"/history?{urlencode({'phase': phase, 'before': cursor})}" if cursor else "",
            "newest": f"/history?{urlencode({'phase': phase})}",
        }
        return Page(template="history.html", title="History", context=context)
