"""Recorded times, moved to the time of the replay.

Only times that an API server or a kubelet wrote are moved: of `metadata`, `status`, and of Events. What somebody put into a
spec, a label or an annotation stays, because it is compared with what a repair writes; so do times in the text of a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from firstresponder.model import Json

Move = Callable[[datetime], datetime]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_ZERO_BEFORE = 1971
"""A container that never started "began" in 1970, and Alertmanager's zero time is the year 1: no moments of the recording."""
_METADATA = ("creationTimestamp", "deletionTimestamp", "managedFields")
_KEPT_OF_EVENTS = ("metadata", "involvedObject", "message", "reason", "source")


def moved(obj: Json, move: Move) -> Json:
    """Return the object with its times moved; what has none is shared with the original, so nobody may change it."""
    made = dict(obj)
    if isinstance(obj.get("metadata"), dict):
        metadata = obj["metadata"]
        made["metadata"] = {key: _all(value, move) if key in _METADATA else value for key, value in metadata.items()}
    if "status" in obj:
        made["status"] = _all(obj["status"], move)
    if obj.get("kind") == "Event":
        made |= {key: _all(value, move) for key, value in obj.items() if key not in _KEPT_OF_EVENTS}
    if obj.get("kind") == "Node" and isinstance(obj.get("spec"), dict):
        made["spec"] = {key: _all(value, move) if key == "taints" else value for key, value in obj["spec"].items()}
    return made


def moved_time(text: str, move: Move) -> str:
    """Return one RFC 3339 time, moved, in whole seconds and never later than it really is; zero times stay."""
    at = datetime.fromisoformat(text)
    if at.year < _ZERO_BEFORE:
        return text
    return move(at.astimezone(UTC)).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def _all(value: Json, move: Move) -> Json:
    if isinstance(value, str):
        return moved_time(value, move) if _TIME.fullmatch(value) else value
    if isinstance(value, dict):
        return {key: _all(inner, move) for key, inner in value.items()}
    return [_all(inner, move) for inner in value] if isinstance(value, list) else value
