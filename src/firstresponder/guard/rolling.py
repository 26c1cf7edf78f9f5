"""How many pods a rolling update may take away: Kubernetes' own arithmetic."""

from __future__ import annotations

import re
from typing import NamedTuple

from firstresponder.guard.objects import spec
from firstresponder.model import Json


class Budget(NamedTuple):
    """Pods that may be missing, and pods that may be on top, while a rolling update runs."""

    unavailable: int
    surge: int


def rolling_budget(deployment: Json, replicas: int) -> Budget:
    """Resolve maxUnavailable (a percentage rounds down) and maxSurge (up) for so many replicas; both default to 25%.

    Where both come out as 0, one pod may be missing: otherwise nothing could move.
    Source: kubernetes pkg/controller/deployment/util, MaxUnavailable and ResolveFenceposts.
    Raises ValueError for what is neither a number nor a percentage.
    """
    rolling = (spec(deployment).get("strategy") or {}).get("rollingUpdate") or {}
    unavailable = scaled(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    surge = scaled(rolling.get("maxSurge", "25%"), replicas, up=True)
    if unavailable == 0 and surge == 0:
        unavailable = 1
    return Budget(min(unavailable, replicas), surge)


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """Resolve `2` or `"25%"` of `total`. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (percent := re.fullmatch(r"(\d+)%", value)):
        part = int(percent[1]) * total
        return -(-part // 100) if up else part // 100
    raise ValueError(f"expected a count or a percentage, got {value!r}")
