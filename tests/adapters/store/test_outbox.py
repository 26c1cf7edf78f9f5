"""What waits to be told: coalescing cards, ordered lines, and what a crash leaves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import Store, open_store
from firstresponder.model import Line, Notice, Phase, Receipt, Waiting
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make

SLACK = "slack"


class Telling:
    """Wishes, through the one door that they have: the advance of a row."""

    def __init__(self, store: Store, make: Make) -> None:
        """Begin with nothing told."""
        self.store, self.make = store, make

    async def wish(self, *keys: str, incident: str = "i1", sink: str = SLACK, card: bool = True) -> bool:
        """Wish for the incident's card (unless told not to) and for these lines."""
        row = await self.store.incidents.get(incident)
        at = self.make.clock.now()
        lines = [Notice(sink=sink, incident_id=incident, line=Line(key=key, at=at, text=f"said {key}")) for key in keys]
        notices = [Notice(sink=sink, incident_id=incident), *lines] if card else lines
        from_now = self.make.incident(incident, version=row.version, updated_at=at, phase=row.phase)
        return await self.store.incidents.advance(row, from_now, 0, [], notices)

    async def due(self, sink: str = SLACK) -> list[Waiting]:
        """What could be delivered now."""
        return await self.store.outbox.due(sink, self.make.clock.now(), 100)

    async def head(self) -> Waiting:
        """The only thing that could be delivered now."""
        [one] = await self.due()
        return one

    async def deliver(self, facts: str = "") -> str:
        """Deliver what is first; return "card" or the line's key."""
        one = await self.head()
        await self.store.outbox.tried(one.seq)
        receipt = Receipt(facts=facts, where={"ts": "1"}) if one.notice.line is None else None
        await self.store.outbox.delivered(one, receipt, self.make.clock.now(), [])
        return one.notice.line.key if one.notice.line else "card"


@pytest.fixture
async def telling(store: Store, make: Make) -> Telling:
    """An open incident to tell about."""
    await make.opened(store)
    return Telling(store, make)


async def test_the_card_is_before_its_lines_and_they_are_in_order(telling: Telling) -> None:
    """One notice of an incident at a time: first its card, then line by line as they were wished for."""
    await telling.wish("b", "a")
    await telling.wish("c", card=False)
    assert [await telling.deliver() for _ in range(4)] == ["card", "b", "a", "c"]
    assert await telling.due() == []


async def test_a_new_card_goes_before_lines_that_wait(telling: Telling) -> None:
    """Whoever reads a line below the card finds the card as new as the line."""
    await telling.wish("a", "b")
    await telling.deliver()
    await telling.wish()
    assert [await telling.deliver() for _ in range(3)] == ["card", "a", "b"]


async def test_ten_wishes_for_a_card_are_one(telling: Telling) -> None:
    """A card that waits is wished for once more, never put in twice."""
    for _ in range(10):
        await telling.wish()
    assert (await telling.head()).wanted == 10
    assert await telling.deliver() == "card"
    assert await telling.due() == []


async def test_a_wish_during_a_delivery_is_not_lost(telling: Telling) -> None:
    """What was wished for after the card was drawn makes it due again, with a count of its own."""
    await telling.wish()
    first = await telling.head()
    await telling.store.outbox.tried(first.seq)
    await telling.wish()
    await telling.store.outbox.delivered(first, Receipt(facts="old", where={}), telling.make.clock.now(), [])
    second = await telling.head()
    assert (second.seq, second.wanted, second.attempts, second.again) == (first.seq, 2, 0, False)
    assert (await telling.store.outbox.receipt(SLACK, "i1")) == Receipt(facts="old", where={})


async def test_a_line_is_told_once_whatever_is_wished(telling: Telling) -> None:
    """The same key at the same sink is one line, while it waits and after it was told."""
    await telling.wish("a", "a")
    await telling.wish("a")
    assert [await telling.deliver() for _ in range(2)] == ["card", "a"]
    await telling.wish("a")
    assert [await telling.deliver()] == ["card"]


async def test_what_is_postponed_holds_back_what_is_behind_it_and_nobody_else(telling: Telling) -> None:
    """A postponed head blocks its own incident at its own sink only, until its time comes."""
    clock, outbox = telling.make.clock, telling.store.outbox
    await telling.make.opened(telling.store, "i2")
    await telling.wish("a")
    await telling.wish("a", sink="console")
    await telling.wish(incident="i2")
    [first, other] = await telling.due()
    await outbox.postpone(first, clock.now() + timedelta(seconds=60), "busy", again=False)
    assert await telling.due() == [other]
    assert [each.notice.sink for each in await telling.due("console")] == ["console"]
    clock.advance(61)
    [again] = [each for each in await telling.due() if each.notice.incident_id == "i1"]
    assert (again.notice.line, again.error, again.again) == (None, "busy", False)


async def test_a_wish_for_a_card_that_is_postponed_does_not_hurry_it(telling: Telling) -> None:
    """A sink that asked for patience gets it, whatever happens meanwhile."""
    clock = telling.make.clock
    await telling.wish()
    await telling.store.outbox.postpone(await telling.head(), clock.now() + timedelta(seconds=60), "busy", again=False)
    await telling.wish()
    assert await telling.due() == []


async def test_given_up_is_never_tried_again_and_holds_nothing_back(telling: Telling) -> None:
    """A line that was given up is passed over, and deliveries say why."""
    await telling.wish("a", "b")
    await telling.deliver()
    await telling.store.outbox.give_up(await telling.head(), telling.make.clock.now(), "no such channel", [], again=False)
    assert await telling.deliver() == "b"
    told = await telling.store.outbox.deliveries("i1")
    assert [(each.what, each.state, each.error) for each in told] == [
        ("card", "sent", ""),
        ("said a", "given_up", "no such channel"),
        ("said b", "sent", ""),
    ]


