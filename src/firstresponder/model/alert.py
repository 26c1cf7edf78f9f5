"""What came in, and the object it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from firstresponder.model.base import Noun

BY_PERSON = "person"
"""`Alert.source` of what a person asked for; no webhook can give it."""
REQUESTED = "RespondRequested"
"""The `alertname` of such an alert."""


class Alert(Noun, frozen=True, kw_only=True):
    """One alert as delivered; identity is (`fingerprint`, `starts_at`)."""

    fingerprint: str  # 16 hex digits over the labels, as Prometheus computes it
    labels: dict[str, str]
    annotations: dict[str, str]
    status: Literal["firing", "resolved"]
    starts_at: datetime
    received_at: datetime
    ends_at: datetime | None = None  # only for resolved alerts: a firing alert's endsAt is no fact
    generator_url: str = ""
    group_key: str = ""
    receiver: str = ""
    source: str = "alertmanager"
    assumed: tuple[str, ...] = ()  # fields that were absent and filled in by us

    @property
    def name(self) -> str:
        """The `alertname` label, or a stand-in."""
        return self.labels.get("alertname", "(no alertname)")

    @property
    def by_person(self) -> bool:
        """Whether a person asked for it: nothing was measured, and nothing will ever say that it is over."""
        return self.source == BY_PERSON


class StoredAlert(Noun, frozen=True, kw_only=True):
    """An alert on disk, with its row number and how often it was delivered."""

    seq: int
    alert: Alert
    deliveries: int = 1
    first_received_at: datetime
    incident_id: str | None = None


class TargetRef(Noun, frozen=True, kw_only=True):
    """One Kubernetes object. `uid` is empty only until it was read."""

    kind: str
    name: str
    namespace: str = ""
    api_version: str = ""
    uid: str = ""

    def __str__(self) -> str:
        """`Deployment/name`, as scored and shown."""
        return f"{self.kind}/{self.name}"
