"""The slow path: what is not exactly as Alertmanager sends it, read as far as it can be understood."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from firstresponder.errors import BadPayload

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes no NUL, and half a surrogate pair is no character


class BadAlert(Exception):
    """One alert that cannot be read; never leaves this room."""


class WireAlert(msgspec.Struct):
    """One alert of a webhook body, as the sender writes it."""

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    status: str = ""
    startsAt: datetime | None = None  # noqa: N815 - the sender's name
    endsAt: datetime | None = None  # noqa: N815
    generatorURL: str = ""  # noqa: N815


def read_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, its texts without characters that cannot be stored. Raises BadPayload."""
    try:
        tree = json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise BadPayload(
            f"the body is not JSON ({str(error) or 'nested too deep'}); send Content-Type application/json"
        ) from error
    if not isinstance(tree, dict):
        raise BadPayload(f"expected a JSON object with alerts, got a {type(tree).__name__}")
    try:
        return {clean(key): _clean_all(value) for key, value in tree.items()}
    except RecursionError as error:
        raise BadPayload("the body is nested too deep") from error


def clean(text: str) -> str:
    """Return the text with NUL and lone surrogates replaced by U+FFFD."""
    return _UNSTORABLE.sub("�", text)


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean_all(each) for each in value]
    if isinstance(value, dict):
        return {clean(key): _clean_all(each) for key, each in value.items()}
    return value


def read_alert(item: Any) -> tuple[WireAlert, tuple[str, ...]]:
    """Return one alert and the names of fields that had to be guessed. Raises BadAlert."""
    if not isinstance(item, dict):
        raise BadAlert(f"expected an object with labels, got a {type(item).__name__}")
    assumed: list[str] = []
    labels = _texts(item.get("labels"), "labels", assumed)
    annotations = _texts(item.get("annotations"), "annotations", assumed)
    status = item.get("status")
    if status is not None and not isinstance(status, str):
        raise BadAlert(f"status: expected firing or resolved, got a {type(status).__name__}")
    url = item.get("generatorURL")
    wire = WireAlert(
        labels=labels,
        annotations=annotations,
        status=(status or "").strip().lower(),
        startsAt=_time(item.get("startsAt")),
        endsAt=_time(item.get("endsAt")),
        generatorURL=url if isinstance(url, str) else "",
    )
    return wire, tuple(assumed)


def _texts(value: Any, name: str, assumed: list[str]) -> dict[str, str]:
    """A mapping of texts; numbers and booleans become the text that JSON has for them, and that is marked."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadAlert(f"{name}: expected an object, got a {type(value).__name__}")
    texts: dict[str, str] = {}
    for key, each in value.items():
        if isinstance(each, str):
            texts[key] = each
        elif isinstance(each, bool | int) or (isinstance(each, float) and math.isfinite(each)):
            texts[key] = json.dumps(each)
            assumed.append(f"{name}.{key}")
        elif each is not None:  # null is an absent label
            raise BadAlert(f"{name}.{key[:40]}: expected a text, got a {type(each).__name__}")
    return texts


def _time(value: Any) -> datetime | None:
    """An RFC 3339 time, or None: an unreadable time is an absent one, and filled in like it."""
    if not isinstance(value, str):
        return None
    try:
        at = msgspec.convert(value, datetime)
        return at.astimezone(UTC) if at.tzinfo is not None and at.year > 1 else at
    except (msgspec.ValidationError, OverflowError):
        return None
