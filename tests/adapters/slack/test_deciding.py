"""Clicks against the real decisions over the real store: one effect, whatever comes at whatever instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firstresponder.adapters.slack.clicks import SlackInbox
from firstresponder.adapters.slack.earlier import Reply
from firstresponder.adapters.slack.notifier import SlackNotifier
from firstresponder.config import Approval
from firstresponder.model import Ask, Phase
from firstresponder.testing.shop import alert_body
from firstresponder.testing.slack import SlackStandIn
from tests.adapters.slack.conftest import card
from tests.adapters.slack.forms import shown
from tests.workflow.conftest import Play, play  # noqa: F401 - a fixture


class Room:
    """The pipeline that asks, the stand-in with its card, and the inbox between them."""

    def __init__(self, one: Play, slack: SlackStandIn) -> None:
        """Not shown yet."""
        self.one, self.slack = one, slack
        self.inbox = SlackInbox(slack.settings(), one.client, one.clock)
        self.message: dict[str, Any] = {}

    async def show(self) -> None:
        """Show the card of what is asked."""
        row = await self.one.incident()
        notifier = SlackNotifier(self.slack.settings(), self.one.clock)
        ask = Ask(plan_digest=row.plan_digest, label="Roll back", tier=2, expires_at=row.ask_expires_at)
        await notifier.show(card(incident_id=row.id, ask=ask), None, again=False)
        await notifier.close()
        self.message = self.slack.card(row.id)

    async def send(self, payload: dict[str, Any]) -> Reply:
        """Deliver a signed request and let everything settle."""
        reply = await self.inbox.handle("POST", *self.slack.signed(payload))
        await self.inbox.idle()
        return reply

    @property
    def whispered(self) -> list[str]:
        """What was said in private."""
        return [shown(each["blocks"]) for each in self.slack.whispers]


async def enter(play: Callable[..., Any], **settings: Any) -> Room:  # noqa: F811
    """Bring the pipeline to its question, and show that in Slack."""
    one: Play = await play(**settings)
    await one.send(alert_body(one.shop.crashing()))
    slack = SlackStandIn(one.clock)
    await slack.__aenter__()
    room = Room(one, slack)
    await room.show()
    return room


async def test_an_approval_from_slack_is_carried_out(play: Callable[..., Any]) -> None:  # noqa: F811
    """The click approves; the repair runs; the audit names the person by the id that Slack proves."""
    room = await enter(play)
    await room.send(room.slack.click(room.message, "approve"))
    await room.one.settle()
    assert (await room.one.incident()).phase is Phase.CLOSED
    entries = [entry async for entry in room.one.world.audit.entries()]
    (approved,) = [entry for entry in entries if entry.what == "plan.approved"]
    assert approved.actor == "ann (slack:U0ANN)"
    assert approved.data["identity"] == "slack:U0ANN, by a signed request"
    await room.slack.__aexit__()


async def test_forty_approvers_at_the_same_instant(play: Callable[..., Any]) -> None:  # noqa: F811
    """Of forty clicks by forty people one counts, one repair runs, and thirty-nine are told in private who was first."""
    room = await enter(play)
    clicks = [room.slack.click(room.message, "approve", f"U0{each}", f"p{each}") for each in range(40)]
    await asyncio.gather(*(room.send(each) for each in clicks))
    await room.one.settle()
    assert (await room.one.audited()).count("plan.approved") == 1
    view = await room.one.view()
    assert view.choice is not None
    assert len(room.whispered) == 39
    assert all(view.choice.by in each for each in room.whispered)
    assert len([each for each in room.one.engine.started if each.startswith("remediate") or view.choice.plan_digest in each]) == 1
    await room.slack.__aexit__()


async def test_approve_and_reject_at_the_same_instant(play: Callable[..., Any]) -> None:  # noqa: F811
    """One word stands, and the other person is told so."""
    room = await enter(play)
    await room.send(room.slack.click(room.message, "reject", "U0BOB", "bob"))
    replies = await asyncio.gather(
        room.send(room.slack.click(room.message, "approve")),
        room.send(room.slack.submit(room.slack.views[0], "no", "U0BOB", "bob")),
    )
    audited = await room.one.audited()
    assert audited.count("plan.approved") + audited.count("plan.rejected") == 1
    told = [*room.whispered, *(each.body.decode() for each in replies if each.body)]
    assert len(told) == 1
    await room.slack.__aexit__()


async def test_somebody_who_is_not_on_the_list(play: Callable[..., Any]) -> None:  # noqa: F811
    """A name counts for nothing, the proven id does: a namesake is refused in private and on record, ann is not."""
    room = await enter(play, approval=Approval(approvers=("slack:U0ANN", "ann")))
    await room.send(room.slack.click(room.message, "approve", "U0EVE", "ann"))
    assert "not in approval.approvers" in room.whispered[0]
    assert (await room.one.incident()).phase is Phase.ASKING
    assert "plan.refused_person" in await room.one.audited()
    await room.send(room.slack.click(room.message, "approve"))
    assert "plan.approved" in await room.one.audited()
    await room.slack.__aexit__()


async def test_a_click_after_the_offer_expired(play: Callable[..., Any]) -> None:  # noqa: F811
    """Silence was no: the late click is told that the offer expired, and nothing is done."""
    room = await enter(play)
    room.one.clock.advance(1801)
    await room.send(room.slack.click(room.message, "approve"))
    assert "expired" in room.whispered[0]
    assert "plan.approved" not in await room.one.audited()
    await room.slack.__aexit__()


async def test_a_click_on_an_old_message(play: Callable[..., Any]) -> None:  # noqa: F811
    """The button names another plan than the one that is asked now: nothing is decided, and the clicker reads that."""
    room = await enter(play)
    button = room.message["blocks"][-1]["elements"][0]
    digest = (await room.one.incident()).plan_digest
    button["value"] = button["value"].replace(digest, "0" * 64)
    await room.send(room.slack.click(room.message, "approve"))
    assert "not 000000000000" in room.whispered[0]
    assert (await room.one.incident()).phase is Phase.ASKING
    await room.slack.__aexit__()


async def test_the_same_request_before_and_after_a_restart(play: Callable[..., Any], tmp_path: Path) -> None:  # noqa: F811
    """A new process on the same folder answers the replayed request the same, and decides nothing anew."""
    room = await enter(play)
    request = room.slack.signed(room.slack.click(room.message, "approve"))
    first = await room.inbox.handle("POST", *request)
    again: Play = await play()
    reborn = SlackInbox(room.slack.settings(), again.client, again.clock)
    assert await reborn.handle("POST", *request) == first
    await reborn.idle()
    assert (await again.audited()).count("plan.approved") == 1
    assert room.whispered == []
    await room.slack.__aexit__()


async def test_taking_over_from_slack(play: Callable[..., Any]) -> None:  # noqa: F811
    """The tool stops, and the incident names its owner."""
    room = await enter(play)
    await room.send(room.slack.click(room.message, "take_over"))
    await room.one.settle()
    row = await room.one.incident()
    assert (row.owner, row.phase) == ("ann (slack:U0ANN)", Phase.ESCALATED)
    await room.slack.__aexit__()
