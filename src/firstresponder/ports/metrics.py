"""Prometheus."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Finding


class Metrics(Protocol):
    """Answers of a Prometheus server."""

    async def firing(self, alertname: str, labels: dict[str, str]) -> bool | None:
        """Whether such an alert is pending or firing now; None when no rule of that name is visible there.

        `labels` must all be carried by the alert. Raises Unreachable, Forbidden.
        """
        ...

    async def check(self) -> list[Finding]:
        """See whether it answers, has rules, and sends alerts on. Raises Unreachable, Forbidden."""
        ...
