"""Recordings in the place of a cluster."""

from __future__ import annotations

import msgspec
import structlog

from firstresponder.adapters.kubernetes.cluster import Kubernetes
from firstresponder.adapters.replay.cluster import Replay
from firstresponder.adapters.replay.herald import Herald
from firstresponder.errors import BadInput
from firstresponder.intake.parse import parse_webhook
from firstresponder.ports.clock import Clock
from firstresponder.workflow.client import Client

log = structlog.get_logger(__name__)


def stand_in(recorded: Replay) -> Kubernetes:
    """A recording in the place of the cluster. No connection is made, so none can be used by mistake."""
    log.warning("the cluster is a recording: nothing real is read or changed", recording=recorded.name)
    return Kubernetes(name=recorded.name, read=recorded, write=recorded, logs=recorded, access=recorded, connection=None)


def herald(recorded: Replay, client: Client, clock: Clock) -> Herald:
    """Return what delivers the recordings' alerts at their time. Raises BadInput for alerts that cannot be read."""
    for player in recorded.players:
        if not parse_webhook(msgspec.json.encode(player.alert()), clock.now()).alerts:
            raise BadInput(f"recording {player.bundle.id or '(no id)'}: alert: expected alerts that can be read")

    async def deliver(body: bytes) -> None:
        await client.receive(parse_webhook(body, clock.now()).alerts)

    return Herald(recorded.players, deliver)
