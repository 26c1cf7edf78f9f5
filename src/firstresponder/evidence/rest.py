"""What was read on the way and no collector kept: owners, Services, more pods. A bundle needs it to repeat the way."""

from __future__ import annotations

from collections.abc import Iterable

from firstresponder.evidence.render import trim
from firstresponder.model import Evidence, Json, canonical
from firstresponder.redaction import Redactor

MOST = 60
"""Objects: an owner or a Service tells where the way went, a hundredth pod tells nothing more."""
_NEVER = ("ConfigMap", "Secret")  # their content is not for keeping; that a ConfigMap exists is an item


def rest(seen: Iterable[Json], kept: Iterable[Evidence], redactor: Redactor, room: int) -> tuple[list[Json], int]:
    """Return what no item holds, redacted, as far as `room` bytes and `MOST` go, and how many objects are left out."""
    there = {_key(obj) for item in kept for obj in item.objects if "kind" in obj}
    found: list[Json] = []
    left_out = 0
    for obj in seen:
        if _key(obj) in there or obj.get("kind") in _NEVER:
            continue
        there.add(_key(obj))
        if len(found) >= MOST:
            left_out += 1
            continue
        small = redactor.forget(redactor.object(trim(obj)))
        size = len(canonical(small))
        if size > room:
            left_out += 1
            continue
        room -= size
        found.append(small)
    return found, left_out


def _key(obj: Json) -> tuple[str, str, str]:
    metadata = obj.get("metadata") or {}
    return str(obj.get("kind")), str(metadata.get("namespace") or ""), str(metadata.get("name"))