async def test_a_later_wish_tries_a_card_that_was_given_up_anew(telling: Telling) -> None:
    """A new wish begins its own count and time, and still knows that an earlier try may have arrived."""
    clock = telling.make.clock
    await telling.wish()
    first = await telling.head()
    await telling.store.outbox.tried(first.seq)
    await telling.store.outbox.give_up(first, clock.now(), "no answer", [], again=True)
    clock.advance(3600)
    await telling.wish()
    second = await telling.head()
    assert (second.attempts, second.since, second.again, second.error) == (0, clock.now(), True, "")


async def test_giving_up_a_card_leaves_a_newer_wish(telling: Telling) -> None:
    """What was wished for during the last try is due, not given up."""
    await telling.wish()
    first = await telling.head()
    await telling.wish()
    await telling.store.outbox.give_up(first, telling.make.clock.now(), "too long", [], again=False)
    assert (await telling.head()).wanted == 2
    [told] = await telling.store.outbox.deliveries("i1")
    assert told.state == "waiting"


async def test_nothing_is_told_of_a_move_that_lost(telling: Telling) -> None:
    """A notice is in the transaction of what it tells: where the row was moved by somebody else, it is not there."""
    row = await telling.store.incidents.get("i1")
    await telling.wish(card=False)
    stale = await telling.store.incidents.advance(row, row, 0, [], [Notice(sink=SLACK, incident_id="i1")])
    assert not stale
    assert await telling.due() == []


async def test_the_end_and_its_audit_entry_are_one(telling: Telling, store: Store) -> None:
    """A delivery whose audit entry cannot be written is not on record as delivered either."""
    await telling.wish()
    one, now = await telling.head(), telling.make.clock.now()
    timeless = replace(telling.make.draft(), at=now.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        await store.outbox.delivered(one, None, now, [timeless])
    assert (await telling.head()).seq == one.seq


async def test_the_backlog_counts_what_waits(telling: Telling) -> None:
    """By sink, cards and lines; what was told or given up is none of it."""
    await telling.wish("a", "b")
    await telling.wish("a", sink="console")
    await telling.deliver()
    assert await telling.store.outbox.backlog() == {SLACK: 2, "console": 2}


async def test_a_limit_takes_the_oldest_incidents(telling: Telling) -> None:
    """What waits longest is told first."""
    for name in ("i2", "i3"):
        telling.make.clock.advance(1)
        await telling.make.opened(telling.store, name)
        await telling.wish(incident=name)
    await telling.wish()
    found = await telling.store.outbox.due(SLACK, telling.make.clock.now(), 2)
    assert [each.notice.incident_id for each in found] == ["i2", "i3"]


async def test_a_line_that_cannot_be_read_holds_nothing_back(telling: Telling, store: Store) -> None:
    """A line of an older form is told as what it is: something that is no longer readable."""
    await telling.wish("a", "b")
    await telling.deliver()
    await store._database.write(lambda c: c.execute(text("UPDATE outbox SET line = '{\"other\": 1}' WHERE key = 'a'")))
    head = await telling.head()
    assert head.notice.line is not None
    assert "no longer readable" in head.notice.line.text
    await store.outbox.delivered(head, None, telling.make.clock.now(), [])
    assert await telling.deliver() == "b"


async def test_notices_go_with_their_incident(store: Store, make: Make, clock: FakeClock) -> None:
    """A purge removes what was told of an incident, and what still waits, with it."""
    await make.opened(store, phase=Phase.CLOSED, closed_at=clock.now())
    telling = Telling(store, make)
    row = await store.incidents.get("i1")
    assert await store.incidents.advance(row, row, 0, [], [Notice(sink=SLACK, incident_id="i1")])
    clock.advance(86400)
    assert await store.incidents.purge(clock.now()) == 1
    assert await telling.due() == []
    assert await store.outbox.deliveries("i1") == []


KILLED = """
import asyncio, os, signal, sys
from datetime import timedelta
from pathlib import Path
from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import open_store
from firstresponder.model import Incident, Line, Notice, Phase

async def main(folder):
    clock = SystemClock()
    store = open_store(Path(folder), clock)
    now = clock.now()
    row = Incident(id="i1", title="t", severity="critical", phase=Phase.ASKING, opened_at=now, updated_at=now)
    await store.incidents.file([row], [], [], [])
    line = Line(key="a", at=now, text="said")
    await store.incidents.advance(row, row, 0, [], [Notice(sink="slack", incident_id="i1", line=line)])
    [one] = await store.outbox.due("slack", clock.now(), 9)
    await store.outbox.tried(one.seq)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(sys.argv[1]))
"""


def test_a_process_that_dies_between_try_and_end_leaves_its_doubt(data_dir: Path) -> None:
    """After kill -9 with a message on its way, the notice is due, and says that it may have arrived."""
    done = subprocess.run([sys.executable, "-c", KILLED, data_dir], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr

    async def look() -> list[Waiting]:
        clock = SystemClock()
        store = open_store(data_dir, clock)
        found = await store.outbox.due(SLACK, clock.now(), 9)
        await store.close()
        return found

    [one] = asyncio.run(look())
    assert (one.attempts, one.again) == (1, True)
    assert one.notice.line is not None
    assert one.notice.line.text == "said"
