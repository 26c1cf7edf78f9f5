"""The system's clock."""

from __future__ import annotations

from datetime import UTC

from firstresponder.adapters.clock import SystemClock


def test_now_is_aware_utc() -> None:
    """Wall time carries its zone, and the zone is UTC."""
    assert SystemClock().now().tzinfo is UTC


async def test_sleep_lasts_as_long_as_asked() -> None:
    """A sleep moves the monotonic clock by at least its length; a negative one is none."""
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.02)
    await clock.sleep(-5)
    assert 0.019 <= clock.monotonic() - before < 4
