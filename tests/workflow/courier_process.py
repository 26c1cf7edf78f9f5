"""One process that tells of an incident and may be killed on the way: courier_process.py FOLDER MARK.

MARK is "before WHAT" (on disk as tried, nothing sent) or "sent WHAT" (it arrived, and that is not on record), WHAT being
"card" or a line's key; empty: nobody is killed. The channel is a file: one JSON line for each message that arrived. What
the courier asked of the sink is in another file.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import open_store
from firstresponder.config import Settings
from firstresponder.model import Card, Finding, Grant, Incident, Line, Notice, Phase, Receipt
from firstresponder.testing.shop import Shop
from firstresponder.workflow.courier import Courier
from firstresponder.workflow.world import World

LINES = ("a", "b", "c")


class FileSink:
    """A channel that outlives its readers and writers."""

    name = "file"

    def __init__(self, folder: Path, mark: str) -> None:
        """Kill this process at `mark`."""
        self.channel, self.asked, self.mark = folder / "channel", folder / "asked", mark

    def _arrive(self, what: str, *, again: bool) -> None:
        with self.asked.open("a") as file:
            file.write(json.dumps([what, again]) + "\n")
        self._die(f"before {what}")
        there = self.channel.read_text().splitlines() if self.channel.exists() else []
        if not (again and what in there):  # a sink looks for what may have arrived
            with self.channel.open("a") as file:
                file.write(f"{what}\n")
        self._die(f"sent {what}")

    def _die(self, where: str) -> None:
        if self.mark == where:
            os.kill(os.getpid(), signal.SIGKILL)

    async def show(self, card: Card, receipt: Receipt | None, *, again: bool) -> Receipt:
        """Post the card."""
        if receipt is None:
            self._arrive("card", again=again)
        return Receipt(facts=card.facts, where={"file": "channel"})

    async def say(self, line: Line, card: Card, receipt: Receipt, *, again: bool) -> None:
        """Say a line."""
        del card, receipt
        self._arrive(line.key, again=again)

    async def check(self) -> list[Finding]:
        """All is well."""
        return []

    async def close(self) -> None:
        """Nothing is open."""


async def main(folder: Path, mark: str) -> None:
    """Wish for a card and three lines, once; then deliver."""
    clock = SystemClock()
    store = open_store(folder / "data", clock)
    now = clock.now()
    if not await store.incidents.live():
        row = Incident(id="i1", title="t", severity="none", phase=Phase.ESCALATED, opened_at=now, updated_at=now)
        await store.incidents.file([row], [], [], [])
        lines = [Notice(sink="file", incident_id="i1", line=Line(key=key, at=now, text=key)) for key in LINES]
        assert await store.incidents.advance(row, row, 0, [], [Notice(sink="file", incident_id="i1"), *lines])
    shop = Shop()
    world = World(
        alerts=store.alerts,
        incidents=store.incidents,
        outbox=store.outbox,
        audit=store.audit,
        journal=store.journal,
        lease=store.lease,
        kill_switch=store.kill_switch,
        read=shop.cluster,
        write=shop.cluster,
        logs=shop.cluster,
        access=None,  # type: ignore[arg-type] # nobody asks
        folder=None,  # type: ignore[arg-type]
        metrics=None,
        clock=clock,
        ids=None,  # type: ignore[arg-type]
        settings=Settings(),
        runbooks=(),
        grant=Grant(name="worker", holder="h", epoch=1, until=now),
    )
    await Courier(world, FileSink(folder, mark)).settle()
    await store.close()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
