"""A server's words, as they may stand in a result, the journal and the audit: without secrets, and short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from firstresponder.model import PatchOp, Touched
from firstresponder.redaction import Redactor

LONGEST: Final = 300
"""Characters of an error that a reason repeats."""


def said(error: Exception | None, about: Iterable[PatchOp | Touched] = ()) -> str:
    """Return an error's words, redacted and cut.

    A refusal may quote what was sent: secrets of the values that it is `about` are taken out wherever they stand.
    """
    redactor = Redactor()
    for one in about:
        for value in (one.value,) if isinstance(one, PatchOp) else (one.old, one.new):
            redactor.at(one.path, value)
    return redactor.words(str(error), LONGEST)
