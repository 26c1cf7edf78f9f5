"""Cordon a node: no new pod is placed on it. Pods that run there stay. It is what `kubectl cordon` does."""

from __future__ import annotations

from firstresponder.remediation.flag import Flag

CORDON_NODE = Flag(
    "cordon-node",
    "Node",
    "unschedulable",
    value=True,
    verb="Cordon",
    already="cordoned",
    undo_note="lets new pods be placed on it again",
)
