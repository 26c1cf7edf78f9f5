"""What titles say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.noise.names import identifier, read

SAME = [
    ("CPU usage above 90% on web-07", "CPU usage is above 95% on web-11"),
    ("Pod api-7d9f8b6c5-x2k4j OOMKilled", "Pod api-66bd9c7f4-9zzzz OOMKilled"),
    ("disk failed on 10.0.0.7:9100", "disk failed on 10.1.2.3:9100"),
    ("Build 5f2c1e7a9b1d failed", "Build 0a9b8c7d6e5f failed"),
    ("KubePodCrashLooping", "Kube pod crash looping"),
    ("mail queue depth 120000 and growing", "mail queue depth 180 and growing"),
]
DIFFERENT = [
    ("CPU usage above 90% on web-07", "CPU usage above 90% on db-07"),
    ("checkout p99 latency", "checkout p50 latency"),
    ("HTTP 5xx errors", "HTTP 4xx errors"),
    ("EndpointRegistrationFailure", "EndpointRegistrationTransientFailure"),
    ("KubePodNotReady", "KubePodReady"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_numbers_and_machines_make_no_kind(one: str, other: str) -> None:
    """Titles that differ in numbers, ids and machines are one kind."""
    assert read(one).key == read(other).key


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_make_kinds(one: str, other: str) -> None:
    """Roles of machines, percentiles, error classes and negations tell kinds apart."""
    assert read(one).key != read(other).key


@pytest.mark.parametrize(
    ("title", "grade", "first"),
    [
        ("KubePodCrashLooping", "outage", "crash"),
        ("KubePersistentVolumeFillingUp", "degraded", "volume"),
        ("KubeNodeNotReady", "outage", "node"),
        ("KubeJobFailed", "outage", "job"),
        ("KubeletClientCertificateExpiration", "degraded", "certificate"),
        ("NodeNetworkReceiveErrs", "outage", "node"),
        ("KubeAPIErrorBudgetBurn", "outage", "control plane"),
        ("KubeHpaMaxedOut", "degraded", "autoscaling"),
        ("CPUThrottlingHigh", "degraded", "cpu"),
        ("Watchdog", "harmless", "monitoring"),
        ("PrometheusRuleFailures", "outage", "monitoring"),
        ("Filesystem /var is 81% full", "degraded", "disk"),
        ("Filesystem /var is full", "outage", "disk"),
    ],
)
def test_the_public_rules_are_known(title: str, grade: str, first: str) -> None:
    """Names of the public Kubernetes rules have a class and a grade."""
    said = read(title)
    assert (said.grade, said.classes[0]) == (grade, first)


@pytest.mark.parametrize(
    ("title", "over"),
    [
        ("x failed (recovered)", True),
        ("x is back to normal", True),
        ("x not resolved", False),
        ("name cannot be resolved", False),
        ("x failed", False),
    ],
)
def test_what_says_that_it_is_over(title: str, *, over: bool) -> None:
    """Words of recovery count, and not where they are denied."""
    assert read(title).healed is over


@pytest.mark.parametrize(
    ("text", "name"), [("KubePodCrashLooping", True), ("disk_full", True), ("Failures", False), ("disk full", False)]
)
def test_identifiers(text: str, *, name: bool) -> None:
    """A name as rules have it has more than one part and no blank."""
    assert identifier(text) == (text if name else "")


@given(st.text(max_size=80))
def test_any_title(title: str) -> None:
    """Any text has a key, and the same one every time."""
    assert read(title).key
    read.cache_clear()
    assert read(title) == read(title)
