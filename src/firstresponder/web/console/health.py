"""Health: can alerts be taken, can anything be written, what waits; and the kill switch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from firstresponder.errors import BadInput, FirstresponderError
from firstresponder.model import Finding, Phase
from firstresponder.ports.clock import Clock
from firstresponder.web.console import forms
from firstresponder.web.console.visit import Back, Page, Told, Visit
from firstresponder.web.metrics import Figures
from firstresponder.web.needs import Responder
from firstresponder.workflow.answers import Health

OPEN = tuple(phase for phase in Phase if phase is not Phase.CLOSED)
MOST = 500  # incidents that are counted
PATIENCE = 15.0  # seconds; a check that hangs is a finding
FRESH = timedelta(seconds=60)
ORDER = {"fail": 0, "warn": 1, "ok": 2, "off": 3}


class HealthPage:
    """The page, and the two forms of the kill switch."""

    def __init__(self, responder: Responder, clock: Clock, figures: Figures | None) -> None:
        """Ask `responder`."""
        self._responder = responder
        self._clock = clock
        self._figures = figures
        self._findings: Sequence[Finding] = ()
        self._checked_at: datetime | None = None

    async def page(self, visit: Visit) -> Page:
        """Show the state. The checkup asks other systems: it runs when the page is opened, not with each refresh."""
        if not visit.part:
            await self._check()
        health = await self._health()
        waiting = await self._waiting()
        findings = sorted(self._findings, key=lambda each: ORDER[each.state])
        context = {
            "health": health,
            "waiting": waiting,
            "figures": sorted(self._figures().items()) if self._figures else [],
            "findings": findings,
            "checked_at": self._checked_at,
            "most": MOST,
        }
        return Page(template="health.html", title="Health", context=context)

    async def engage(self, visit: Visit) -> Back:
        """Stop all writes."""
        why = forms.words(visit.form.get("why", ""), "the reason")
        if visit.form.get("sure") != "yes":
            raise BadInput("tick the box to confirm that all writes stop. Nothing was done")
        hold = await self._responder.kill(who=visit.who, why=why)
        return _back(
            "The kill switch is on", f"Nothing is written to a cluster now. Held by {hold.by or hold.source}: {hold.why}"
        )

    async def release(self, visit: Visit) -> Back:
        """Let writes happen again."""
        if visit.form.get("sure") != "yes":
            raise BadInput("tick the box to confirm that writes may happen again. Nothing was done")
        if await self._responder.unkill(who=visit.who):
            return _back("The kill switch is off", "Writes may happen again, within the guards and after approval.")
        held = Told(
            page="/health",
            head="Still on",
            text="A file in the data folder holds it: remove the file on the server.",
            tone="bad",
        )
        return Back(told=held)

    async def _health(self) -> Health:
        try:
            return await self._responder.health()
        except FirstresponderError as error:
            return Health(ready=False, parts={"application": str(error)})

    async def _waiting(self) -> dict[Phase, int] | None:
        """Count what is open by phase; None where it cannot be read."""
        try:
            found, _ = await self._responder.incidents(phases=OPEN, limit=MOST, before="")
        except FirstresponderError:
            return None
        return {phase: sum(each.phase is phase for each in found) for phase in OPEN}

    async def _check(self) -> None:
        now = self._clock.now()
        if self._checked_at is not None and now - self._checked_at < FRESH:
            return
        try:
            self._findings = await asyncio.wait_for(self._responder.checkup(), PATIENCE)
        except TimeoutError:
            self._findings = [Finding(part="checkup", state="fail", says=f"no answer within {PATIENCE:g} s")]
        except FirstresponderError as error:
            self._findings = [Finding(part="checkup", state="fail", says=str(error))]
        self._checked_at = self._clock.now()


def _back(head: str, text: str) -> Back:
    return Back(told=Told(page="/health", head=head, text=text))
