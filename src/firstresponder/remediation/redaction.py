"""Keep secrets out of what people are shown, yet let a changed secret be seen to change.

Each secret becomes `(secret 1)`, `(secret 2)`, … numbered by first sight: equal ones get equal numbers, and nothing of the
value, not even a hash (short secrets are guessed from hashes), leaves the process.
"""

from __future__ import annotations

import re
from typing import Any

from firstresponder.model import Json

SECRET_NAME = re.compile(
    r"pass(w|word|wd|phrase)?|secret|token|api_?-?key|private_?-?key|access_?-?key|credential|auth|dsn", re.IGNORECASE
)
_IN_TEXT = (
    re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://[^\s:/@]*:)(?P<secret>[^\s@/]+)(?=@)", re.IGNORECASE),  # user:password@host
    re.compile(r"(?P<keep>\b(?:bearer|basic)\s+)(?P<secret>[\w.~+/=-]{8,})", re.IGNORECASE),
    re.compile(
        r"(?P<keep>[\w-]*(?:passw(?:or)?d|secret|token|api[_-]?key)[\w-]*\s*[=:]\s*)(?P<secret>[^\s,;&\"']+)", re.IGNORECASE
    ),
)


class Redactor:
    """Redacts several values with one numbering."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: dict[str, int] = {}

    def __call__(self, value: Json) -> Json:
        """Return a copy with secrets replaced: values of environment variables and keys with a telling name, and URLs."""
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list):
            return [self(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _mapping(self, value: dict[str, Any]) -> dict[str, Any]:
        name = value.get("name")
        if isinstance(name, str) and SECRET_NAME.search(name) and isinstance(value.get("value"), str):
            return {key: self._mark(item) if key == "value" else self(item) for key, item in value.items()}
        return {
            key: self._mark(item) if isinstance(item, str) and key != "name" and _telling(key) else self(item)
            for key, item in value.items()
        }

    def _text(self, text: str) -> str:
        for pattern in _IN_TEXT:
            text = pattern.sub(lambda match: match["keep"] + self._mark(match["secret"]), text)
        return text

    def _mark(self, secret: str) -> str:
        return f"(secret {self._seen.setdefault(secret, len(self._seen) + 1)})" if secret else ""


def _telling(key: str) -> bool:
    """Whether a key's value is a secret; `secretName` and the like only refer to one."""
    return bool(SECRET_NAME.search(key)) and not re.search(r"(name|ref|mode|path|type)$", key, re.IGNORECASE)
