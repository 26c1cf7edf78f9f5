"""What all nouns share."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any

import msgspec

Json = Any  # a JSON value as an API server sends it: dict, list, str, int, float, bool or None


class Noun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of all nouns: immutable, keyword-only."""


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks: equal values give equal bytes."""
    return msgspec.json.encode(value, order="deterministic")


def digest(*parts: Any) -> str:
    """SHA-256 (64 hex characters) over the canonical JSON of `parts`."""
    return hashlib.sha256(canonical(parts)).hexdigest()


SEALED = "$sha256"
"""The only key of a value that is named by its digest instead of being written out: `{"$sha256": "…"}`."""


def is_sealed(value: Json) -> bool:
    """Whether the value is named by its digest only."""
    return isinstance(value, dict) and value.keys() == {SEALED}


def means(planned: Json, found: Json) -> bool:
    """Whether a planned value, sealed or not, is the one that was found."""
    return bool(planned[SEALED] == digest(found)) if is_sealed(planned) else bool(planned == found)


def settle(package: str = "firstresponder") -> list[type[msgspec.Struct]]:
    """Have msgspec learn every struct of the package that is defined by now; call it before threads begin to decode.

    msgspec (0.22 seen) publishes what it knows of a struct before that is complete, because types may be recursive. Two
    threads that decode a type for the first time at the same moment then end the process with a segmentation fault.
    Returns the structs; those that cannot be decoded at all (a field that holds a function) are learnt as far as they go.
    """
    seen: dict[type[msgspec.Struct], None] = {}
    waiting = list(msgspec.Struct.__subclasses__())
    while waiting:
        form = waiting.pop()
        if form not in seen:
            seen[form] = None
            waiting += form.__subclasses__()
    ours = [form for form in seen if form.__module__.partition(".")[0] == package]
    for form in ours:
        with contextlib.suppress(TypeError, NameError):
            msgspec.json.Decoder(form)
    return ours


_ABSENT = object()


def at_pointer(obj: Json, pointer: str) -> Json:
    """Return the value at an RFC 6901 pointer; None where there is none (an absent value and null are one to us)."""
    value = obj
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key, _ABSENT)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = _ABSENT
        if value is _ABSENT:
            return None
    return value
