"""Labels that say where an alert belongs (the keys themselves are tested with the filing)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firstresponder.correlation.labels import always_fires
from firstresponder.model import Alert

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("labels", "always"),
    [
        ({"alertname": "Watchdog"}, True),
        ({"alertname": "InfoInhibitor", "severity": "none"}, True),
        ({"alertname": "X", "severity": " NONE "}, True),
        ({"alertname": "X", "severity": "info"}, False),
        ({"alertname": "X"}, False),
        ({"alertname": "WatchdogMissing", "severity": "critical"}, False),
    ],
)
def test_which_alerts_always_fire(labels: dict[str, str], *, always: bool) -> None:
    """Alerts known by name, and those whose severity is none, are meant to fire; an absent severity says nothing."""
    alert = Alert(fingerprint="f", labels=labels, annotations={}, status="firing", starts_at=NOW, received_at=NOW)
    assert always_fires(alert) is always
