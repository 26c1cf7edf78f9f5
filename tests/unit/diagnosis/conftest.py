"""Diagnose a handful of objects through the real collectors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import pytest

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs
from firstresponder.config import Limits
from firstresponder.diagnosis.rank import diagnose
from firstresponder.diagnosis.view import View, occurs
from firstresponder.evidence.collect import collect
from firstresponder.model import Alert, Diagnosis, Json
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import NOW, ago

Look = Callable[..., Awaitable[View]]
Diagnose = Callable[..., Awaitable[Diagnosis]]


def alert(minutes: float = 3, **labels: str) -> Alert:
    """Return a firing alert that began that many minutes ago; about Deployment shop/api unless told otherwise."""
    labels = labels or {"deployment": "api"}
    return Alert(
        fingerprint="0123456789abcdef",
        labels={"alertname": "KubePodCrashLooping", "namespace": "shop", "severity": "critical", **labels},
        annotations={},
        status="firing",
        starts_at=datetime.fromisoformat(ago(minutes)),
        received_at=NOW,
    )


@pytest.fixture
def look() -> Look:
    """Collect over objects and logs and return the view."""

    async def run(
        objects: Sequence[Json], logs: Mapping[str, str] | None = None, *, alerts: Sequence[Alert] | None = None
    ) -> View:
        alerts = [alert()] if alerts is None else alerts
        evidence = await collect("inc-1", 1, alerts, BundleCluster(objects), BundleLogs(logs or {}), FakeClock(NOW), Limits())
        return View(evidence, alerts, NOW)

    return run


@pytest.fixture
def diagnosed(look: Look) -> Diagnose:
    """Collect and diagnose; every quote is checked on the way."""

    async def run(
        objects: Sequence[Json], logs: Mapping[str, str] | None = None, *, alerts: Sequence[Alert] | None = None
    ) -> Diagnosis:
        view = await look(objects, logs, alerts=alerts)
        found = diagnose(view.evidence, view.alerts, NOW)
        for hypothesis in found.hypotheses:
            assert hypothesis.citations, f"{hypothesis.cause_class} cites nothing"
            for citation in hypothesis.citations:
                item = view.item(citation.evidence)
                assert item is not None
                assert occurs(item, citation.quote)
        return found

    return run
