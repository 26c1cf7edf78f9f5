"""The console's routes, and the door before each page: who is it, is the form ours, what does an error look like."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from firstresponder.errors import BadInput, FirstresponderError, NotFound, Temporary
from firstresponder.model import Hold
from firstresponder.ports.clock import Clock
from firstresponder.web import body
from firstresponder.web.console import csrf, forms
from firstresponder.web.console.audit import Audit
from firstresponder.web.console.entry import Entry
from firstresponder.web.console.headers import HEADERS
from firstresponder.web.console.health import HealthPage
from firstresponder.web.console.history import History
from firstresponder.web.console.incident import IncidentPages
from firstresponder.web.console.now import Now
from firstresponder.web.console.once import LoginCodes
from firstresponder.web.console.patterns import patterns
from firstresponder.web.console.render import Renderer
from firstresponder.web.console.seal import Seal
from firstresponder.web.console.session import Session, Sessions, is_https
from firstresponder.web.console.visit import Back, Page, Told, View, Visit
from firstresponder.web.metrics import Figures
from firstresponder.web.needs import Responder

TOLD = "firstresponder_told"
TOLD_LIFE = 60  # seconds


class Console:
    """Everything that the pages share."""

    def __init__(
        self, responder: Responder, *, token: str, clock: Clock, codes: LoginCodes | None = None, figures: Figures | None = None
    ) -> None:
        """`codes` are the login links that may be used; `figures` are shown on the health page."""
        self.responder = responder
        self.clock = clock
        self.figures = figures
        self.seal = Seal(token)
        self.sessions = Sessions(self.seal, clock)
        self.renderer = Renderer()
        self.entry = Entry(self, token=token, codes=codes)

    def routes(self) -> list[BaseRoute]:
        """Return every route of the console."""
        responder, clock = self.responder, self.clock
        incident, health = IncidentPages(responder, clock), HealthPage(responder, clock, self.figures)
        get: dict[str, View] = {
            "/": Now(responder).page,
            "/incidents/{incident_id}": incident.page,
            "/incidents/{incident_id}/evidence": incident.evidence,
            "/history": History(responder).page,
            "/audit": Audit(responder).page,
            "/health": health.page,
            "/console/patterns": patterns,
        }
        post: dict[str, View] = {
            "/incidents/{incident_id}/approve": incident.approve,
            "/incidents/{incident_id}/reject": incident.reject,
            "/incidents/{incident_id}/take-over": incident.take_over,
            "/incidents/{incident_id}/look-again": incident.look_again,
            "/incidents/{incident_id}/close": incident.close,
            "/kill-switch/on": health.engage,
            "/kill-switch/off": health.release,
        }
        return [
            *(Route(path, Door(self, view), methods=["GET"]) for path, view in get.items()),
            *(Route(path, Door(self, view), methods=["POST"]) for path, view in post.items()),
            Route("/login", self.entry.show, methods=["GET"]),
            Route("/login", self.entry.enter, methods=["POST"]),
            Route("/logout", self.entry.leave, methods=["POST"]),
            *(Route(asset.path, _served(asset.content, asset.media_type)) for asset in self.renderer.assets.values()),
        ]

    async def respond(self, page: Page, *, session: Session | None, request: Request, part: bool = False) -> Response:
        """Draw a page, or only what is refreshed in place."""
        told = None if part else self.seal.take("told", request.cookies.get(TOLD, ""), Told)
        if told is not None and told.page != request.scope["path"]:
            told = None
        common: dict[str, Any] = {
            "frame": "fragment.html" if part else "base.html",
            "title": page.title,
            "path": request.scope["path"],
            "address": _address(request),
            "who": session.name if session else "",
            "csrf": self.sessions.csrf(session) if session else "",
            "hold": await self._hold() if session else None,
            "now": self.clock.now(),
            "told": told,
        }
        text = self.renderer.draw(page.template, **common | dict(page.context))
        if part:
            return _tagged(request, text, page.status)
        response = Response(text, page.status, HEADERS, "text/html")
        if told is not None:
            response.delete_cookie(TOLD, path="/", httponly=True, samesite="strict")
        return response

    def back(self, request: Request, told: Told) -> Response:
        """Send the browser on, with what became of its form in a cookie for that one page."""
        response = RedirectResponse(quote(told.page, safe="/"), 303, HEADERS)
        sealed, secure = self.seal.put("told", told), is_https(request)
        response.set_cookie(TOLD, sealed, max_age=TOLD_LIFE, path="/", httponly=True, samesite="strict", secure=secure)
        return response

    async def fault(self, error: FirstresponderError, *, session: Session | None, request: Request, part: bool) -> Response:
        """Show an error of ours as a page."""
        head, status = "Not now", 503
        if isinstance(error, NotFound):
            head, status = "Not there", 404
        elif isinstance(error, BadInput):
            head, status = "That cannot be read", 400
        page = Page(template="message.html", title=head, context={"says": str(error), "status": status}, status=status)
        response = await self.respond(page, session=session, request=request, part=part)
        if status == 503:  # noqa: PLR2004
            wait = error.retry_after if isinstance(error, Temporary) else 5.0
            response.headers["retry-after"] = str(max(1, math.ceil(wait)))
        return response

    async def _hold(self) -> Hold | str | None:
        """Return what holds the kill switch; a text where that cannot be known."""
        try:
            return await self.responder.killed()
        except FirstresponderError as error:
            return str(error)


class Door:
    """Stands before a view: an ASGI application."""

    def __init__(self, console: Console, view: View) -> None:
        """Lead to `view`."""
        self.console = console
        self.view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except body.Gone:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        console, reads = self.console, request.method in {"GET", "HEAD"}
        part = reads and request.query_params.get("part") == "live"
        if not reads and csrf.is_foreign(request):
            return await self._forged(request, None)
        session = console.sessions.read(request)
        if session is None:
            return Response("", 401, HEADERS) if part else console.entry.ask(request)
        form: Mapping[str, str] = {}
        try:
            if not reads:
                form = await forms.read(request)
                if not console.sessions.is_csrf(session, form.get("csrf", "")):
                    return await self._forged(request, session)
            found = await self.view(Visit(request=request, who=session.who, form=form, part=part))
        except FirstresponderError as error:
            return await console.fault(error, session=session, request=request, part=part)
        if isinstance(found, Back):
            return console.back(request, found.told)
        return await console.respond(found, session=session, request=request, part=part)

    async def _forged(self, request: Request, session: Session | None) -> Response:
        says = "This did not come from a page of your session, so nothing was done. Open the page again and repeat what you did."
        page = Page(template="message.html", title="Refused", context={"says": says, "status": 403}, status=403)
        return await self.console.respond(page, session=session, request=request)


def _served(content: bytes, media_type: str) -> Any:
    headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}

    async def serve(request: Request) -> Response:
        del request
        return Response(content, 200, headers, media_type)

    return serve


def _tagged(request: Request, text: str, status: int) -> Response:
    """Send a fragment with its digest, or say that the reader has it."""
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = HEADERS | {"etag": tag}
    if status == 200 and request.headers.get("if-none-match") == tag:  # noqa: PLR2004
        return Response(None, 304, headers)
    return Response(text, status, headers, "text/html")


def _address(request: Request) -> str:
    """Return path and query of the page, for coming back after logging in."""
    return quote(request.scope["path"], safe="/") + (f"?{request.url.query}" if request.url.query else "")
