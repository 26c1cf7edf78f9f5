"""`POST /integrations/slack/actions`: what people clicked in Slack, signed by Slack. No token is wanted: the signature is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.types import Receive, Scope, Send

from firstresponder.web import body, replies
from firstresponder.web.replies import Reply

PATH = "/integrations/slack/actions"
LARGEST = 1_000_000
"""Bytes; Slack sends some 100 kB at most."""

OFF = (
    "Slack is not connected over HTTP: set SLACK_BOT_TOKEN, SLACK_CHANNEL_ID and SLACK_SIGNING_SECRET "
    "(or SLACK_APP_TOKEN for Socket Mode, which needs no address of yours)"
)


class Inbox(Protocol):
    """What takes the clicks. It checks the signature itself, before it reads anything."""

    async def handle(self, method: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of the answer."""
        ...


class Clicks:
    """The route, as a bare ASGI application."""

    def __init__(self, inbox: Inbox | None) -> None:
        """Without an inbox it answers 404 and says what is missing."""
        self._inbox = inbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            reply = await self._answer(scope, receive)
        except body.Gone:
            return
        await reply(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        if self._inbox is None:
            return replies.problem(404, "not_found", OFF)
        content = await body.read(scope, receive, LARGEST)
        if isinstance(content, Reply):
            return replies.problem(
                413, "too_large", f"the body is larger than {LARGEST} bytes; Slack sends none like that", headers=content.headers
            )
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:  # a header that comes twice becomes one that no signature fits
            key = name.decode("latin-1").lower()
            headers[key] = f"{headers[key]}, {value.decode('latin-1')}" if key in headers else value.decode("latin-1")
        status, more, said = await self._inbox.handle(scope["method"], headers, content)
        kind = more.get("content-type", "text/plain").encode("latin-1")
        rest = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more.items() if name != "content-type"]
        return Reply(status, said, kind, rest)
