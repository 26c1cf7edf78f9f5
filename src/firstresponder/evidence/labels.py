"""Which labels of an alert name a Kubernetes object, and which only name the exporter that measured it.

kube-state-metrics and other exporters put their *own* `pod`, `container`, `service` and `instance` on what they report,
unless Prometheus scrapes them with `honor_labels: true`; with `honor_labels: false` the object's own labels arrive
as `exported_pod` and so on (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config).
`job` is always the scrape job, never a Kubernetes Job.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from firstresponder.model import Noun

# In order of trust: the name of a controller is never the exporter's, the name of a pod may be.
KINDS: tuple[tuple[str, str], ...] = (
    ("deployment", "Deployment"),
    ("statefulset", "StatefulSet"),
    ("daemonset", "DaemonSet"),
    ("cronjob", "CronJob"),
    ("job_name", "Job"),
    ("horizontalpodautoscaler", "HorizontalPodAutoscaler"),
    ("persistentvolumeclaim", "PersistentVolumeClaim"),
    ("poddisruptionbudget", "PodDisruptionBudget"),
    ("resourcequota", "ResourceQuota"),
    ("replicaset", "ReplicaSet"),
    ("pod", "Pod"),
    ("service", "Service"),
    ("service_name", "Service"),
    ("node", "Node"),
)
_BY_WORD = {kind.lower(): kind for _, kind in KINDS}
_EXPORTER = re.compile(r"kube-state-metrics|exporter", re.IGNORECASE)
# Labels that Prometheus' service discovery sets for the scraped process.
_OF_THE_SCRAPE = ("pod", "service")


class Named(Noun, frozen=True, kw_only=True):
    """An object that a label names; nobody has looked yet whether it exists."""

    kind: str
    name: str
    namespace: str
    label: str


def named(labels: Mapping[str, str]) -> list[Named]:
    """Return the objects that the labels name, the most trustworthy first, without the exporter's own."""
    namespace = labels.get("exported_namespace") or labels.get("namespace", "")
    found = []
    for kind_label, name_label in (
        ("workload_type", "workload"),
        ("owner_kind", "owner_name"),
        ("created_by_kind", "created_by_name"),
    ):
        kind = _BY_WORD.get(labels.get(kind_label, "").lower(), "")
        if kind and labels.get(name_label):
            found.append(Named(kind=kind, name=labels[name_label], namespace=namespace, label=name_label))
    for label, kind in KINDS:
        for spelled in (f"exported_{label}", label):
            name = labels.get(spelled, "")
            if name and not (spelled == label and exporters_own(label, labels)):
                at = "" if kind == "Node" else namespace
                found.append(Named(kind=kind, name=name, namespace=at, label=spelled))
                break
    return found


def exporters_own(label: str, labels: Mapping[str, str]) -> bool:
    """Whether this label only says which process measured."""
    value = labels.get(label, "")
    if label not in _OF_THE_SCRAPE:
        return False
    if any(f"exported_{other}" in labels for other in ("pod", "service", "namespace")):
        return True
    if not _EXPORTER.search(value):
        return False
    if label == "service":
        return True
    # A pod of the exporter: it is the subject only where something else than the exporter itself reports it,
    # or where the series carries the pod's own uid (kube_pod_* series do).
    job = labels.get("job", "")
    return not ("uid" in labels or (job and not _EXPORTER.search(job)))


def ignored(labels: Mapping[str, str]) -> list[str]:
    """Return the labels that `named` passed over as the exporter's own, for the record."""
    return [label for label in _OF_THE_SCRAPE if label in labels and exporters_own(label, labels)]
