"""`/healthz`: the process answers. `/readyz`: alerts can be taken now.

Both say yes or no to everybody, because a kubelet has no token. What is wrong may name hosts and paths: that is for this
machine and for holders of the token.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from firstresponder.errors import FirstresponderError
from firstresponder.web import replies
from firstresponder.web.auth import Token
from firstresponder.web.loopback import is_local
from firstresponder.web.needs import Responder
from firstresponder.web.replies import Reply

TIMEOUT = 2.0  # seconds; a probe that hangs says less than one that says no

ALIVE = Reply(200, b'{"status":"alive"}')


class Ready:
    """The readiness page: 200, or 503; with each part's state for those who may know."""

    def __init__(self, responder: Responder, token: Token, timeout: float = TIMEOUT) -> None:
        """Ask `responder`, and wait at most `timeout` seconds."""
        self.responder = responder
        self.token = token
        self.timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one probe."""
        told = is_local(scope) or self.token.machine(scope)
        await (await self.answer(told=told))(scope, receive, send)

    async def answer(self, *, told: bool) -> Reply:
        """Return the reply to send; `told`: the caller may know the parts."""
        ready, parts = await self._state()
        shown = {"status": "ready" if ready else "not_ready", **({"parts": parts} if told else {})}
        return replies.json(shown, 200 if ready else 503)

    async def _state(self) -> tuple[bool, dict[str, str]]:
        try:
            health = await asyncio.wait_for(self.responder.health(), self.timeout)
        except TimeoutError:
            return False, {"application": f"no answer within {self.timeout:g} s"}
        except FirstresponderError as error:
            return False, {"application": str(error)}
        return health.ready, health.parts


async def alive(request: Request) -> Reply:
    """Answer as long as the event loop turns."""
    del request
    return ALIVE
