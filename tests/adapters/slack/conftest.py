"""A stand-in for Slack on loopback, a clock, and cards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firstresponder.model import Ask, Card, Line, Phase
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.slack import SlackStandIn

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DIGEST = "ab" * 32
ASK = Ask(plan_digest=DIGEST, label="Roll back to revision 4", tier=2, expires_at=NOON + timedelta(minutes=30))
FULL: dict[str, Any] = {
    "incident_id": "inc-0001",
    "version": 3,
    "title": "KubePodCrashLooping: Deployment api",
    "severity": "critical",
    "phase": Phase.ASKING,
    "status": "asking until 12:30 UTC",
    "subject": "Deployment/api",
    "namespace": "shop",
    "since": NOON - timedelta(minutes=5),
    "firing": 1,
    "alerts": 2,
    "cause": "The new version exits with code 3 at start",
    "confidence": 0.9,
    "proof": ("pod api-7d-x: 6 restarts, exit code 3", "log: FATAL missing setting DB_URL"),
    "change": "Revision 4 → 5 at 11:54 (image api:1.4 → api:1.5)",
    "proposal": "Roll back Deployment api from revision 5 to 4",
    "diff": "--- Deployment/api\n+++ Deployment/api\n-        image: api:1.5\n+        image: api:1.4\n",
    "unconfirmed": ("Prometheus could not be read",),
    "why_not": ("windows: it is Friday evening",),
    "alternatives": ("oom-killed-limit-too-low (20%): the limit is too low",),
    "ask": ASK,
    "may_take_over": True,
    "link": "https://firstresponder.example/incidents/inc-0001",
}


def card(**changes: Any) -> Card:
    """Return the card of the bad release, asking, with changes."""
    return Card(**{**FULL, **changes})


def decided(**changes: Any) -> Card:
    """Return the same after the approval."""
    return card(
        ask=None,
        phase=Phase.ACTING,
        status="repairing",
        decided="approved by ann (slack:U0ANN) via slack at 12:03:04 UTC",
        **changes,
    )


def line(key: str = "verified-7", text: str = "Verification PASS", *, loud: bool = False) -> Line:
    """Return something that happened."""
    return Line(key=key, at=NOON, text=text, loud=loud)


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands still."""
    return FakeClock(NOON)


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[SlackStandIn]:
    """Serve the stand-in."""
    async with SlackStandIn(clock) as stand_in:
        yield stand_in
