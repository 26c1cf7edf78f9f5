"""What an investigation lets count as an alert."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from firstresponder.diagnosis.rank import diagnose
from firstresponder.diagnosis.view import View
from firstresponder.model import BY_PERSON, REQUESTED
from firstresponder.testing.objects import NOW, bad_release

from .conftest import alert

Look = Callable[..., Awaitable[View]]


async def test_a_persons_request_confirms_nothing(look: Look) -> None:
    """Of the same objects, a request gives a diagnosis one source fewer than an alert, no more confidence, and no quote."""
    objects = bad_release()
    measured = (await look(objects)).evidence
    asked = replace(alert(), labels={"alertname": REQUESTED, "namespace": "shop", "deployment": "api"}, source=BY_PERSON)
    evidence = (await look(objects, alerts=[asked])).evidence
    by_alert, by_person = diagnose(measured, [alert()], NOW).hypotheses[0], diagnose(evidence, [asked], NOW).hypotheses[0]
    assert by_person.cause_class == by_alert.cause_class
    assert set(by_alert.sources) - set(by_person.sources) == {"alert"}
    assert by_person.confidence <= by_alert.confidence
    assert "no alert is firing" in by_person.against
    assert not any(citation.evidence.startswith("alert:") for citation in by_person.citations)


async def test_a_request_beside_an_alert_takes_nothing_away(look: Look) -> None:
    """With an alert that fires too, the diagnosis is what it is without the request."""
    objects = bad_release()
    asked = replace(alert(), fingerprint="00000000000000bb", source=BY_PERSON)
    both = diagnose((await look(objects, alerts=[alert(), asked])).evidence, [alert(), asked], NOW).hypotheses[0]
    alone = diagnose((await look(objects)).evidence, [alert()], NOW).hypotheses[0]
    assert (both.sources, both.confidence, both.against) == (alone.sources, alone.confidence, alone.against)
