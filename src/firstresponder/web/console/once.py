"""Login links: a code that opens the login page once, for ten minutes, kept in memory only."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from firstresponder.ports.clock import Clock

LIFE = 600.0  # seconds
LENGTH = 22  # characters of base 64: 132 bits


class LoginCodes:
    """Makes codes and takes each of them once."""

    def __init__(self, clock: Clock, draw: Callable[[], str]) -> None:
        """`draw` returns at least `LENGTH` characters that nobody can guess, safe in a URL."""
        self._clock = clock
        self._draw = draw
        self._ends: dict[str, float] = {}

    def make(self) -> str:
        """Return a new code; its ten minutes begin now."""
        code = self._draw()[:LENGTH]
        if len(code) < LENGTH:
            raise ValueError(f"a login code of {len(code)} characters can be guessed; expected {LENGTH}")
        self._ends[code] = self._clock.monotonic() + LIFE
        return code

    def good(self, code: str) -> bool:
        """Whether this code would be taken now."""
        return self._known(code) is not None

    def spend(self, code: str) -> bool:
        """Take the code; a second time it is worth nothing."""
        known = self._known(code)
        if known is None:
            return False
        del self._ends[known]
        return True

    def _known(self, code: str) -> str | None:
        now = self._clock.monotonic()
        self._ends = {each: end for each, end in self._ends.items() if end > now}
        given = code.encode("utf-8", "replace")
        return next((each for each in self._ends if hmac.compare_digest(each.encode(), given)), None)
