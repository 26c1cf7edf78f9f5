"""An HTTP server on loopback that answers as a test says, and records what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from firstresponder.adapters.kubernetes.cluster import Kubernetes, open_cluster
from firstresponder.config import Cluster


class Server:
    """Speaks just enough HTTP/1.1; each answer is (status, body, headers), "silence" or "hang up"."""

    def __init__(self) -> None:
        """Answer 200 with an empty object until told otherwise."""
        self.answers: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.url = ""
        self.released = asyncio.Event()

    def say(self, *answers: Any) -> None:
        """Give the next answers."""
        self.answers += answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while head := await self._head(reader):
                await self._one(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> list[str]:
        data = await reader.readuntil(b"\r\n\r\n")
        return data.decode().split("\r\n")

    async def _one(self, head: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = head[0].split(" ")
        headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = target.partition("?")
        self.asked.append({"method": method, "path": path, "query": query, "headers": headers, "body": body})
        answer = self.answers.pop(0) if self.answers else (200, {}, {})
        if answer == "silence":
            await self.released.wait()
            raise ConnectionError
        if answer == "hang up":
            raise ConnectionError
        status, content, extra = answer
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(payload)}", *(f"{key}: {value}" for key, value in extra.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        await writer.drain()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A running server."""
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    made.released.set()
    listening.close()
    await listening.wait_closed()


def kubeconfig(folder: Path, url: str, user: Any = None) -> str:
    """Write a kubeconfig with two contexts and a token, or another kind of user."""
    path = folder / "kubeconfig"
    clusters = [{"name": "c", "cluster": {"server": url}}, {"name": "gone", "cluster": {"server": "http://127.0.0.1:1"}}]
    contexts = [{"name": name, "context": {"cluster": name, "user": "u"}} for name in ("c", "gone")]
    users = [{"name": "u", "user": user or {"token": "t0ken"}}]
    path.write_text(json.dumps({"clusters": clusters, "contexts": contexts, "users": users, "current-context": "c"}))
    return str(path)


@pytest.fixture
async def cluster(server: Server, tmp_path: Path) -> AsyncIterator[Kubernetes]:
    """The three ports against that server."""
    made = open_cluster(Cluster(kubeconfig=kubeconfig(tmp_path, server.url)), {})
    yield made
    await made.close()


@pytest.fixture
def write_kubeconfig() -> Any:
    """Hand out the writer of kubeconfigs."""
    return kubeconfig
