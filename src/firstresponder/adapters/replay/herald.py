"""What Alertmanager does for a real cluster: it delivers a recording's alert, and tells when the alert has resolved."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from firstresponder.adapters.replay.player import Player
from firstresponder.errors import FirstresponderError

EVERY = 0.5
"""Seconds between two looks at the recordings."""

log = structlog.get_logger(__name__)


class Herald:
    """Delivers webhook bodies from a thread of its own; one that was not taken is delivered again."""

    def __init__(self, players: Sequence[Player], deliver: Callable[[bytes], Awaitable[None]]) -> None:
        """`deliver` takes one webhook body, and raises where it could not be stored."""
        self._players = tuple(players)
        self._deliver = deliver
        self._told: dict[int, tuple[str, ...]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="herald", daemon=True)

    def start(self) -> None:
        """Begin: the first thing that is delivered are the alerts."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)

    async def turn(self) -> None:
        """Deliver what changed since the last turn."""
        for number, player in enumerate(self._players):
            body = player.alert()
            statuses = tuple(str(one.get("status")) for one in body.get("alerts") or [])
            if self._told.get(number) == statuses:
                continue
            try:
                await self._deliver(msgspec.json.encode(body))
            except FirstresponderError as error:
                log.warning("an alert of a recording was not taken", recording=player.bundle.id, why=str(error))
            else:
                self._told[number] = statuses

    def _run(self) -> None:
        while not self._stopping.is_set():
            asyncio.run(self.turn())
            self._stopping.wait(EVERY)
