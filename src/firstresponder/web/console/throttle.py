"""Slowing down whoever guesses tokens: some tries at once, then one every few seconds."""

from __future__ import annotations

import math
from collections import OrderedDict

from firstresponder.ports.clock import Clock

TRIES = 5
EVERY = 6.0  # seconds until one more try is free
PEERS = 1_000


class Throttle:
    """Counts wrong tokens per peer. Behind a proxy all people are one peer: so the wait is short, and nobody is locked out."""

    def __init__(self, clock: Clock) -> None:
        """Start with no peer known."""
        self._clock = clock
        self._free_at: OrderedDict[str, float] = OrderedDict()  # peer → when all its tries will be free again

    def wait(self, peer: str) -> int:
        """Seconds until this peer may try again; 0: now."""
        now = self._clock.monotonic()
        return max(0, math.ceil(self._free_at.get(peer, now) - now - (TRIES - 1) * EVERY))

    def wrong(self, peer: str) -> None:
        """Note a wrong token."""
        now = self._clock.monotonic()
        self._free_at[peer] = max(self._free_at.pop(peer, now), now) + EVERY
        while len(self._free_at) > PEERS:
            self._free_at.popitem(last=False)
