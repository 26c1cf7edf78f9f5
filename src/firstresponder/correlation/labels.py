"""What the labels alone say about an alert's place: the key for alerts whose object is not known."""

from __future__ import annotations

from firstresponder.model import Alert

WORKLOAD_LABELS = (
    "deployment",
    "statefulset",
    "daemonset",
    "cronjob",
    "job_name",
    "rollout",
    "replicaset",
    "horizontalpodautoscaler",
    "poddisruptionbudget",
    "persistentvolumeclaim",
)
"""Labels that name what an alert is about. `pod`, `service`, `job` and `instance` are often the exporter's own."""

WORKLOAD = "workload:"
GROUP = "group:"
ALERT = "alert:"

ALWAYS_FIRING = frozenset({"Watchdog", "InfoInhibitor", "DeadMansSwitch"})
"""Alerts that fire to show that alerting works, or to inhibit others; nothing is wrong while they do."""


def key_of(alert: Alert) -> str:
    """Return `workload:cluster/namespace/label/name`, else `group:…` (Alertmanager's group), else `alert:fingerprint`.

    A group without labels holds everything that a route gets: it says nothing, so it makes no key.
    """
    labels = alert.labels
    if namespace := labels.get("namespace"):
        for label in WORKLOAD_LABELS:
            if name := labels.get(label):
                return f"{WORKLOAD}{labels.get('cluster', '')}/{namespace}/{label}/{name}"
    if alert.group_key and not alert.group_key.endswith(":{}"):
        return f"{GROUP}{labels.get('cluster', '')}/{alert.group_key}"
    return ALERT + alert.fingerprint


def always_fires(alert: Alert) -> bool:
    """Whether the alert is meant to fire all the time."""
    return alert.name in ALWAYS_FIRING or alert.labels.get("severity", "").strip().lower() == "none"
