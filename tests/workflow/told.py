"""A play with one sink and its courier, for the tests of telling people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from firstresponder.errors import NotFound
from firstresponder.model import Incident, Line, Notice, Person, Phase
from firstresponder.testing.notifiers import FakeNotifier
from firstresponder.workflow.courier import Courier

if TYPE_CHECKING:
    from .conftest import Play

ANN = Person(name="ann", via="slack", proven="slack:U1")


async def until(done: Callable[[], object]) -> None:
    """Let the others run until it is so."""
    for _ in range(5000):
        if done():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("waited in vain")


class Told:
    """A play with one sink, and its courier."""

    def __init__(self, one: Play, notifier: FakeNotifier) -> None:
        """Nothing told yet."""
        self.play, self.sink = one, notifier
        self.courier = Courier(one.world, notifier)

    async def settle(self) -> None:
        """Let the stories and the courier come to rest."""
        await self.play.settle()
        await self.courier.settle()

    async def wish(self, incident: str = "x-1", *lines: str, **fields: Any) -> None:
        """Change an incident (made when it is not there) and wish for its card and lines."""
        store, now = self.play.store.incidents, self.play.clock.now()
        try:
            row = await store.get(incident)
        except NotFound:
            row = Incident(id=incident, title=incident, severity="none", phase=Phase.ESCALATED, opened_at=now, updated_at=now)
            await store.file([row], [], [], [])
        after = replace(row, updated_at=now, **{"reason": f"at version {row.version}", **fields})
        notices = [Notice(sink=self.sink.name, incident_id=incident)]
        notices += [
            Notice(sink=self.sink.name, incident_id=incident, line=Line(key=each, at=now, text=f"said {each}")) for each in lines
        ]
        assert await store.advance(row, after, 0, [], notices)

    async def states(self, incident: str = "x-1") -> list[tuple[str, str, str]]:
        """What the outbox knows of an incident."""
        return [(each.what, each.state, each.error) for each in await self.play.store.outbox.deliveries(incident)]
