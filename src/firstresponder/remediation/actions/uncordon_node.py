"""Uncordon a node: new pods may be placed on it again. It is what `kubectl uncordon` does."""

from __future__ import annotations

from firstresponder.remediation.flag import Flag

UNCORDON_NODE = Flag(
    "uncordon-node",
    "Node",
    "unschedulable",
    value=False,
    verb="Uncordon",
    already="schedulable",
    undo_note="cordons it again",
)
