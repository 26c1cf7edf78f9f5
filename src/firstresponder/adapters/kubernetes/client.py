"""Where the cluster is and who we are there; one HTTP client for each event loop.

Credentials are what lightkube reads: in-cluster service accounts (with the rotated token), client certificates, tokens,
basic authentication, and exec plug-ins of the v1alpha1 and v1beta1 protocol. Only what was named is used: the settings,
else the pod's own service account, else `KUBECONFIG`; never a default file that happens to be there.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx2
import msgspec
from lightkube.config.client_adapter import AsyncClient, ConnectionParams
from lightkube.config.kubeconfig import SERVICE_ACCOUNT, KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError

from firstresponder.adapters.kubernetes.failures import of_status, of_transport
from firstresponder.config import Cluster
from firstresponder.errors import BadConfig, OutcomeUnknown, Unreachable
from firstresponder.model import Json

READ_TIMEOUT: Final = 10.0
"""Seconds for one read, from the first byte sent to the last received."""
CONNECT_TIMEOUT: Final = 3.0

Params = dict[str, str]


class Connection:
    """Speaks to one API server. A client works in one event loop only, so that each loop gets its own, when it asks."""

    def __init__(self, make: Callable[[], httpx2.AsyncClient], name: str, unused: httpx2.AsyncClient | None = None) -> None:
        """`make` builds a client with the server's address and our credentials; `name` is for people.

        `unused` is one that was made and never used: the first loop to ask gets it (reading certificates costs 0.1 s).
        """
        self.name = name
        self._make = make
        self._unused = unused
        self._lock = threading.Lock()
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = weakref.WeakKeyDictionary()

    def http(self) -> httpx2.AsyncClient:
        """Return the running loop's client."""
        loop = asyncio.get_running_loop()
        with self._lock:
            client = self._clients.get(loop)
            if client is None:
                client = self._clients[loop] = self._unused or self._make()
                self._unused = None
            return client

    async def close(self) -> None:
        """Close the running loop's client; each loop closes its own."""
        with self._lock:
            client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        params: Params,
        *,
        body: bytes | None = None,
        content_type: str = "",
        timeout: float = READ_TIMEOUT,
        effect: bool = False,
    ) -> bytes:
        """Send one request, once, and return the body of its success.

        `effect`: it changes something, so that silence is OutcomeUnknown and not Unreachable. Raises those, and what
        `failures.of_status` says.
        """
        answer = await self.answer(method, path, params, body=body, content_type=content_type, timeout=timeout, effect=effect)
        return answer.content

    async def answer(
        self,
        method: str,
        path: str,
        params: Params,
        *,
        body: bytes | None = None,
        content_type: str = "",
        timeout: float = READ_TIMEOUT,
        effect: bool = False,
    ) -> httpx2.Response:
        """As `call`, with the answer's headers."""
        what = f"{method} {path}"
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if content_type else {})
        limits = httpx2.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))
        try:
            async with asyncio.timeout(timeout):
                answer = await self.http().request(method, path, params=params, content=body, headers=headers, timeout=limits)
        except TimeoutError as error:
            raise of_transport(error, f"{what}: no answer within {timeout:g} s", effect=effect) from error
        except httpx2.HTTPError as error:
            raise of_transport(error, what, effect=effect) from error
        except (ConfigError, OSError, ValueError, KeyError) as error:
            # Before the request is sent, a credential plug-in may fail in any of these ways.
            raise Unreachable(f"{what}: no credentials for {self.name}: {error}") from error
        if answer.is_success:
            return answer
        raise of_status(answer.status_code, answer.content, answer.headers, method, path, effect=effect)


def decoded(body: bytes, what: str, *, effect: bool = False) -> Json:
    """Read a JSON answer. Raises Unreachable, or OutcomeUnknown after a write."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        words = f"{what}: the answer is no JSON: {error}"
        raise (OutcomeUnknown(words) if effect else Unreachable(words)) from error


def connect(cluster: Cluster, env: Mapping[str, str], *, service_account: str = SERVICE_ACCOUNT) -> Connection | None:
    """Find the cluster; None: none is configured. Nothing is sent yet.

    Raises BadConfig: a file that cannot be read, a context that it does not hold, credentials of an unknown kind.
    """
    config = _find(cluster, env, service_account)
    if config is None:
        return None

    def make() -> httpx2.AsyncClient:
        return AsyncClient(config, ConnectionParams(timeout=httpx2.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)))

    try:
        unused = make()  # certificates and the kind of credentials are read here: fail at start, not in the first incident
    except (ConfigError, OSError, ValueError, AssertionError) as error:
        raise BadConfig(f"cluster: the credentials of context {config.context_name!r} cannot be used: {error}") from error
    return Connection(make, cluster.name or config.context_name, unused)


def _find(cluster: Cluster, env: Mapping[str, str], service_account: str) -> SingleConfig | None:
    named = cluster.kubeconfig or (env.get("KUBECONFIG", "") if cluster.context else "")
    if not named and not cluster.context and env.get("KUBERNETES_SERVICE_HOST") and Path(service_account, "token").is_file():
        try:
            return KubeConfig.from_service_account(service_account).get()
        except (ConfigError, KeyError, OSError) as error:
            raise BadConfig(f"cluster: the pod's service account cannot be used: {error}") from error
    named = named or env.get("KUBECONFIG", "")
    if not named:
        if cluster.context:
            raise BadConfig(
                f"cluster.context {cluster.context!r}: set cluster.kubeconfig or KUBECONFIG to the file that holds it"
            )
        return None
    try:
        return KubeConfig.from_file(named).get(cluster.context or None)
    except Exception as error:  # the file is the user's: however it breaks its reader, it is a setting that cannot be used
        raise BadConfig(f"cluster: kubeconfig {named!r} cannot be used: {type(error).__name__}: {error}") from error
