"""A small stand-in for kube-state-metrics: asks the API server on every scrape's behalf once a second at most.

Run as `python -m testbed.exporter --kubeconfig FILE --port PORT`.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from testbed import series
from testbed.console import complain

_PATHS = {
    "pods": "/api/v1/pods",
    "nodes": "/api/v1/nodes",
    "replicasets": "/apis/apps/v1/replicasets",
    "deployments": "/apis/apps/v1/deployments",
}
_EVERY = 1.0
# Older than this, what we know is no longer told: a scrape that fails is more honest than stale series.
_STALE = 10.0


class Api:
    """Lists of the API server, through one kept connection."""

    def __init__(self, kubeconfig: Path) -> None:
        """Read the server, its authority and the token from a kubeconfig written as JSON."""
        document = json.loads(kubeconfig.read_text(encoding="utf-8"))
        cluster = document["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._headers = {"Authorization": f"Bearer {document['users'][0]['user']['token']}"}
        address = urlsplit(cluster["server"])
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, timeout=5, context=ssl.create_default_context(cadata=authority)
        )

    def items(self, path: str) -> list[dict[str, Any]]:
        """List all objects of one kind, from the server's own cache."""
        try:
            self._connection.request("GET", f"{path}?resourceVersion=0", headers=self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if answer.status != http.client.OK:
            raise OSError(f"GET {path} answers {answer.status}")
        found: list[dict[str, Any]] = json.loads(body)["items"]
        return found


class Page:
    """The last rendered series and when they were true."""

    def __init__(self, api: Api) -> None:
        """Start empty."""
        self._api = api
        self._text = ""
        self._at = float("-inf")

    def refresh_for_ever(self) -> None:
        """Ask again every second; an API server that is away is no reason to end."""
        while True:
            began = time.monotonic()
            try:
                self._text = series.render({kind: self._api.items(path) for kind, path in _PATHS.items()})
                self._at = began
            except (OSError, http.client.HTTPException, ValueError) as error:
                complain(f"cannot list: {error!r}")
            time.sleep(max(0.1, _EVERY - (time.monotonic() - began)))

    def text(self) -> str | None:
        """Give the series, or None if they are too old."""
        return self._text if time.monotonic() - self._at < _STALE else None


def handler(page: Page) -> type[BaseHTTPRequestHandler]:
    """Make the request handler of one page."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer /metrics and /healthz."""
            text = page.text()
            body = (text if self.path == "/metrics" else "ok\n") if text is not None else "no fresh data\n"
            content = (body or "").encode()
            self.send_response(200 if text is not None else 503)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet about each scrape."""

    return Handler


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    page = Page(Api(chosen.kubeconfig))
    threading.Thread(target=page.refresh_for_ever, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", chosen.port), handler(page)).serve_forever()


if __name__ == "__main__":
    main()
