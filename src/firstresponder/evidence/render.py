"""Objects as text that a person reads, and the difference of two."""

from __future__ import annotations

import difflib

from firstresponder.model import Json

# What an annotation holds after kubectl apply is the whole object again; field managers' sets are bookkeeping.
_BULK = ("kubectl.kubernetes.io/last-applied-configuration",)


def trim(obj: Json) -> Json:
    """Return the object without bookkeeping; of `managedFields`, who wrote when stays."""
    metadata = dict(obj.get("metadata") or {})
    if "managedFields" in metadata:
        keep = ("manager", "operation", "time", "subresource")
        metadata["managedFields"] = [
            {key: entry[key] for key in keep if key in entry} for entry in metadata["managedFields"] or []
        ]
    if metadata.get("annotations"):
        metadata["annotations"] = {key: value for key, value in metadata["annotations"].items() if key not in _BULK}
    return {**obj, "metadata": metadata}


def outline(value: Json, indent: int = 0) -> list[str]:
    """Return a JSON value as lines in the manner of YAML, keys sorted, named list members under their names' order."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key in sorted(value):
            inner = value[key]
            if isinstance(inner, dict | list) and inner:
                lines += [f"{pad}{key}:", *outline(inner, indent + 1)]
            else:
                lines.append(f"{pad}{key}: {_leaf(inner)}")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for inner in value:
            if isinstance(inner, dict | list) and inner:
                first, *rest = outline(inner, indent + 1)
                lines += [f"{pad}- {first.lstrip()}", *rest]
            else:
                lines.append(f"{pad}- {_leaf(inner)}")
        return lines
    return [f"{pad}{_leaf(value)}"]


def diff(old: Json, new: Json, old_name: str, new_name: str) -> str:
    """Return the unified diff of two outlines; empty when they are equal."""
    return "\n".join(difflib.unified_diff(outline(old), outline(new), old_name, new_name, lineterm="", n=3))


def _leaf(value: Json) -> str:
    if value is None or value in ({}, []):
        return {"None": "null", "{}": "{}", "[]": "[]"}[str(value)]
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return repr(text) if isinstance(value, str) and ("\n" in text or text == "" or text != text.strip()) else text
