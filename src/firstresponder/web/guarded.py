"""What stands before the API framework: the token and a bound on the body, checked before a byte of it is read."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from firstresponder.web import body, replies
from firstresponder.web.auth import Token

MAX_API_BODY = 65_536  # bytes; a decision is a few hundred


class Guarded:
    """Lets only requests with the bearer token through, with their body already read and bounded.

    The framework would read a body of any size before it looked at the token.
    """

    def __init__(self, app: ASGIApp, token: Token) -> None:
        """Stand before `app`."""
        self.app = app
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 413, or pass the request on."""
        if scope["type"] != "http":
            return
        if not self.token.bearer(scope):
            await replies.unauthorized()(scope, receive, send)
            return
        try:
            content = await body.read(scope, receive, MAX_API_BODY)
        except body.Gone:
            return
        if isinstance(content, replies.Reply):
            await content(scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": content, "more_body": False}

        await self.app(scope, replay, send)
