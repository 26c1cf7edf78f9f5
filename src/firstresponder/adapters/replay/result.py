"""What a write made of an object, as a name that a recording and its replay can compare."""

from __future__ import annotations

import copy

from firstresponder.model import Json, digest

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""The template's annotation that a rolling restart sets. It holds a time, so it is compared by whether it was set anew."""
SCALED = ("replicas", "template")


def result(obj: Json) -> str:
    """Digest (64 hex characters) of template and replicas; where there is no template of the whole spec, or of the data."""
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return digest(obj.get("data"))
    if "template" not in spec:
        return digest(spec)
    kept = copy.deepcopy({key: spec.get(key) for key in SCALED})
    metadata = (kept["template"] or {}).get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    annotations.pop(RESTARTED_AT, None)
    if "annotations" in metadata and not annotations:
        del metadata["annotations"]
    return digest(kept)


def restarted(before: Json, after: Json) -> bool:
    """Whether the time of restart was set anew."""
    return bool(_restarted_at(before) != _restarted_at(after))


def _restarted_at(obj: Json) -> Json:
    template = (obj.get("spec") or {}).get("template") or {}
    return ((template.get("metadata") or {}).get("annotations") or {}).get(RESTARTED_AT)
