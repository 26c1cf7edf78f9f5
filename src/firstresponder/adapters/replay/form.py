"""Bundle files: read with bounds, and refused with words that say what, where, and what was expected.

The form is `model/bundle.py`; docs/bundle.md describes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from firstresponder.errors import BadInput
from firstresponder.model import Json
from firstresponder.model.bundle import SCHEMA_VERSION, Bundle, object_key

MOST_BYTES = 20_000_000
"""A live investigation is at most 2 MB; a recording with hundreds of frames fits too."""
_KEY = re.compile(r"[A-Za-z]+/[^/\s]*/[^/\s]+")
_MAPS = ("spec", "status")


def read_bundle(path: Path | str) -> Bundle:
    """Read a file (or a pipe). Raises BadInput with the file's name, the place in it, what was expected and what came."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise BadInput(f"{path}: expected at most {MOST_BYTES // 1_000_000} MB, got more; leave out what no alert is about")
    return parse_bundle(content, str(path))


def parse_bundle(content: bytes, name: str) -> Bundle:
    """Understand the content of a file that is called `name`. Raises BadInput."""
    try:
        tree = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{name}: expected JSON, got something else: {error}") from error
    if not isinstance(tree, dict):
        raise BadInput(f"{name}: expected an object with now, alert and cluster, got {_kind(tree)}")
    missing = [key for key in ("now", "alert", "cluster") if key not in tree]
    if missing:
        raise BadInput(f"{name}: expected the keys now, alert and cluster; missing: {', '.join(missing)}")
    _check_version(tree.get("schema_version", 0), name)
    try:
        bundle = msgspec.convert({key: value for key, value in tree.items() if value is not None}, Bundle)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$.")
        raise BadInput(f"{name}: {place.rstrip('`') or 'the bundle'}: {words}") from error
    for place, words in _faults(bundle):
        raise BadInput(f"{name}: {place}: {words}")
    return _in_utc(bundle)


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Write a file for people and machines, at once or not at all; only its owner may read it (it tells about a cluster)."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(as_json(bundle))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise BadInput(f"{path}: cannot be written: {error.strerror or error}") from error


def as_json(bundle: Bundle) -> bytes:
    """Return the file's content."""
    return msgspec.json.format(msgspec.json.encode(bundle), indent=1) + b"\n"


def _check_version(version: Json, name: str) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= SCHEMA_VERSION:
        raise BadInput(f"{name}: schema_version: expected {SCHEMA_VERSION} (or none), got {version!r}; is this version too old?")


def _faults(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Everything that the form's types cannot say, as (place, what is wrong)."""
    for number, obj in enumerate(bundle.cluster):
        if fault := _object_fault(obj):
            yield f"cluster[{number}]", fault
    timed = [(f"frames[{i}]", frame) for i, frame in enumerate(bundle.frames)]
    after = bundle.repair.after if bundle.repair else ()
    for place, frame in [*timed, *((f"repair.after[{i}]", one) for i, one in enumerate(after))]:
        for key, obj in frame.cluster.items():
            if not _KEY.fullmatch(key):
                yield f"{place}.cluster", f"expected keys like Pod/namespace/name, got {key!r}"
            elif obj is not None and (fault := _object_fault(obj) or _misnamed(key, obj)):
                yield f"{place}.cluster[{key!r}]", fault
    moments = [_utc(bundle.now), *(_utc(frame.at) for frame in bundle.frames)]
    if moments != sorted(moments):
        yield "frames", "expected times in order, none before `now`"
    seconds = [0.0, *(one.seconds for one in after)]
    if seconds != sorted(seconds):
        yield "repair.after", "expected seconds from 0 on, in order"
    if bundle.repair is not None and not bundle.repair.operations:
        yield "repair.operations", "expected at least one: nothing else tells when the states after it begin"


def _object_fault(obj: Json) -> str:
    """Why this is no Kubernetes object; empty when it is one."""
    if not isinstance(obj, dict):
        return f"expected a Kubernetes object, got {_kind(obj)}"
    if not isinstance(obj.get("kind"), str) or not obj["kind"]:
        return "expected a Kubernetes object with a kind, got one without"
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not metadata["name"]:
        return f"expected the {obj['kind']} to have metadata with a name, got none"
    for name in _MAPS:
        if not isinstance(obj.get(name), dict | None):
            return f"expected the {name} of {obj['kind']} {metadata['name']} to be an object, got {_kind(obj[name])}"
    for name in ("labels", "annotations"):
        if not isinstance(metadata.get(name), dict | None):
            return f"expected metadata.{name} of {obj['kind']} {metadata['name']} to be an object, got {_kind(metadata[name])}"
    return ""


def _misnamed(key: str, obj: Json) -> str:
    return "" if object_key(obj) == key else f"the object of that name calls itself {object_key(obj)}"


def _in_utc(bundle: Bundle) -> Bundle:
    """Put all moments into UTC; a time without an offset is taken for UTC."""
    frames = tuple(msgspec.structs.replace(frame, at=_utc(frame.at)) for frame in bundle.frames)
    repair = msgspec.structs.replace(bundle.repair, at=_utc(bundle.repair.at)) if bundle.repair else None
    return msgspec.structs.replace(bundle, now=_utc(bundle.now), frames=frames, repair=repair)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
