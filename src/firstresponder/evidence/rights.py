"""What the questions that collectors share need to be allowed: the questions are `Scene`'s.

A collector declares in `NEEDS` all that it reads in the namespace of the alert, these questions included. A test runs each
one against a cluster that notes what it is asked.
"""

from __future__ import annotations

from typing import Final

from firstresponder.model import Permission

WORKLOAD: Final = (
    *Permission.each("get", "apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
    *Permission.each("get", "batch", "jobs", "cronjobs"),
    *Permission.each("get", "autoscaling", "horizontalpodautoscalers"),
)
"""`Scene.workload`: whichever of them the alert is about."""

REPLICASETS: Final = (*WORKLOAD, *Permission.each("list", "apps", "replicasets"))
"""`Scene.replicasets`."""

PODS: Final = (
    *REPLICASETS,
    *Permission.each("list", "", "pods"),
    *Permission.each("list", "batch", "jobs"),
    *Permission.each("get", "", "services"),
)
"""`Scene.pods`."""

WIDER: Final = (
    *Permission.each("list", "", "pods", "events", "services", "persistentvolumeclaims", "resourcequotas"),
    *Permission.each("list", "apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
    *Permission.each("list", "batch", "jobs", "cronjobs"),
    *Permission.each("list", "autoscaling", "horizontalpodautoscalers"),
    *Permission.each("list", "policy", "poddisruptionbudgets"),
)
"""In all namespaces at once, and not wanted by default: for alerts about a node, or whose labels name no namespace."""
