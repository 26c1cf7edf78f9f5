"""How things stood before."""

from __future__ import annotations

from typing import Any

import msgspec

from firstresponder.errors import Unreachable
from firstresponder.verification.baseline import Baseline, baseline


async def test_it_counts_pods_and_restarts_and_is_json(shop: Any) -> None:
    """Counts and the restarts of all current pods, old revisions included; it survives a trip through JSON."""
    shop.pod("old", revision=1, restarts=5)
    taken = await baseline(shop.cluster, shop.target)
    assert (taken.ready, taken.desired) == (2, 2)
    assert taken.restarts == {"uid-api-0": 0, "uid-api-1": 0, "uid-old": 5}
    assert msgspec.json.decode(msgspec.json.encode(taken), type=Baseline) == taken


async def test_what_cannot_be_read_is_unknown_and_says_why(shop: Any) -> None:
    """A cluster that does not answer leaves an empty baseline with the reason, not an error."""
    shop.cluster.fail_next("read", Unreachable("down"))
    taken = await baseline(shop.cluster, shop.target)
    assert (taken.unknown, taken.ready, taken.restarts) == ("down", 0, {})
