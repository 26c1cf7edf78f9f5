"""What an incident is called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.correlation.title import severity_of, title_of
from firstresponder.model import Alert, TargetRef

NOW = datetime(2026, 3, 10, tzinfo=UTC)


def an_alert(**labels: str) -> Alert:
    """An alert with these labels."""
    return Alert(fingerprint="f", labels=labels, annotations={}, status="firing", starts_at=NOW, received_at=NOW)


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        (TargetRef(kind="Deployment", name="api", namespace="shop"), "KubePodCrashLooping: Deployment shop/api"),
        (TargetRef(kind="Node", name="worker-1"), "KubePodCrashLooping: Node worker-1"),
        (None, "KubePodCrashLooping: namespace shop"),
    ],
)
def test_the_title(subject: TargetRef | None, title: str) -> None:
    """The title is the alert and what it is about; an exporter's pod is not taken for it."""
    assert title_of(an_alert(alertname="KubePodCrashLooping", namespace="shop", pod="ksm-0"), subject) == title


def test_a_title_without_anything() -> None:
    """An alert without a name and a place still has a title."""
    assert title_of(an_alert(), None) == "(no alertname)"


@given(name=st.text(), namespace=st.text())
def test_a_title_is_one_short_line(name: str, namespace: str) -> None:
    """Whatever the labels hold, the title is one line of at most 160 characters."""
    title = title_of(an_alert(alertname=name, namespace=namespace), None)
    assert len(title) <= 160
    assert len(title.splitlines()) <= 1


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ({"severity": "critical"}, "critical"),
        ({"severity": " Warning "}, "warning"),
        ({"severity": "crit"}, "critical"),
        ({"severity": "warn", "priority": "P0"}, "warning"),
        ({"severity": "page"}, "page"),
        ({"priority": "P0"}, "p0"),
        ({}, "none"),
        ({"severity": " "}, "none"),
    ],
)
def test_the_severity(labels: dict[str, str], severity: str) -> None:
    """The severity is the label's, lower case and without short forms; the priority stands in for it."""
    assert severity_of(an_alert(**labels)) == severity
