"""Logging in and out. A GET logs nobody in: a name is given and a button is pressed."""

from __future__ import annotations

import hmac
import math
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from firstresponder.errors import BadInput
from firstresponder.web import body
from firstresponder.web.console import csrf, forms
from firstresponder.web.console.headers import HEADERS
from firstresponder.web.console.once import LoginCodes
from firstresponder.web.console.throttle import EVERY, Throttle
from firstresponder.web.console.visit import Page

if TYPE_CHECKING:
    from firstresponder.web.console.app import Console

STALE = "This login link was used before, is older than ten minutes, or belongs to an earlier start. Use the token."
WRONG = "That is not the token. It is in the server's file 'token', or in FIRSTRESPONDER_TOKEN."


class Entry:
    """The login page and what it does."""

    def __init__(self, console: Console, *, token: str, codes: LoginCodes | None) -> None:
        """Let in whoever has the token, or an unused code."""
        self._console = console
        self._token = token.encode()
        self._codes = codes
        self._throttle = Throttle(console.clock)

    def ask(self, request: Request) -> Response:
        """Send somebody unknown to the login page, to come back where they wanted to go."""
        path, reads = quote(request.scope["path"], safe="/"), request.method in {"GET", "HEAD"}
        back = path if reads else _page_of(path)
        if reads and request.url.query:
            back += f"?{request.url.query}"
        return self._to(f"/login?{urlencode({'next': back})}" if back != "/" else "/login")

    async def show(self, request: Request) -> Response:
        """Show the form."""
        goal = local(request.query_params.get("next", ""))
        if self._console.sessions.read(request) is not None:
            return self._to(goal)
        # A link in a chat is followed without the cookie, because it comes from another site. One step from a page of
        # our own brings it along: so whoever is logged in does not see the form.
        once = request.query_params.get("once", "")
        if not once and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            page = Page(template="bounce.html", title="One moment", context={"goal": goal})
            return await self._console.respond(page, session=None, request=request)
        if once and not (self._codes and self._codes.good(once)):
            return await self._form(request, goal, problem=STALE)
        return await self._form(request, goal, once=once)

    async def enter(self, request: Request) -> Response:
        """Open a session for whoever gives a name and the token, or a code that was not used."""
        try:
            form = {} if csrf.is_foreign(request) else await forms.read(request)
        except body.Gone:
            return Response(None, 204)
        except BadInput as error:
            return await self._form(request, "/", problem=str(error), status=400)
        if not form:
            return await self._form(request, "/", problem="Another site sent this; nothing was done.", status=403)
        goal, once = local(form.get("next", "")), form.get("once", "")
        try:
            name = forms.name(form.get("name", ""))
        except BadInput as error:
            once = once if self._codes and self._codes.good(once) else ""
            return await self._form(request, goal, once=once, name=form.get("name", ""), problem=str(error), status=400)
        if (refused := self._refused(request, once, form.get("token", ""))) is not None:
            problem, status = refused
            return await self._form(request, goal, name=name, problem=problem, status=status)
        response = self._to(goal)
        self._console.sessions.open(request, response, name)
        return response

    async def leave(self, request: Request) -> Response:
        """End the session in this browser."""
        session = self._console.sessions.read(request)
        if session is not None:
            try:
                form = await forms.read(request)
            except (BadInput, body.Gone):
                form = {}
            if csrf.is_foreign(request) or not self._console.sessions.is_csrf(session, form.get("csrf", "")):
                return await self._form(request, "/", problem="That did not come from a page of your session.", status=403)
        response = self._to("/login")
        self._console.sessions.end(request, response)
        return response

    def _refused(self, request: Request, once: str, token: str) -> tuple[str, int] | None:
        """Say why neither the code nor the token lets anybody in, with the HTTP status; None: one of them does."""
        if once:
            return None if self._codes and self._codes.spend(once) else (STALE, 403)
        peer = request.client.host if request.client else ""
        if wait := self._throttle.wait(peer):
            return f"Too many wrong tokens from your address. Try again in {wait} s.", 429
        if hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token):
            return None
        self._throttle.wrong(peer)
        return WRONG, 403

    async def _form(
        self, request: Request, goal: str, *, once: str = "", name: str = "", problem: str = "", status: int = 200
    ) -> Response:
        context = {"goal": goal, "once": once, "name": name, "problem": problem}
        page = Page(template="login.html", title="Log in", context=context, status=status)
        response = await self._console.respond(page, session=None, request=request)
        if status == 429:  # noqa: PLR2004
            response.headers["retry-after"] = str(math.ceil(EVERY))
        return response

    def _to(self, path: str) -> Response:
        return RedirectResponse(path, 303, HEADERS)


def local(goal: str) -> str:
    r"""Return where to go after logging in: a path of our own, otherwise the first page.

    Browsers read a backslash as a slash and skip tabs and newlines, so `//host`, `/\host` and `/\t/host` all lead away.
    """
    if not goal.startswith("/") or goal.startswith(("//", "/login")) or "\\" in goal or not goal.isprintable():
        return "/"
    return quote(goal, safe="/?&=%~:,+")


def _page_of(path: str) -> str:
    """Return the page on which the form of this path stands."""
    if path.startswith("/incidents/"):
        return "/".join(path.split("/")[:3])
    return "/health" if path.startswith("/kill-switch/") else "/"
