"""Now: what is open, the worst first, and what waits for whom."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from firstresponder.errors import FirstresponderError, NotFound
from firstresponder.model import Brief, Incident, Phase
from firstresponder.web.console.visit import Page, Visit
from firstresponder.web.needs import Responder
from firstresponder.workflow.answers import Health
from firstresponder.workflow.reconcile import URGENCY

OPEN = tuple(phase for phase in Phase if phase is not Phase.CLOSED)
MOST = 500  # incidents that are counted
SHOWN = 200  # of them on the page, the worst ones: in a storm the page must stay cheap
EXPLAINED = 50  # of them with their cause: each is one more look into the store
KEPT = 512  # causes in memory


class Row(NamedTuple):
    """One incident in the list."""

    incident: Incident
    cause: str = ""
    confidence: float | None = None


class Now:
    """The first page."""

    def __init__(self, responder: Responder) -> None:
        """Ask `responder`."""
        self._responder = responder
        self._briefs: OrderedDict[object, Brief | None] = OrderedDict()

    async def page(self, visit: Visit) -> Page:
        """Show what is open; where nothing is, whether that can be believed."""
        del visit
        found, more = await self._responder.incidents(phases=OPEN, limit=MOST, before="")
        found.sort(key=lambda each: (URGENCY.get(each.severity, len(URGENCY)), each.opened_at))
        rows = [await self._row(each) for each in found[:EXPLAINED]] + [Row(each) for each in found[EXPLAINED:SHOWN]]
        last: list[Incident] = []
        health: Health | None = None
        if not rows:
            last, _ = await self._responder.incidents(phases=[Phase.CLOSED], limit=1, before="")
            health = await self._health()
        count = f"{len(found)}{'+' if more else ''}"
        context = {"rows": rows, "count": count, "last": last, "health": health}
        return Page(template="now.html", title=f"{count} open" if rows else "All quiet", context=context)

    async def _row(self, incident: Incident) -> Row:
        brief = await self._brief(incident)
        return Row(incident, brief.cause, brief.confidence) if brief else Row(incident)

    async def _brief(self, incident: Incident) -> Brief | None:
        """Return the brief of this very row; it moves when the brief does, so it is read once per move."""
        if not incident.n:
            return None
        key = (incident.id, incident.version, incident.updated_at)
        if key not in self._briefs:
            try:
                self._briefs[key] = (await self._responder.incident(incident.id)).brief
            except NotFound:
                return None
            while len(self._briefs) > KEPT:
                self._briefs.popitem(last=False)
        return self._briefs[key]

    async def _health(self) -> Health:
        try:
            return await self._responder.health()
        except FirstresponderError as error:
            return Health(ready=False, parts={"application": str(error)})
