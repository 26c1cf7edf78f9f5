"""How the recorder reads the testbed."""

from __future__ import annotations

import asyncio
import contextlib

from firstresponder.errors import NotFound
from firstresponder.model import Json
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.logs import Logs

NODE_INFO = ("architecture", "operatingSystem", "containerRuntimeVersion", "kubeletVersion")
TRIES, AGAIN = 10, 0.5  # seconds


class Discreet:
    """A `ClusterRead` that does not tell which machine the node is: what is published says what ran there, not where."""

    def __init__(self, read: ClusterRead) -> None:
        """Read through this one."""
        self._read = read
        self.list = read.list

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object; of a node's information only what is about Kubernetes."""
        found: Json = await self._read.get(kind, namespace, name)
        if kind == "Node":
            info = found["status"]["nodeInfo"]
            found["status"]["nodeInfo"] = {name: info[name] for name in NODE_INFO}
        return found


class Patient:
    """`Logs` that asks again: for a moment now and then a kubelet looks for the run before in the container before that one."""

    def __init__(self, logs: Logs) -> None:
        """Read through this one."""
        self._logs = logs

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the end of a log. Raises NotFound where it is not there for a while."""
        for _ in range(TRIES if previous else 0):
            with contextlib.suppress(NotFound):
                return await self._logs.tail(namespace, pod, container, previous=True, lines=lines, max_bytes=max_bytes)
            await asyncio.sleep(AGAIN)
        return await self._logs.tail(namespace, pod, container, previous=previous, lines=lines, max_bytes=max_bytes)
