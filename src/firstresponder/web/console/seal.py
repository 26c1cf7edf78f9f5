"""What a browser keeps for us, so that nobody else can write it: JSON with an HMAC over it.

The key is made from the token: a changed token ends every session at once, and there is no second secret to keep.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TypeVar

import msgspec

from firstresponder.model import Noun

N = TypeVar("N", bound=Noun)


class Seal:
    """Signs for a purpose; what was signed for one purpose is nothing for another."""

    def __init__(self, token: str) -> None:
        """Make the key."""
        self._key = hmac.digest(token.encode(), b"firstresponder console, key 1", "sha256")

    def put(self, purpose: str, value: Noun) -> str:
        """Return `value` as text that is safe in a cookie."""
        text = base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")
        return f"{text}.{self.mark(purpose, text)}"

    def take(self, purpose: str, sealed: str, form: type[N]) -> N | None:
        """Return what `put` was given for the same purpose, or None for anything else."""
        text, _, mark = sealed.partition(".")
        if not self.marked(purpose, text, mark):
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=form)
        except (binascii.Error, ValueError):  # signed by us once, in an older form
            return None

    def mark(self, purpose: str, text: str) -> str:
        """Return 64 hex digits that only the holder of the token can make."""
        return hmac.digest(self._key, f"{purpose}\0{text}".encode("utf-8", "replace"), "sha256").hex()

    def marked(self, purpose: str, text: str, mark: str) -> bool:
        """Whether `mark` is the mark of `text`, in constant time."""
        return hmac.compare_digest(self.mark(purpose, text).encode(), mark.encode("utf-8", "replace"))
