"""Reading a cluster: the API server's plain JSON, the form that a bundle has too."""

from __future__ import annotations

from typing import Protocol

from firstresponder.model import Json


class ClusterRead(Protocol):
    """Reads of one cluster.

    `kind` is the Kubernetes kind ("Pod", "ReplicaSet", …). Cluster-wide kinds take an empty namespace.
    Raises NotFound, Forbidden, Unreachable (also for a time-out and for "no cluster is configured").
    """

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object."""
        ...

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Return at most `limit` objects that match the label and field selectors; each carries apiVersion and kind."""
        ...
