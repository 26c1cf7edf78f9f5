"""Names drawn by chance from the system's source of randomness."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import UTC

from firstresponder.ports.clock import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: without i, l, o and u, so that an id can be read aloud and typed back."""

_LETTERS = 6  # 30 bits: two of a thousand incidents of one day get the same id once in two thousand days


class RandomIds:
    """`Ids` such as incident `20261121-7f3k9c` and holder `pod-abc-17-5d2e91`."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that dates an incident; the holder's name is made here, once for the process."""
        self._clock = clock
        self._holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"

    def incident(self) -> str:
        """Return the UTC date of birth and six random characters; safe in a URL, sortable by day."""
        born = self._clock.now().astimezone(UTC)
        return f"{born:%Y%m%d}-{''.join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))}"

    def holder(self) -> str:
        """Return host name, process id and a random part: a restarted process is another holder."""
        return self._holder
