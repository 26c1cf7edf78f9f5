"""From rows to work: what a turn does after a crash, in a storm, and with work that was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from firstresponder.config import Guards
from firstresponder.errors import Unhealthy
from firstresponder.model import Event, EventKind, Person, Phase
from firstresponder.remediation.gate import MARKS
from firstresponder.testing.engine import InlineEngine
from firstresponder.testing.shop import GOOD, alert_body
from firstresponder.workflow import looking
from firstresponder.workflow.reconcile import PATIENCE

from .conftest import Play


def distinct(body: Any, count: int) -> Any:
    """One body with that many alerts about nothing in common."""
    one = body["alerts"][0]
    body["alerts"] = [
        {**one, "labels": {"alertname": "Odd", "namespace": "nowhere", "deployment": f"d{number}", "severity": "info"}}
        for number in range(count)
    ]
    return body


async def test_a_process_that_died_after_writing_the_row_loses_nothing(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row says investigating and no workflow was started: the next process starts it and asks."""
    one: Play = await play()
    monkeypatch.setattr(one.engine, "ensure", _never)
    await one.send(alert_body(one.shop.crashing()))
    assert (await one.incident()).phase is Phase.INVESTIGATING
    two: Play = await play(shop=one.shop)
    await two.settle()
    assert (await two.incident()).phase is Phase.ASKING


async def _never(_start: object) -> str:
    return "PENDING"


@pytest.mark.parametrize("mark", [*MARKS, "step.decide_again.after", "step.act_do.after", "step.verify_do.after"])
async def test_losing_the_engines_database_loses_no_incident(mark: str, asked: Play, play: Callable[..., Any]) -> None:
    """The process dies at any line, and all is forgotten that the engine kept: the repair still ends with one effect."""

    def die(at: str) -> None:
        if at == mark:
            asked.engine.kill()
            raise asyncio.CancelledError

    asked.world.mark = die
    await asked.client.approve((await asked.incident()).id, plan_digest="", who=Person(name="ann", via="test"))
    await asked.turn()
    await asked.engine.idle()
    two: Play = await play(shop=asked.shop, engine=InlineEngine())
    await two.settle()
    assert (await two.incident()).phase is Phase.CLOSED
    assert (asked.shop.cluster.effects, asked.shop.image()) == (1, GOOD)


async def test_an_investigation_that_breaks_is_handed_over(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own in a step ends with a person who is told so, not with an incident that hangs."""

    async def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(looking, "diagnose", broken)
    one: Play = await play()
    await one.send(alert_body(one.shop.crashing()))
    one.clock.advance(PATIENCE + 1)
    await one.settle()
    row = await one.incident()
    assert row.phase is Phase.ESCALATED
    assert "ended with ERROR" in row.reason
    assert "workflow.lost" in await one.audited()


async def test_a_storm_is_looked_into_a_few_at_a_time(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred incidents at once start at most `limits.max_concurrent` investigations side by side."""
    one: Play = await play()
    running: list[int] = []
    started = one.engine.ensure

    async def counted(start: Any) -> str:
        status = await started(start)
        running.append(sum(1 for task in one.engine._tasks.values() if not task.done()))
        return status

    monkeypatch.setattr(one.engine, "ensure", counted)
    body = distinct(alert_body("x"), 100)
    await one.send(body)
    for _ in range(100):
        await one.settle()
        rows, _cursor = await one.client.incidents(phases=(Phase.INVESTIGATING,), limit=200, before="")
        if not rows:
            break
    rows, _cursor = await one.client.incidents(phases=(), limit=200, before="")
    assert len(rows) == 100
    assert {row.phase for row in rows} == {Phase.ESCALATED}
    assert max(running) <= one.world.settings.limits.max_concurrent


async def test_in_a_storm_the_worst_is_looked_into_first(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A critical alert that comes last among many is investigated with the first."""
    one: Play = await play()
    order: list[str] = []
    started = one.engine.ensure

    async def noted(start: Any) -> str:
        order.append(start.incident_id)
        return await started(start)

    monkeypatch.setattr(one.engine, "ensure", noted)
    body = distinct(alert_body("x"), 30)
    body["alerts"][-1]["labels"]["severity"] = "critical"
    await one.send(body)
    rows, _cursor = await one.client.incidents(phases=(), limit=200, before="")
    (critical,) = [row.id for row in rows if row.severity == "critical"]
    assert critical in order[: one.world.settings.limits.max_concurrent]


async def test_an_alert_whose_filing_failed_is_filed_at_the_next_turn(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the store refuses one filing, nothing is half done and the next turn files it."""
    one: Play = await play()
    filed = one.world.incidents.file

    async def once(*args: Any) -> None:
        monkeypatch.setattr(one.world.incidents, "file", filed)
        raise Unhealthy("the disk is full")

    monkeypatch.setattr(one.world.incidents, "file", once)
    with pytest.raises(Unhealthy):
        await one.send(alert_body(one.shop.crashing()))
    assert len(one.board.live) == 0
    await one.settle()
    assert (await one.incident()).phase is Phase.ASKING


async def test_the_late_end_of_an_alert_stays_with_its_incident(asked: Play) -> None:
    """A resolve that comes after the close changes nothing and the alert still belongs to that incident."""
    pod = (await asked.view()).alerts[0].alert.labels["pod"]
    await asked.approve()
    await asked.send(alert_body(pod, "resolved"))
    after = await asked.view()
    assert after.incident.phase is Phase.CLOSED
    assert [stored.alert.status for stored in after.alerts] == ["resolved"]


async def test_forty_clicks_are_one_effect(asked: Play) -> None:
    """Forty approvals at the same instant: one is first, all others are told who it was."""
    incident_id = (await asked.incident()).id
    answers = await asyncio.gather(
        *(asked.client.approve(incident_id, plan_digest="", who=Person(name=f"p{number}", via="test")) for number in range(40))
    )
    await asked.settle()
    accepted = [answer for answer in answers if answer.accepted]
    assert len(accepted) == 1
    assert {answer.decided_by for answer in answers} == {accepted[0].decided_by}
    assert asked.shop.cluster.effects == 1


async def test_an_event_of_the_past_changes_nothing(asked: Play) -> None:
    """A result of an investigation that is no longer the current one is kept in the story and has no effect."""
    row = await asked.incident()
    await asked.world.incidents.add_event(
        Event(
            incident_id=row.id,
            kind=EventKind.REMEDIATED,
            at=asked.clock.now(),
            data={"plan_digest": "other", "word": "Successful"},
        )
    )
    await asked.settle()
    assert (await asked.incident()).phase is Phase.ASKING


async def test_no_guard_no_write(play: Callable[..., Any]) -> None:
    """With nothing allowed, no event whatever leads to a write."""
    one: Play = await play(guards=Guards())
    await one.send(alert_body(one.shop.crashing()))
    await one.approve()
    assert one.shop.cluster.writes == 0
