"""Clicks against the real decisions over the real store: one effect, whatever comes at whatever instant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from firstresponder.adapters.slack.clicks import SlackInbox
from firstresponder.adapters.slack.earlier import Reply
from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.config import Approval
from firstresponder.model import Phase
from firstresponder.testing.shop import alert_body
from firstresponder.testing.slack import SlackStandIn
from firstresponder.workflow.courier import Courier
from tests.adapters.slack.forms import actions, check_message, shown
from tests.workflow.conftest import Play, play  # noqa: F401 - a fixture


class Room:
    """The pipeline, its courier to the stand-in, and the inbox between them."""

    def __init__(self, one: Play, slack: SlackStandIn) -> None:
        """Not shown yet."""
        self.one, self.slack = one, slack
        self.notifier = SlackNotifier(slack.settings(mention="S0TEAM"), one.clock)
        one.world.notifiers = (self.notifier,)
        self.courier = Courier(one.world, self.notifier)
        self.inbox = SlackInbox(slack.settings(), one.client, one.clock)

    @property
    def message(self) -> dict[str, Any]:
        """The only message about the incident."""
        (found,) = [each for each in self.slack.messages if not each.get("thread_ts")]
        check_message(found["text"], found["blocks"], found["metadata"])
        return found

    @property
    def thread(self) -> str:
        """What is said below it."""
        return "\n".join(shown(each["blocks"]) for each in self.slack.thread(self.message))

    async def settle(self) -> None:
        """Let the stories and the courier come to rest."""
        await self.one.settle()
        await self.courier.settle()

    async def send(self, payload: dict[str, Any]) -> Reply:
        """Deliver a signed request and let everything settle."""
        reply = await self.inbox.handle("POST", *self.slack.signed(payload))
        await self.inbox.idle()
        return reply

    @property
    def whispered(self) -> list[str]:
        """What was said in private."""
        return [shown(each["blocks"]) for each in self.slack.whispers]


@pytest.fixture
async def enter(play: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:  # noqa: F811
    """Bring a pipeline to its question, and that question into Slack."""
    async with AsyncExitStack() as rooms:

        async def make(**settings: Any) -> Room:
            one: Play = await play(**settings)
            room = Room(one, await rooms.enter_async_context(SlackStandIn(one.clock)))
            rooms.push_async_callback(room.notifier.close)
            await one.send(alert_body(one.shop.crashing()))
            await room.courier.settle()
            return room

        yield make


async def test_from_the_alert_to_the_proof_in_one_message(enter: Callable[..., Any]) -> None:
    """The alert becomes a message with its diff; the click repairs; the same message says who decided and how it ended."""
    room: Room = await enter()
    assert [each.rpartition(".")[2] for each in actions(room.message["blocks"])] == ["approve", "reject", "take_over"]
    assert "What would change" in shown(room.message["blocks"])
    first = room.message["ts"]
    reply = await room.send(room.slack.click(room.message, "approve"))
    assert (reply.status, room.whispered) == (200, [])
    await room.settle()
    assert (await room.one.incident()).phase is Phase.CLOSED
    said = shown(room.message["blocks"])
    assert room.message["ts"] == first
    assert actions(room.message["blocks"]) == []
    assert "approved by ann (slack:U0ANN) via slack" in said
    assert "Verification" in said
    assert "Approved by ann (slack:U0ANN) via slack" in room.thread
    entries = [entry async for entry in room.one.world.audit.entries()]
    (approved,) = [entry for entry in entries if entry.what == "plan.approved"]
    assert approved.actor == "ann (slack:U0ANN)"
    assert approved.data["identity"] == "slack:U0ANN, by a signed request"


async def test_while_slack_is_down_the_repair_goes_on_and_is_told_later(enter: Callable[..., Any]) -> None:
    """A click that arrives is decided, the repair is done; when Slack is back the one message says so."""
    room: Room = await enter()
    request = room.slack.signed(room.slack.click(room.message, "approve"))
    await room.slack.down()
    assert (await room.inbox.handle("POST", *request)).status == 200
    await room.settle()
    assert (await room.one.incident()).phase is Phase.CLOSED
    await room.slack.up()
    assert actions(room.message["blocks"]) != []
    room.one.clock.advance(600)
    await room.settle()
    assert actions(room.message["blocks"]) == []
    assert "Verification" in shown(room.message["blocks"])


async def test_forty_approvers_at_the_same_instant(enter: Callable[..., Any]) -> None:
    """Of forty clicks by forty people one counts, one repair runs, and thirty-nine are told in private who was first."""
    room: Room = await enter()
    clicks = [room.slack.click(room.message, "approve", f"U0{each}", f"p{each}") for each in range(40)]
    await asyncio.gather(*(room.send(each) for each in clicks))
    await room.one.settle()
    assert (await room.one.audited()).count("plan.approved") == 1
    view = await room.one.view()
    assert view.choice is not None
    assert len(room.whispered) == 39
    assert all(view.choice.by in each for each in room.whispered)
    assert len([each for each in room.one.engine.started if each.startswith("remediate") or view.choice.plan_digest in each]) == 1


async def test_approve_and_reject_at_the_same_instant(enter: Callable[..., Any]) -> None:
    """One word stands, and the other person is told so."""
    room: Room = await enter()
    await room.send(room.slack.click(room.message, "reject", "U0BOB", "bob"))
    replies = await asyncio.gather(
        room.send(room.slack.click(room.message, "approve")),
        room.send(room.slack.submit(room.slack.views[0], "no", "U0BOB", "bob")),
    )
    audited = await room.one.audited()
    assert audited.count("plan.approved") + audited.count("plan.rejected") == 1
    told = [*room.whispered, *(each.body.decode() for each in replies if each.body)]
    assert len(told) == 1


async def test_somebody_who_is_not_on_the_list(enter: Callable[..., Any]) -> None:
    """A name counts for nothing, the proven id does: a namesake is refused in private and on record, ann is not."""
    room: Room = await enter(approval=Approval(approvers=("slack:U0ANN", "ann")))
    await room.send(room.slack.click(room.message, "approve", "U0EVE", "ann"))
    assert "not in approval.approvers" in room.whispered[0]
    assert (await room.one.incident()).phase is Phase.ASKING
    assert "plan.refused_person" in await room.one.audited()
    await room.send(room.slack.click(room.message, "approve"))
    assert "plan.approved" in await room.one.audited()


async def test_a_click_after_the_offer_expired(enter: Callable[..., Any]) -> None:
    """Silence was no: the late click is told that the offer expired, and nothing is done."""
    room: Room = await enter()
    room.one.clock.advance(1801)
    await room.send(room.slack.click(room.message, "approve"))
    assert "expired" in room.whispered[0]
    assert "plan.approved" not in await room.one.audited()


async def test_a_click_on_an_old_message(enter: Callable[..., Any]) -> None:
    """The button names another plan than the one that is asked now: nothing is decided, and the clicker reads that."""
    room: Room = await enter()
    button = room.message["blocks"][-1]["elements"][0]
    digest = (await room.one.incident()).plan_digest
    button["value"] = button["value"].replace(digest, "0" * 64)
    await room.send(room.slack.click(room.message, "approve"))
    assert "not 000000000000" in room.whispered[0]
    assert (await room.one.incident()).phase is Phase.ASKING


async def test_the_same_request_before_and_after_a_restart(enter: Callable[..., Any], play: Callable[..., Any]) -> None:  # noqa: F811
    """A new process on the same folder answers the replayed request the same, and decides nothing anew."""
    room: Room = await enter()
    request = room.slack.signed(room.slack.click(room.message, "approve"))
    first = await room.inbox.handle("POST", *request)
    again: Play = await play()
    reborn = SlackInbox(room.slack.settings(), again.client, again.clock)
    assert await reborn.handle("POST", *request) == first
    await reborn.idle()
    assert (await again.audited()).count("plan.approved") == 1
    assert room.whispered == []


async def test_taking_over_from_slack(enter: Callable[..., Any]) -> None:
    """The tool stops, and the incident names its owner."""
    room: Room = await enter()
    await room.send(room.slack.click(room.message, "take_over"))
    await room.one.settle()
    row = await room.one.incident()
    assert (row.owner, row.phase) == ("ann (slack:U0ANN)", Phase.ESCALATED)
