"""`Logs` over HTTP: the end of a container's log."""

from __future__ import annotations

import re
from typing import Final

from firstresponder.adapters.kubernetes.client import Connection, Params
from firstresponder.adapters.kubernetes.kinds import path
from firstresponder.errors import BadInput, NotFound

SPARE: Final = 8
"""How many times `max_bytes` is transferred at most: `limitBytes` cuts the *end* off, which is what we are after."""

LOST: Final = re.compile(rb"unable to retrieve container logs for [a-z0-9.-]+://[0-9a-f]+\s*")
"""What a kubelet sends, with status 200, for a run whose container it has removed meanwhile (kubernetes
pkg/kubelet/kuberuntime, GetContainerLogs): it is no log."""


class KubernetesLogs:
    """Reads logs."""

    def __init__(self, connection: Connection) -> None:
        """Read through this connection."""
        self._connection = connection

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the last lines, at most `max_bytes` of them; bytes that are no UTF-8 become U+FFFD.

        Where the lines are so long that the transfer's limit cuts the end, fewer are asked for (three requests at most).
        Raises NotFound (no such pod, not started, no previous run), Forbidden, Unreachable.
        """
        most = SPARE * max_bytes
        for few in dict.fromkeys((lines, max(1, lines // 8), 1)):
            body = await self._read(namespace, pod, container, previous=previous, lines=few, most=most)
            if len(body) < most:
                break
        if len(body) > max_bytes:
            cut = body[-max_bytes:]
            _, line_end, rest = cut.partition(b"\n")
            body = rest if line_end and rest else cut
        return body.decode(errors="replace")

    async def _read(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int, most: int) -> bytes:
        params: Params = {"container": container, "tailLines": str(lines), "limitBytes": str(most)}
        if previous:
            params["previous"] = "true"
        try:
            body = await self._connection.call("GET", path("Pod", namespace, pod) + "/log", params)
        except BadInput as error:  # the server answers 400 where there is no such container or no such run
            raise NotFound(str(error)) from error
        if LOST.fullmatch(body):
            raise NotFound(f"the kubelet has removed the container of this run of {namespace}/{pod}/{container}, and its log")
        return body
