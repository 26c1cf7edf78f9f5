"""What was answered to a request, so that the same one again gets the same answer and has no second effect."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import NamedTuple

from firstresponder.errors import Temporary
from firstresponder.ports.clock import Clock

KEEP = 900.0
"""Seconds; a signature counts for 300 to either side of the clock."""

MOST = 2000


class Reply(NamedTuple):
    """A whole HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Earlier:
    """Remembers answers for a while. Several event loops may ask. A restart forgets: then the store answers the same."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was answered yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Future[Reply]]] = OrderedDict()

    async def once(self, key: str, answer: Callable[[], Awaitable[Reply]]) -> Reply:
        """Return what `answer` says the first time; later calls with the key wait for that, or get it at once."""
        with self._lock:
            now = self._clock.monotonic()
            while self._kept and (len(self._kept) >= MOST or next(iter(self._kept.values()))[0] < now - KEEP):
                self._kept.popitem(last=False)
            known = self._kept.get(key)
            if known is None:
                mine: Future[Reply] = Future()
                self._kept[key] = (now, mine)
        if known is not None:
            return await asyncio.shield(asyncio.wrap_future(known[1]))
        try:
            reply = await answer()
        except BaseException:
            with self._lock:
                self._kept.pop(key, None)
            mine.set_exception(Temporary("the same request failed a moment ago; nothing was decided"))
            raise
        mine.set_result(reply)
        return reply
