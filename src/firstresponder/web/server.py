"""The HTTP server's settings, in one place, and its end."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from firstresponder.errors import BadConfig

KEEP_ALIVE = 120  # seconds; senders keep a connection for 90
GRACE = 10  # seconds for requests in flight at the end
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """A server that returns from `run` after SIGTERM or SIGINT, so that what was built before it can be put away.

    The original raises the signal again once it has stopped, which ends the process on the spot.
    """

    tell: Callable[[], None] | None = None  # called once, when requests are answered

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.tell is not None:
            self.tell()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """End in order at the first signal, at once at the second."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def server(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Return a server that is ready for `run()` or `await serve()`; its `should_exit` ends it.

    No access log (a line per alert costs more than the alert), and no trust in forwarding headers: who the peer is
    decides whether a token is wanted, so nobody may say it but the socket.
    """
    return Server(
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


def bound(host: str, port: int) -> socket.socket:
    """Take the address without listening yet. Raises BadConfig when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise BadConfig(f"--host {host}: is no address of this machine ({error.strerror or error})") from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise BadConfig(f"cannot listen on {host}:{port} ({error.strerror or error}); give another --host or --port") from error
    return taken
