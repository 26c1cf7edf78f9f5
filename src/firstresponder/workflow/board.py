"""The incidents that are not over, as the one worker knows them.

Only the process with the lease moves rows, so it need not read them all again at every turn: it loads them when it
begins and keeps up with its own moves. The rows in the database stay the truth; a move that lost its compare-and-set
shows up as a conflict there and is read anew.
"""

from __future__ import annotations

from firstresponder.correlation.index import Index
from firstresponder.model import Incident, Phase
from firstresponder.workflow.world import World


class Board:
    """Live incidents, and those closed a short while ago."""

    def __init__(self, world: World) -> None:
        """Empty until `load`."""
        self._world = world
        self.live = Index()
        self.recent = Index()

    async def load(self) -> None:
        """Read them from the store."""
        self.live = Index(await self._world.incidents.live())
        self.recent = Index(await self._world.incidents.closed_since(self._world.settings.correlation.relapse_watch))

    def put(self, row: Incident) -> None:
        """Know this row from now on: an open one, one that is being closed, or a closed one to watch for a while."""
        if row.phase is Phase.CLOSED:
            self.recent.put(row)
            if row.closing:
                self.live.put(row)
            else:
                self.live.drop(row.id)
        else:
            self.live.put(row)
            self.recent.drop(row.id)

    def forget_old(self) -> None:
        """Stop watching what was closed longer ago than a relapse is watched for."""
        now, watch = self._world.clock.now(), float(self._world.settings.correlation.relapse_watch)
        for row in self.recent:
            if row.closed_at is not None and (now - row.closed_at).total_seconds() > watch:
                self.recent.drop(row.id)
