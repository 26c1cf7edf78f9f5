"""The HTTP server's settings, in one place."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

KEEP_ALIVE = 120  # seconds; senders keep a connection for 90
GRACE = 10  # seconds for requests in flight at the end


def server(app: ASGIApp, *, host: str, port: int) -> uvicorn.Server:
    """Return a server that is ready for `await server.serve()`; its `should_exit` ends it.

    No access log (a line per alert costs more than the alert), and no trust in forwarding headers: who the peer is
    decides whether a token is wanted, so nobody may say it but the socket.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
    )
