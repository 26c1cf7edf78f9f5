"""The hot path: a body comes in, its alerts are on disk, 200 goes out. Nothing else happens here.

Alertmanager sends again only after a 5xx; any 4xx, 429 included, is final to it. So what cannot be stored now is
answered with 503, and 400 is said only where nothing in the body could ever be stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.types import Receive, Scope, Send

from firstresponder.errors import BadPayload, Temporary, Unhealthy
from firstresponder.intake.parse import Parsed
from firstresponder.ports.clock import Clock
from firstresponder.web import body, replies
from firstresponder.web.auth import Token
from firstresponder.web.loopback import is_local
from firstresponder.web.metrics import Metrics
from firstresponder.web.needs import Responder
from firstresponder.web.replies import Reply

Parser = Callable[[bytes, datetime], Parsed]

STORED = Reply(200, b'{"status":"success"}')
MAX_NAMED = 100  # rejected alerts that are named in an answer; a body of many bad ones must not make a bigger answer
MAX_LEFT_OUT = 1_000_000  # what a sender says it left out is its word only, and may be any number
UNHEALTHY_RETRY = 5.0  # seconds


class Webhook:
    """One route that takes alerts; an ASGI application, so that no framework code runs per request."""

    def __init__(self, parse: Parser, responder: Responder, *, token: Token, limit: int, clock: Clock, metrics: Metrics) -> None:
        """Take bodies of at most `limit` bytes and hand what `parse` reads to the responder."""
        self.parse = parse
        self.responder = responder
        self.token = token
        self.limit = limit
        self.clock = clock
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and count it."""
        began = time.perf_counter()
        try:
            reply = await self.answer(scope, receive)
        except body.Gone:
            self.metrics.gone()
            return
        self.metrics.answered(reply.status, time.perf_counter() - began)
        await reply(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive) -> Reply:
        """Return what to send. Raises Gone."""
        if scope["method"] != "POST":
            return replies.problem(405, "method_not_allowed", "alerts are sent with POST", headers=[(b"allow", b"POST")])
        if not is_local(scope) and not self.token.machine(scope):
            return replies.unauthorized()
        content = await body.read(scope, receive, self.limit)
        if isinstance(content, Reply):
            return content
        try:
            parsed = self.parse(content, self.clock.now())
        except BadPayload as error:
            self.metrics.malformed(1)
            return replies.problem(400, "bad_payload", str(error))
        if parsed.rejected or parsed.truncated:
            return await self.incomplete(parsed)
        return await self.store(parsed) or STORED

    async def store(self, parsed: Parsed) -> Reply | None:
        """Hand over what is good; a reply only if that failed."""
        if not parsed.alerts:
            return None
        try:
            await self.responder.receive(parsed.alerts)
        except Temporary as error:
            self.metrics.refused(len(parsed.alerts))
            return replies.retry_later(str(error), error.retry_after)
        except Unhealthy as error:
            self.metrics.refused(len(parsed.alerts))
            return replies.retry_later(str(error), UNHEALTHY_RETRY)
        self.metrics.stored(len(parsed.alerts))
        return None

    async def incomplete(self, parsed: Parsed) -> Reply:
        """Store the good ones of a batch and name the bad ones, so that one bad alert does not cost the others."""
        self.metrics.malformed(len(parsed.rejected))
        left_out = min(parsed.truncated, MAX_LEFT_OUT)
        self.metrics.truncated(left_out)
        if failed := await self.store(parsed):
            return failed
        more: dict[str, Any] = {}
        if parsed.rejected:
            named = [{"index": each.index, "reason": each.reason} for each in parsed.rejected[:MAX_NAMED]]
            more = {"rejected": named, "rejected_total": len(parsed.rejected)}
        if parsed.truncated:
            more["truncated"] = left_out
        if parsed.rejected and not parsed.alerts:
            total = len(parsed.rejected)
            return replies.problem(400, "bad_payload", f"none of the {total} alerts could be read; nothing was stored", **more)
        return replies.json({"status": "success", **more})
