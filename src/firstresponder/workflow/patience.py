"""What a failed delivery means: try again and when, or never; and whether the whole sink is left alone. Pure.

The error's type says it, never its text.
"""

from __future__ import annotations

from datetime import datetime

from firstresponder.errors import FirstresponderError, OutcomeUnknown, Temporary, Unhealthy, Unreachable
from firstresponder.model import Noun, Waiting

FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
"""Seconds before a failed message is tried again: the first time, doubled each time, and at most."""
LONGEST_QUIET = 60.0
"""Seconds for which a sink that cannot be reached is left alone at most."""
LONGEST_ASKED = 3600.0
"""Seconds of patience that a sink may ask for."""
KEEP_TRYING = 6 * 3600.0
"""Seconds after which a message that still cannot be delivered is given up."""
_DOUBLINGS = 10


class NoCard(FirstresponderError):
    """A line whose card was never shown at that sink."""


class Fault(Exception):
    """The notifier raised what no notifier may: it may have sent something before."""


class Patience(Noun, frozen=True, kw_only=True):
    """What follows from a failed try."""

    why: str
    again: bool  # some try may have arrived
    give_up: bool = False
    delay: float = 0.0  # seconds until this message is tried again
    quiet: float = 0.0  # seconds for which nothing is sent to this sink
    silent: int = 0  # how often in a row the sink could not be reached, this time included


def after(error: Exception, waiting: Waiting, now: datetime, silent: int) -> Patience:
    """Say what follows when a try of `waiting` ended with `error`; `silent`: how often the sink was out of reach before."""
    why = str(error) or type(error).__name__
    again = waiting.again or isinstance(error, OutcomeUnknown | Fault)
    if isinstance(error, FirstresponderError) and not isinstance(error, Temporary | Unhealthy):
        return Patience(why=why, again=again, give_up=True)
    if (now - waiting.since).total_seconds() >= KEEP_TRYING:
        tries = "1 try" if waiting.attempts == 0 else f"{waiting.attempts + 1} tries"
        return Patience(why=f"given up after {KEEP_TRYING / 3600:g} h and {tries}: {why}", again=again, give_up=True)
    delay = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(waiting.attempts, _DOUBLINGS))
    if not isinstance(error, Temporary) or isinstance(error, OutcomeUnknown):
        return Patience(why=why, again=again, delay=delay)  # this message's own trouble, as far as we know
    quiet = min(LONGEST_ASKED, error.retry_after)
    delay = max(delay, quiet)
    if isinstance(error, Unreachable):
        silent += 1
        quiet = max(quiet, min(LONGEST_QUIET, 2.0 ** min(silent, _DOUBLINGS)))
    return Patience(why=why, again=again, delay=delay, quiet=quiet, silent=silent)
