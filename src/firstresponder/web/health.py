"""`/healthz`: the process answers. `/readyz`: alerts can be taken now."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from firstresponder.errors import FirstresponderError
from firstresponder.web import replies
from firstresponder.web.needs import Responder
from firstresponder.web.replies import Reply

TIMEOUT = 2.0  # seconds; a probe that hangs says less than one that says no

ALIVE = Reply(200, b'{"status":"alive"}')


class Ready:
    """The readiness page: 200, or 503 with what is wrong."""

    def __init__(self, responder: Responder, timeout: float = TIMEOUT) -> None:
        """Ask `responder`, and wait at most `timeout` seconds."""
        self.responder = responder
        self.timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one probe."""
        await (await self.answer())(scope, receive, send)

    async def answer(self) -> Reply:
        """Return the reply to send."""
        try:
            health = await asyncio.wait_for(self.responder.health(), self.timeout)
        except TimeoutError:
            reason = f"no answer within {self.timeout:g} s"
            return replies.json({"status": "not_ready", "parts": {"application": reason}}, 503)
        except FirstresponderError as error:
            return replies.json({"status": "not_ready", "parts": {"application": str(error)}}, 503)
        word = "ready" if health.ready else "not_ready"
        return replies.json({"status": word, "parts": health.parts}, 200 if health.ready else 503)


async def alive(request: Request) -> Reply:
    """Answer as long as the event loop turns."""
    del request
    return ALIVE
