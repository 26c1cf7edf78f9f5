"""By which labels an alert is known again."""

from __future__ import annotations

import pytest

from firstresponder.verification.alerts import identity


@pytest.mark.parametrize(
    ("labels", "known_by"),
    [
        ({"namespace": "a", "pod": "p", "container": "c", "cluster": "eu"}, {"namespace": "a", "pod": "p", "container": "c"}),
        (
            {"namespace": "a", "deployment": "d", "pod": "kube-state-metrics-1", "container": "ksm"},
            {"namespace": "a", "deployment": "d"},
        ),
        ({"alertname": "X", "severity": "critical"}, {}),
        ({"node": "n1", "pod": "exporter"}, {"node": "n1"}),
    ],
)
def test_only_labels_that_identify_and_last_are_asked(labels: dict[str, str], known_by: dict[str, str]) -> None:
    """External labels and kube-state-metrics' own pod are not part of the question."""
    assert identity(labels) == known_by
