"""Whether the incident's alerts still fire, where their rules can be seen."""

from __future__ import annotations

from collections.abc import Sequence

from firstresponder.model import Alert
from firstresponder.ports.metrics import Metrics

_WORKLOAD = ("deployment", "statefulset", "daemonset", "job_name", "horizontalpodautoscaler", "persistentvolumeclaim", "node")
_POD = ("pod", "container")


def identity(labels: dict[str, str]) -> dict[str, str]:
    """The labels by which Prometheus knows the alert again.

    Not all: external labels are added on the way to Alertmanager, and on alerts about a workload `pod` and `container` are
    those of kube-state-metrics, which change with its own restarts.
    """
    of_workload = {key: labels[key] for key in _WORKLOAD if key in labels}
    of_pod = {key: labels[key] for key in _POD if key in labels}
    namespace = {"namespace": labels["namespace"]} if "namespace" in labels else {}
    return {**namespace, **(of_workload or of_pod)}


async def still_firing(metrics: Metrics | None, alerts: Sequence[Alert]) -> list[str]:
    """Return the names of alerts that are pending or firing; a rule that is not visible is not part of the proof.

    Raises Unreachable, Forbidden.
    """
    if metrics is None:
        return []
    asked = {(alert.name, tuple(sorted(identity(alert.labels).items()))) for alert in alerts if alert.status == "firing"}
    return sorted({name for name, labels in sorted(asked) if await metrics.firing(name, dict(labels))})
