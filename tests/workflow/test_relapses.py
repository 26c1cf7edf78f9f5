"""A repair that was verified and did not help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.errors import Unreachable
from firstresponder.model import Event, EventKind, Incident, Person, Phase
from firstresponder.testing.shop import alert_body
from firstresponder.workflow.relapses import EVERY, WATCH

from .conftest import Play

LIMIT = 600.0


class Rules:
    """Prometheus, as far as it is asked here."""

    def __init__(self, answer: Any) -> None:
        """`answer` is what every question gets: yes, no, no such rule, or an error."""
        self.answer = answer

    async def firing(self, name: str, labels: dict[str, str]) -> bool | None:
        """Answer."""
        del name, labels
        if isinstance(self.answer, Exception):
            raise self.answer
        return bool(self.answer) if self.answer is not None else None


async def repaired(asked: Play) -> Any:
    """Approve, let it be verified and closed; return the alert's body as it is sent from now on."""
    body = alert_body(asked.shop.crashing())
    await asked.approve()
    row = await asked.incident()
    assert (row.phase, row.ended, row.firing) == (Phase.CLOSED, "repaired", 1)
    return body


async def later(asked: Play, seconds: float) -> None:
    """Let the time since the close be so long, and a turn happen."""
    row = await asked.incident()
    asked.clock.advance(seconds - (asked.clock.now() - (row.closed_at or row.updated_at)).total_seconds())
    await asked.settle()


async def came_back(asked: Play) -> Incident | None:
    """The incident, if it came back."""
    asked.clock.advance(EVERY)
    await asked.settle()
    await asked.settle()
    row = await asked.incident()
    return row if row.recurrence else None


async def test_a_repair_that_did_not_help_comes_back(asked: Play) -> None:
    """The same start, delivered as firing long after the close, reopens it: counted, with its reason, and on record."""
    body = await repaired(asked)
    await later(asked, LIMIT + 120)
    await asked.send(body)
    row = await came_back(asked)
    assert row is not None
    assert (row.recurrence, row.n, row.ended) == (1, 2, "")
    assert row.phase is not Phase.CLOSED
    assert row.tried[-1].endswith("KubePodCrashLooping still fires 12 min after the repair was verified")
    moved = [each async for each in asked.world.audit.entries() if each.what == "incident.investigating"]
    assert moved[-1].data["reason"] == "KubePodCrashLooping still fires 12 min after the repair was verified"
    assert (await asked.audited()).count("incident.still_firing") == 1


async def test_it_comes_back_once(asked: Play) -> None:
    """However often the alert is repeated after that, it is looked into once, until a repair closes it again."""
    body = await repaired(asked)
    for _ in range(5):
        asked.clock.advance(LIMIT)
        await asked.send(body)
    row = await came_back(asked)
    assert row is not None
    assert (row.recurrence, row.n) == (1, 2)


async def test_an_alert_takes_its_time_to_resolve(asked: Play) -> None:
    """A repeat soon after the close, or none at all, is no sign of anything."""
    body = await repaired(asked)
    await later(asked, LIMIT - 60)
    await asked.send(body)
    await later(asked, 2 * LIMIT)
    assert await came_back(asked) is None


async def test_what_resolved_after_the_close_stays_closed(asked: Play) -> None:
    """Once the alert is over, a late repeat of it brings nothing back."""
    body = await repaired(asked)
    await asked.send({**body, "status": "resolved", "alerts": [{**body["alerts"][0], "status": "resolved"}]})
    await later(asked, LIMIT + 120)
    await asked.send(body)
    assert await came_back(asked) is None


async def test_what_a_person_closed_stays_closed(asked: Play) -> None:
    """They said that it is over, and their alert may fire on."""
    body = alert_body(asked.shop.crashing())
    await asked.client.dismiss((await asked.incident()).id, who=Person(name="ann", via="cli"), reason="known")
    await asked.settle()
    await later(asked, LIMIT + 120)
    await asked.send(body)
    assert await came_back(asked) is None


@pytest.mark.parametrize(
    ("answer", "back"), [(True, True), (False, False), (None, True), (Unreachable("no answer"), True)], ids=str
)
async def test_prometheus_may_know_better(asked: Play, answer: Any, back: Any) -> None:
    """Where the rule is seen there and does not fire, a late delivery is not believed; where nobody knows, it is."""
    body = await repaired(asked)
    asked.world.metrics = Rules(answer)  # type: ignore[assignment]
    await later(asked, LIMIT + 120)
    await asked.send(body)
    assert (await came_back(asked) is not None) is back


async def test_it_comes_back_after_hours_and_a_restart(asked: Play, play: Callable[..., Any]) -> None:
    """Long after the relapse watch, in another process: what is closed as repaired is read from the store."""
    body = await repaired(asked)
    asked.clock.advance(4 * 3600)
    two: Play = await play(shop=asked.shop)
    await two.send(body)
    assert await came_back(two) is not None


async def test_after_a_day_nobody_watches(asked: Play) -> None:
    """What is delivered after that is no word on that repair any more."""
    body = await repaired(asked)
    await later(asked, WATCH + EVERY)
    assert await came_back(asked) is None
    await asked.send(body)
    assert await came_back(asked) is None


async def test_a_persons_request_brings_nothing_back(play: Callable[..., Any]) -> None:
    """A request never resolves and is not repeated: an incident that it began stays closed when the repair is verified."""
    one: Play = await play()
    body = alert_body(one.shop.crashing())
    await one.send(body)
    stored = (await one.view()).alerts[0].alert
    await one.world.alerts.append([replace(stored, fingerprint="00000000000000aa", source="person")])
    await one.settle()
    await one.send({**body, "status": "resolved", "alerts": [{**body["alerts"][0], "status": "resolved"}]})
    await one.approve()
    assert (await one.incident()).ended == "repaired"
    one.clock.advance(LIMIT + 120)
    await one.world.alerts.append([replace(stored, fingerprint="00000000000000aa", source="person", received_at=one.clock.now())])
    assert await came_back(one) is None


async def test_the_word_of_an_earlier_close_is_late_news(asked: Play) -> None:
    """An event about another investigation of the incident reopens nothing."""
    await repaired(asked)
    row = await asked.incident()
    late = Event(incident_id=row.id, kind=EventKind.STILL_FIRING, at=asked.clock.now(), data={"n": 0, "reason": "x"})
    await asked.world.incidents.add_event(late)
    assert await came_back(asked) is None
