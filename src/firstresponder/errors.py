"""Every error of ours, drawn as one tree.

FirstresponderError
├── BadInput                  what came in is not what was expected; nothing was lost, nothing was done
│   ├── BadPayload            a webhook body
│   ├── BadConfig             the configuration file or environment (file, line, column)
│   └── BadRunbook            a runbook file
├── NotFound                  no incident, plan or object by that name
├── Conflict                  the world is no longer what the caller saw
│   ├── AlreadyDecided        someone decided before (who, what, when)
│   ├── StaleLease            a newer owner holds the lease
│   └── PreconditionFailed    the API server refused a patch because a tested value differs
├── Forbidden                 the other side knows us and says no
├── Temporary                 try again later (carries `retry_after` seconds)
│   ├── Unreachable           no answer, and nothing was done
│   └── OutcomeUnknown        the request may or may not have taken effect: look before trying again
└── Unhealthy                 our own store, audit or clock cannot be trusted: no writes

Adapters raise these at the boundary and chain the library's own error as the cause.
Whether to try again is the error's type, never its text.
"""

from __future__ import annotations


class FirstresponderError(Exception):
    """Root of all errors that Firstresponder raises on purpose."""


class BadInput(FirstresponderError):
    """What came in is not what was expected."""


class BadPayload(BadInput):
    """A webhook body that cannot be read."""


class BadConfig(BadInput):
    """A configuration that cannot be used; the text names file, line and column."""


class BadRunbook(BadInput):
    """A runbook file that cannot be used."""


class NotFound(FirstresponderError):
    """Nothing by that name."""


class Conflict(FirstresponderError):
    """The world is no longer what the caller saw."""


class AlreadyDecided(Conflict):
    """Somebody decided before."""


class StaleLease(Conflict):
    """A newer owner holds the lease; this one must not write."""


class PreconditionFailed(Conflict):
    """The API server refused a change because a tested value differs."""


class Forbidden(FirstresponderError):
    """The other side knows us and says no."""


class Temporary(FirstresponderError):
    """Worth another try after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        """Say what failed; `retry_after` is in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(Temporary):
    """No answer, and nothing was done."""


class OutcomeUnknown(Temporary):
    """The request may or may not have taken effect: look before trying again."""


class Unhealthy(FirstresponderError):
    """Our own store, audit or clock cannot be trusted."""
