"""Reading a request body without ever holding more than is allowed."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope

from firstresponder.web import replies
from firstresponder.web.replies import Reply


class Gone(Exception):
    """The sender closed the connection before the body was complete."""


async def read(scope: Scope, receive: Receive, limit: int) -> bytes | Reply:
    """Return the body (at most `limit` bytes), or the 413 to send. Raises Gone.

    A declared length is refused before a byte is read; a chunked body as soon as it passes the limit.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            return too_large(limit)
    first = await receive()
    if first["type"] == "http.request" and not first.get("more_body", False):
        whole: bytes = first.get("body", b"")
        return whole if len(whole) <= limit else too_large(limit)
    return await _rest(first, receive, limit)


async def _rest(message: Message, receive: Receive, limit: int) -> bytes | Reply:
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            return too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()


def too_large(limit: int) -> Reply:
    """413 with the limit."""
    return replies.problem(
        413,
        "too_large",
        f"the body is larger than {limit} bytes; send smaller batches (Alertmanager: max_alerts) or raise web.max_body",
        headers=[(b"connection", b"close")],
    )
