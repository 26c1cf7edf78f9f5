"""Which values a stored plan may hold as they are, and how a structured one is written with such values only.

An object or a list in a plan is named by its digest on disk (`seal.py`), and found again only where the cluster holds it. A
value that is new to the cluster is therefore written leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from firstresponder.model import Json, PatchOp
from firstresponder.redaction import Redactor
from firstresponder.remediation import patch

LONGEST = 200
"""Characters of a plain string that a stored plan may hold."""


def is_plain(path: str, value: Json) -> bool:
    """Whether the value may stand in a stored plan: empty, or short and by its place and form no secret."""
    if value in ({}, []):
        return True
    short = value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LONGEST)
    return short and bool(Redactor().at(path, value) == value)


def leaves(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Every scalar and every empty map or list in a value, with its place."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from leaves(f"{path}/{patch.escape(key)}", value[key])
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(f"{path}/{index}", item)
    else:
        yield path, value


def written(path: str, value: Json, op: Literal["add", "replace"] = "add") -> Iterator[PatchOp]:
    """The operations that put a value there leaf by leaf; `op` is that of the first."""
    if isinstance(value, dict) and value:
        yield PatchOp(op=op, path=path, value={})
        for key in sorted(value):
            yield from written(f"{path}/{patch.escape(key)}", value[key])
    elif isinstance(value, list) and value:
        yield PatchOp(op=op, path=path, value=[])
        for index, item in enumerate(value):
            yield from written(f"{path}/{index}", item)
    else:
        yield PatchOp(op=op, path=path, value=value)


def changes(old: Json, new: Json, path: str = "") -> Iterator[tuple[str, Json | patch.Absent, Json | patch.Absent]]:
    """The smallest parts in which two values differ: (place, before, after). A list that grew or shrank differs at its end."""
    if patch.same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from changes(old.get(key, patch.ABSENT), new.get(key, patch.ABSENT), f"{path}/{patch.escape(key)}")
    elif isinstance(old, list) and isinstance(new, list) and (len(old) == len(new) or _begins_alike(old, new)):
        for index in range(max(len(old), len(new))):
            sides = [side[index] if index < len(side) else patch.ABSENT for side in (old, new)]
            yield from changes(sides[0], sides[1], f"{path}/{index}")
    else:
        yield path, old, new


def _begins_alike(one: list[Json], other: list[Json]) -> bool:
    return all(map(patch.same, one, other))
