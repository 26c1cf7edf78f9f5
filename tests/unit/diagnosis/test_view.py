"""What an investigation lets count as an alert."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from firstresponder.diagnosis.rank import diagnose
from firstresponder.diagnosis.view import View
from firstresponder.model import BY_PERSON, REQUESTED
from firstresponder.testing.objects import NOW, bad_release, container, crashed, template

from .conftest import alert

Look = Callable[..., Awaitable[View]]


async def test_a_persons_request_confirms_nothing(look: Look) -> None:
    """Of the same objects, a request gives a diagnosis one source fewer than an alert, no more confidence, and no quote."""
    objects = bad_release(new_status=crashed(code=137, reason="OOMKilled"), **_limits())
    measured = (await look(objects)).evidence
    asked = replace(alert(), labels={"alertname": REQUESTED, "namespace": "shop", "deployment": "api"}, source=BY_PERSON)
    evidence = (await look(objects, alerts=[asked])).evidence
    by_alert, by_person = diagnose(measured, [alert()], NOW).hypotheses, diagnose(evidence, [asked], NOW).hypotheses
    assert {one.cause_class for one in by_person} == {one.cause_class for one in by_alert} >= {"crash-after-deploy"}
    assert "no alert is firing" in next(one for one in by_person if one.cause_class == "crash-after-deploy").against
    for one in by_person:
        (other,) = [each for each in by_alert if each.cause_class == one.cause_class]
        assert set(other.sources) - set(one.sources) == {"alert"}
        assert one.confidence <= other.confidence
        assert any(citation.evidence.startswith("alert:") for citation in other.citations)
        assert not any(citation.evidence.startswith("alert:") for citation in one.citations)


def _limits() -> Any:
    """Templates of which the new one may use less memory."""
    old, new = (template(container(resources={"limits": {"memory": memory}})) for memory in ("256Mi", "32Mi"))
    return {"old_template": old, "new_template": new}


async def test_a_request_beside_an_alert_takes_nothing_away(look: Look) -> None:
    """With an alert that fires too, the diagnosis is what it is without the request."""
    objects = bad_release()
    asked = replace(alert(), fingerprint="00000000000000bb", source=BY_PERSON)
    both = diagnose((await look(objects, alerts=[alert(), asked])).evidence, [alert(), asked], NOW).hypotheses[0]
    alone = diagnose((await look(objects)).evidence, [alert()], NOW).hypotheses[0]
    assert (both.sources, both.confidence, both.against) == (alone.sources, alone.confidence, alone.against)
