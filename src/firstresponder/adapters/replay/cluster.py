"""Recordings as one cluster: what reads, writes, logs and alerts are asked of, all of them at the present moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from firstresponder.adapters.replay.bundle import find, select, tail
from firstresponder.adapters.replay.form import read_bundle
from firstresponder.adapters.replay.player import Player, key_of
from firstresponder.errors import NotFound
from firstresponder.model import Change, Finding, Json, Permission
from firstresponder.ports.clock import Clock


class Replay:
    """`ClusterRead`, `ClusterWrite`, `Logs`, `Metrics` and `Access` over players. What two of them hold is the first one's."""

    def __init__(self, players: Sequence[Player], name: str) -> None:
        """`name` says to people that it is no cluster."""
        self.players = tuple(players)
        self.name = name

    async def check(self) -> list[Finding]:
        """Say that there is no Prometheus to check."""
        return [Finding(part="Prometheus", state="off", says=f"{self.name}: whether alerts fire comes from the recording")]

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object. Raises NotFound."""
        return find(self._objects(), kind, namespace, name)

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Return at most `limit` objects; an empty namespace means all. Raises ValueError for a selector it cannot read."""
        return select(self._objects(), kind, namespace, labels=labels, fields=fields)[:limit]

    async def preview(self, change: Change) -> Json:
        """Return the object as it would be. Raises NotFound, PreconditionFailed."""
        return self._owner(change).preview(change)

    async def apply(self, change: Change, *, timeout: float) -> Json:  # noqa: ARG002  # nothing here takes time
        """Apply the operations to the recording. Raises NotFound, PreconditionFailed."""
        return self._owner(change).write(change)

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the end of a log as it was then. Raises NotFound."""
        texts = {key: text for player in reversed(self.players) for key, text in player.state().logs.items()}
        return tail(texts, namespace, pod, container, previous=previous, lines=lines, max_bytes=max_bytes)

    async def firing(self, alertname: str, labels: dict[str, str]) -> bool | None:
        """Whether such an alert was pending or firing; None where no rule of that name was seen."""
        rules = [fires[alertname] for player in self.players if alertname in (fires := player.state().firing)]
        return any(labels.items() <= each.items() for rule in rules for each in rule) if rules else None

    async def may(self, permission: Permission) -> tuple[bool, str]:  # noqa: ARG002  # a port's form
        """A recording permits everything: nothing real is behind it."""
        return True, self.name

    async def server(self) -> tuple[str, datetime | None]:
        """Return the version of the cluster that was recorded; a recording has no clock."""
        versions = [player.bundle.recorded.kubernetes for player in self.players if player.bundle.recorded]
        return next(filter(None, versions), "unknown (recorded)"), None

    async def close(self) -> None:
        """Nothing is open."""

    def _objects(self) -> Sequence[Json]:
        held: dict[str, Json] = {}
        for player in reversed(self.players):
            held |= player.state().objects
        return tuple(held.values())

    def _owner(self, change: Change) -> Player:
        key = key_of(change.target)
        for player in self.players:
            if key in player.state().objects:
                return player
        raise NotFound(f"{key} not found")


def open_replay(files: Sequence[Path], clock: Clock, speed: float) -> Replay:
    """Read the bundles and begin to play them all at this moment. Raises BadInput."""
    bundles = [read_bundle(file) for file in files]
    named = [f"{bundle.id or file.name} of {bundle.now:%Y-%m-%d}" for file, bundle in zip(files, bundles, strict=True)]
    return Replay([Player(bundle, clock, speed) for bundle in bundles], f"A RECORDING, no real cluster: {', '.join(named)}")
