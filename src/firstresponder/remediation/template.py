"""A revision's pod template, as the Deployment holds it."""

from __future__ import annotations

from firstresponder.model import Json

HASH_LABEL = "pod-template-hash"
"""The label that the deployment controller adds to each ReplicaSet's template (and to nobody else's)."""


def of_revision(replicaset: Json) -> Json:
    """Return the template of a ReplicaSet without the label that the controller added; a map left empty is left out."""
    template = dict(replicaset["spec"]["template"])
    metadata = dict(template.get("metadata") or {})
    if HASH_LABEL in (metadata.get("labels") or {}):
        metadata["labels"] = {key: value for key, value in metadata["labels"].items() if key != HASH_LABEL}
        if not metadata["labels"]:
            del metadata["labels"]
        template["metadata"] = metadata
    return template
