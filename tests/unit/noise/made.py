"""Streams with labels and times, made for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2024, 3, 1, tzinfo=UTC)
DAY = 24 * 60.0


def alert(name: str, minute: float, lasted: float | None = 30, severity: str = "warning", **labels: str) -> dict[str, Any]:
    """An alert as a webhook body has it; times in minutes after START. `lasted` None: it still fires. `severity` "": none."""
    at = START + timedelta(minutes=minute)
    made: dict[str, Any] = {
        "labels": {"alertname": name, **({"severity": severity} if severity else {}), **labels},
        "status": "firing" if lasted is None else "resolved",
        "startsAt": at.isoformat(),
    }
    if lasted is not None:
        made["endsAt"] = (at + timedelta(minutes=lasted)).isoformat()
    return made


def body(alerts: Sequence[Mapping[str, Any]]) -> str:
    """One webhook body."""
    return json.dumps({"version": "4", "alerts": list(alerts)}, indent=1)


def flapping(*, source: str = "warning", target: str = "warning", **labels: str) -> list[dict[str, Any]]:
    """Twelve days on each of which a network interface flaps and, three minutes later, a pod on that node is not ready."""
    made = []
    for day in range(12):
        where = {"cluster": "c1", "node": f"n{day % 3}", **labels}
        at = day * DAY + 60 * (day * 7 % 24)
        made.append(alert("NodeNetworkInterfaceFlapping", at, 40, source, **where))
        made.append(alert("KubePodNotReady", at + 3, 30, target, **where, namespace="shop", pod=f"api-{day}"))
    return made
