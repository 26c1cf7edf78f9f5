"""One incident: the brief, the decision, and everything that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from firstresponder.model import Ask, Phase, StoredAlert
from firstresponder.ports.clock import Clock
from firstresponder.web.console import forms, words
from firstresponder.web.console.render import link
from firstresponder.web.console.visit import Back, Page, Told, Visit
from firstresponder.web.needs import Responder
from firstresponder.workflow.answers import Answer, IncidentView
from firstresponder.workflow.card import make_card
from firstresponder.workflow.proof import FIGURES, proof_of

LINKED = ("runbook_url", "dashboard_url", "generatorURL", "generator_url")
"""Annotations that hold addresses, as the common rule sets name them."""
ORDER = {"deny": 0, "ask": 1, "allow": 2}


class Offer(NamedTuple):
    """What a person may do now."""

    ask: Ask | None = None  # what may be approved or rejected: the plan that is shown on the same page, and no other
    take_over: bool = False
    look_again: bool = False
    close: bool = False
    refreshing: bool = False  # something else is asked than what is shown: it takes a moment

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.ask or self.take_over or self.look_again or self.close)


class IncidentPages:
    """The page of an incident and its forms."""

    def __init__(self, responder: Responder, clock: Clock) -> None:
        """Ask `responder`."""
        self._responder = responder
        self._clock = clock

    async def page(self, visit: Visit) -> Page:
        """Show everything, in the order of need."""
        view = await self._responder.incident(visit.incident_id)
        return Page(template="incident.html", title=view.incident.title, context=context(view, self._clock.now()))

    async def evidence(self, visit: Visit) -> Page:
        """Show all that was read, whole."""
        view = await self._responder.incident(visit.incident_id)
        return Page(template="evidence.html", title=f"Evidence: {view.incident.title}", context={"view": view})

    async def approve(self, visit: Visit) -> Back:
        """Approve the plan that the form was shown with."""
        plan = forms.digest(visit.form.get("plan", ""))
        return _back(visit, await self._responder.approve(visit.incident_id, plan_digest=plan, who=visit.who))

    async def reject(self, visit: Visit) -> Back:
        """Reject the plan that the form was shown with; a reason must be given."""
        plan = forms.digest(visit.form.get("plan", ""))
        reason = forms.words(visit.form.get("reason", ""), "the reason")
        return _back(visit, await self._responder.reject(visit.incident_id, plan_digest=plan, who=visit.who, reason=reason))

    async def take_over(self, visit: Visit) -> Back:
        """Hand it to this person."""
        return _back(visit, await self._responder.take_over(visit.incident_id, who=visit.who))

    async def look_again(self, visit: Visit) -> Back:
        """Investigate anew."""
        return _back(visit, await self._responder.look_again(visit.incident_id, who=visit.who))

    async def close(self, visit: Visit) -> Back:
        """Close it by hand; a reason must be given."""
        reason = forms.words(visit.form.get("reason", ""), "the reason")
        return _back(visit, await self._responder.dismiss(visit.incident_id, who=visit.who, reason=reason))


def context(view: IncidentView, now: datetime) -> dict[str, object]:
    """Return what the incident's template needs."""
    verdicts = sorted(view.decision.verdicts, key=lambda each: ORDER[each.decision]) if view.decision else []
    action = view.plan.action if view.plan else None
    return {
        "view": view,
        "incident": view.incident,
        "brief": view.brief,
        "card": make_card(view, "", now),
        "action": action,
        "diff_text": action.diff if action and action.diff else view.brief.diff if view.brief else "",
        "offer": offer(view, now),
        "held_back": [each for each in verdicts if each.decision != "allow"],
        "allowed": [each for each in verdicts if each.decision == "allow"],
        "outcomes": [(each, proof_of(each)) for each in view.outcomes],
        "figures": FIGURES,
        "links": links(view.alerts),
    }


def offer(view: IncidentView, now: datetime) -> Offer:
    """Say what may be done: an approval is offered only for the plan whose text and diff are on the same page."""
    row, card = view.incident, make_card(view, "", now)
    if row.phase is Phase.ASKING:
        other = view.choice is None and row.plan_digest != (view.plan.digest if view.plan else "")
        return Offer(ask=card.ask, take_over=card.may_take_over, look_again=True, close=True, refreshing=other)
    if row.phase is Phase.ESCALATED:
        return Offer(look_again=True, close=True)
    return Offer(take_over=card.may_take_over)


def links(alerts: Sequence[StoredAlert]) -> list[tuple[str, str]]:
    """Return (what, address) of runbooks, dashboards and rules, each once; only addresses that may be followed."""
    found: dict[str, str] = {}
    for stored in alerts:
        alert = stored.alert
        named = [(name, alert.annotations.get(name, "")) for name in LINKED]
        for name, url in [*named, ("generator_url", alert.generator_url)]:
            if good := link(url):
                found.setdefault(
                    good, name.replace("generatorURL", "generator_url").removesuffix("_url").replace("generator", "rule")
                )
    return [(what, url) for url, what in found.items()]


def _back(visit: Visit, answer: Answer) -> Back:
    """Say on the incident's page what became of the click. Where there is no such incident, that page says so."""
    told = Told(
        page=f"/incidents/{visit.incident_id}",
        head=words.ANSWERS.get(answer.status, answer.status),
        text=answer.message,
        tone="good" if answer.accepted else "bad",
    )
    return Back(told=told)
