"""What an error that kept us from reading something means as a gap."""

from __future__ import annotations

from typing import Final, Literal

from firstresponder.errors import Forbidden, NotFound, Unreachable
from firstresponder.evidence.reads import BudgetSpent
from firstresponder.model import Gap
from firstresponder.redaction import Redactor

LONGEST: Final = 500
"""Characters of an error that a gap repeats."""

_Kind = Literal["timeout", "forbidden", "unreachable", "not_found", "too_large", "failed"]
_KINDS: tuple[tuple[type[Exception], _Kind], ...] = (
    (TimeoutError, "timeout"),
    (Forbidden, "forbidden"),
    (NotFound, "not_found"),
    (Unreachable, "unreachable"),
    (BudgetSpent, "too_large"),
    (Exception, "failed"),
)


def gap(collector: str, what: str, error: Exception) -> Gap:
    """Return the gap; its words are short and hold no secrets. An error of no known kind is named by its type."""
    kind = next(kind for form, kind in _KINDS if isinstance(error, form))
    words = str(error) if kind != "failed" else f"{type(error).__name__}: {error}"
    return Gap(collector=collector, what=what, why=Redactor().words(words, LONGEST), kind=kind)
