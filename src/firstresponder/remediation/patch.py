"""JSON patch (RFC 6902) and JSON pointer (RFC 6901) on plain JSON values; `test`, `add`, `replace`, `remove`.

One deviation from the RFC, on purpose: `test` with the value null passes where the key is absent from an existing object.
The Kubernetes API server's library does so, and it is the one way to say "and nobody put anything there meanwhile".
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

from firstresponder.errors import BadInput, PreconditionFailed
from firstresponder.model import Json, PatchOp, canonical


class Absent:
    """The type of `ABSENT`: no value at that place, which is not the same as null."""

    def __repr__(self) -> str:
        """As it is shown in an error."""
        return "(absent)"


ABSENT: Final = Absent()


class Unmet(PreconditionFailed):
    """An operation does not fit the document: a tested value differs, or its place does not exist."""

    def __init__(self, path: str, expected: object, got: object) -> None:
        """`expected` and `got` are JSON values, `ABSENT`, or words."""
        super().__init__(f"{path or '(the document)'}: expected {short(expected)}, got {short(got)}")
        self.path = path
        self.expected = expected
        self.got = got


def escape(token: str) -> str:
    """One reference token for a pointer: `~` becomes `~0`, `/` becomes `~1`."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer(*tokens: str) -> str:
    """Join keys to a JSON pointer."""
    return "".join("/" + escape(token) for token in tokens)


def tokens(path: str) -> list[str]:
    """Split a JSON pointer into its keys. Raises BadInput if it is none."""
    if path == "":
        return []
    if not path.startswith("/"):
        raise BadInput(f"a JSON pointer is empty or begins with '/', got {path!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def look_up(document: Json, path: str) -> Json | Absent:
    """Return the value at a pointer, or ABSENT."""
    value = document
    for token in tokens(path):
        if isinstance(value, dict):
            value = value.get(token, ABSENT)
        elif isinstance(value, list) and (index := _index(token, len(value) - 1)) is not None:
            value = value[index]
        else:
            return ABSENT
        if value is ABSENT:
            return ABSENT
    return value


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal: true is not 1, and ABSENT equals only itself."""
    if isinstance(one, Absent) or isinstance(other, Absent):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def holds(document: Json, path: str, value: Json) -> bool:
    """Whether a `test` of this value would pass."""
    got = look_up(document, path)
    if got is ABSENT and value is None:
        keys = tokens(path)
        return isinstance(look_up(document, pointer(*keys[:-1])), dict)
    return same(got, value)


def apply(document: Json, ops: Sequence[PatchOp]) -> Json:
    """Return a patched copy; all operations or none. Raises Unmet."""
    result = copy.deepcopy(document)
    for op in ops:
        if op.op == "test":
            if not holds(result, op.path, op.value):
                raise Unmet(op.path, op.value, look_up(result, op.path))
        else:
            result = _change(result, op)
    return result


def stored(document: Json, ops: Sequence[PatchOp]) -> Json:
    """Return the object as an API server would store it: patched, and one generation on where its spec changed.

    What every stand-in for an API server uses. Raises PreconditionFailed in the server's manner (422).
    """
    try:
        result = apply(document, ops)
    except Unmet as error:
        raise PreconditionFailed(f"422: the server rejected our request: {error}") from error
    if not same(document.get("spec"), result.get("spec")):
        result["metadata"]["generation"] = document["metadata"].get("generation", 0) + 1
    return result


def short(value: object, limit: int = 80) -> str:
    """Show a JSON value in at most `limit` characters."""
    text = repr(value) if isinstance(value, Absent) else canonical(value).decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _change(document: Json, op: PatchOp) -> Json:
    keys = tokens(op.path)
    value = copy.deepcopy(op.value)
    if not keys:
        if op.op == "remove":
            raise Unmet(op.path, "a place inside the document", "the document itself")
        return value
    parent = look_up(document, pointer(*keys[:-1]))
    if isinstance(parent, dict):
        _change_object(parent, keys[-1], op, value)
    elif isinstance(parent, list):
        _change_array(parent, keys[-1], op, value)
    else:
        raise Unmet(op.path, "an object or array around it", parent)
    return document


def _change_object(parent: dict[str, Any], key: str, op: PatchOp, value: Json) -> None:
    if op.op != "add" and key not in parent:
        raise Unmet(op.path, "a value to " + op.op, ABSENT)
    if op.op == "remove":
        del parent[key]
    else:
        parent[key] = value


def _change_array(parent: list[Any], key: str, op: PatchOp, value: Json) -> None:
    last = len(parent) if op.op == "add" else len(parent) - 1
    index = len(parent) if key == "-" and op.op == "add" else _index(key, last)
    if index is None:
        raise Unmet(op.path, f"an index from 0 to {last}", key)
    if op.op == "add":
        parent.insert(index, value)
    elif op.op == "replace":
        parent[index] = value
    else:
        del parent[index]


def _index(token: str, last: int) -> int | None:
    """An array index as RFC 6901 writes it (no sign, no leading zero), from 0 to `last`; else None."""
    if not (token.isascii() and token.isdigit()) or (len(token) > 1 and token[0] == "0") or int(token) > last:
        return None
    return int(token)
