"""The ports of one cluster together, and what stands in for them where none is configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

from firstresponder.adapters.kubernetes.access import KubernetesAccess
from firstresponder.adapters.kubernetes.client import Connection, connect
from firstresponder.adapters.kubernetes.logs import KubernetesLogs
from firstresponder.adapters.kubernetes.read import KubernetesRead
from firstresponder.adapters.kubernetes.write import KubernetesWrite
from firstresponder.config import Cluster
from firstresponder.errors import NotFound, Unreachable
from firstresponder.model import Change, Json, Permission
from firstresponder.ports.access import Access
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.cluster_write import ClusterWrite
from firstresponder.ports.logs import Logs

NONE: Final = "no cluster is configured: set cluster.kubeconfig (and cluster.context), or KUBECONFIG, or run inside one"


@dataclass(frozen=True, kw_only=True)
class Kubernetes:
    """One cluster. `name` is for people; empty where none is configured."""

    name: str
    read: ClusterRead
    write: ClusterWrite
    logs: Logs
    access: Access
    connection: Connection | None

    async def close(self) -> None:
        """Close what the running event loop holds open."""
        if self.connection is not None:
            await self.connection.close()


class Unconfigured:
    """Answers every question with "no cluster is configured"."""

    async def get(self, kind: str, namespace: str, name: str) -> Json:  # noqa: ARG002  # a port's form
        """Raise Unreachable."""
        self._none()

    async def list(
        self,
        kind: str,  # noqa: ARG002  # a port's form
        namespace: str,  # noqa: ARG002
        *,
        labels: str = "",  # noqa: ARG002
        fields: str = "",  # noqa: ARG002
        limit: int = 500,  # noqa: ARG002
    ) -> list[Json]:
        """Raise Unreachable."""
        self._none()

    async def preview(self, change: Change) -> Json:  # noqa: ARG002  # a port's form
        """Raise Unreachable."""
        self._none()

    async def apply(self, change: Change, *, timeout: float) -> Json:  # noqa: ARG002  # a port's form
        """Raise Unreachable."""
        self._none()

    async def tail(
        self,
        namespace: str,  # noqa: ARG002  # a port's form
        pod: str,  # noqa: ARG002
        container: str,  # noqa: ARG002
        *,
        previous: bool = False,  # noqa: ARG002
        lines: int = 200,  # noqa: ARG002
        max_bytes: int = 65536,  # noqa: ARG002
    ) -> str:
        """Raise Unreachable."""
        self._none()

    async def may(self, permission: Permission) -> tuple[bool, str]:  # noqa: ARG002  # a port's form
        """Raise NotFound."""
        raise NotFound(NONE)

    async def server(self) -> tuple[str, datetime | None]:
        """Raise NotFound."""
        raise NotFound(NONE)

    def _none(self) -> NoReturn:
        raise Unreachable(NONE, retry_after=60.0)


def open_cluster(cluster: Cluster, env: Mapping[str, str]) -> Kubernetes:
    """Build the ports from the settings and the environment. Nothing is sent yet. Raises BadConfig."""
    connection = connect(cluster, env)
    if connection is None:
        none = Unconfigured()
        return Kubernetes(name="", read=none, write=none, logs=none, access=none, connection=None)
    return Kubernetes(
        name=connection.name,
        read=KubernetesRead(connection),
        write=KubernetesWrite(connection),
        logs=KubernetesLogs(connection),
        access=KubernetesAccess(connection),
        connection=connection,
    )
