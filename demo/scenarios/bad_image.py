"""A release that names a tag which was never pushed: the registry says that there is no such image."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from demo.manifests import BED, Json, container, deployment
from demo.scenarios.scenario import Scenario

PLACE = "storefront"
PORT = 5000
MISSING = f"localhost:{PORT}/storefront/web:v2.0.1"


class Registry(http.server.BaseHTTPRequestHandler):
    """A registry that holds nothing: the answers of the OCI distribution specification for an unknown manifest."""

    def do_GET(self) -> None:
        """Answer the version check, and that everything else is unknown."""
        known = self.path == "/v2/"
        body = b"{}" if known else b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}'
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def registry() -> Iterator[list[Json]]:
    """Have the registry on this machine, which is the bed's node."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Registry)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield []
    finally:
        server.shutdown()
        server.server_close()


SCENARIO = Scenario(
    name="bad-image",
    title="A release names an image that nobody pushed",
    namespace=PLACE,
    alert="KubePodNotReady",
    works=(deployment("web", PLACE, container(f"{BED}:v1", imagePullPolicy="IfNotPresent")),),
    breaks=(deployment("web", PLACE, container(MISSING, imagePullPolicy="IfNotPresent")),),
    note="(No shipped runbook answers this cause. demo/runbooks/unpullable-release.yaml does: so you add your own.)",
    repaired=True,
    surroundings=registry,
)
