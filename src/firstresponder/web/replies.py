"""What goes back over the wire: JSON and HTML with their headers, written without a framework's response object."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]

JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
NO_SNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")


class Reply(msgspec.Struct, frozen=True):
    """A whole answer; an ASGI application that sends itself."""

    status: int
    body: bytes
    media_type: bytes = JSON
    headers: Headers = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a HEAD request gets the headers only."""
        del receive
        headers = [
            (b"content-type", self.media_type),
            (b"content-length", str(len(self.body)).encode()),
            NO_SNIFF,
            NO_STORE,
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


def json(value: Any, status: int = 200, headers: Headers = ()) -> Reply:
    """Encode any value that msgspec knows."""
    return Reply(status, msgspec.json.encode(value), JSON, headers)


def problem(status: int, word: str, message: str, *, headers: Headers = (), **more: Any) -> Reply:
    """Say no: `{"status": word, "message": …}`; the word is for scripts and stays, the message is for people."""
    return json({"status": word, "message": message, **more}, status, headers)


def unauthorized() -> Reply:
    """401, naming where the token is found."""
    return problem(
        401,
        "unauthorized",
        "this needs the token: send 'Authorization: Bearer TOKEN'. "
        "The token is FIRSTRESPONDER_TOKEN, or the file 'token' in the data folder of the server",
        headers=[(b"www-authenticate", b'Bearer realm="firstresponder"')],
    )


def retry_later(message: str, seconds: float) -> Reply:
    """503, which Alertmanager sends again (it never sends a 429 again)."""
    wait = str(max(1, min(3600, round(seconds + 0.499)))).encode()
    return problem(503, "unavailable", message, headers=[(b"retry-after", wait)])


def html(page: str, style: str, status: int = 200) -> Reply:
    """A page that may load nothing, run nothing and be framed by nobody; its one style is named by its hash."""
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return Reply(
        status,
        page.encode(),
        b"text/html; charset=utf-8",
        [
            (b"content-security-policy", policy.encode()),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ],
    )
