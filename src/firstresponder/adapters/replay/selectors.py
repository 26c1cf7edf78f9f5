"""Label and field selectors over recorded objects, as the API server evaluates them.

Grammar: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from firstresponder.model import Json

Labels = Mapping[str, str]
_SET = re.compile(r"^(?P<key>\S+)\s+(?P<word>in|notin)\s*\((?P<values>[^)]*)\)$")
_EQUALITY = re.compile(r"^(?P<key>[^\s=!]+)\s*(?P<sign>==|!=|=)\s*(?P<value>[\w./:-]*)$")
_EXISTS = re.compile(r"^(?P<no>!?)\s*(?P<key>[A-Za-z0-9][\w./-]*)$")


def label_match(selector: str) -> Callable[[Labels], bool]:
    """Return the test that a label selector stands for; an empty one matches all. Raises ValueError."""
    rules = [_rule(part.strip()) for part in _split(selector) if part.strip()]
    return lambda labels: all(rule(labels) for rule in rules)


def field_match(selector: str) -> Callable[[Json], bool]:
    """Return the test that a field selector stands for: dotted paths with =, == and !=. Raises ValueError."""
    rules = []
    for part in selector.split(","):
        if not part.strip():
            continue
        match = _EQUALITY.match(part.strip())
        if match is None:
            raise ValueError(f"field selector {part!r}: expected path=value or path!=value")
        rules.append((match["key"].split("."), match["sign"] != "!=", match["value"]))
    return lambda obj: all((_at(obj, path) == value) is equal for path, equal, value in rules)


def _rule(part: str) -> Callable[[Labels], bool]:
    if match := _SET.match(part):
        key, values = match["key"], {value.strip() for value in match["values"].split(",")}
        if match["word"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if match := _EQUALITY.match(part):
        key, value = match["key"], match["value"]
        if match["sign"] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if match := _EXISTS.match(part):
        key, absent = match["key"], bool(match["no"])
        return lambda labels: (key in labels) is not absent
    raise ValueError(f"label selector {part!r}: expected key=value, key!=value, key in (…), key notin (…), key or !key")


def _split(selector: str) -> list[str]:
    """Split at commas that are not inside parentheses."""
    return re.split(r",(?![^()]*\))", selector)


def _at(obj: Json, path: list[str]) -> str:
    for key in path:
        obj = obj.get(key) if isinstance(obj, dict) else None
    return "" if obj is None else str(obj)
