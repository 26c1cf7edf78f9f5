"""Who is logged in: a signed cookie that holds a name and when it was given. Nothing is kept on the server.

A browser sends the cookie only to the host that set it. That is why a foreign `Host` header needs no check here: a page
that points its own name at this machine (DNS rebinding) is another host to the browser and comes without the cookie.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from firstresponder.model import Noun, Person
from firstresponder.ports.clock import Clock
from firstresponder.web.console.seal import Seal

LONGEST = 12 * 3600  # seconds
SKEW = 60  # seconds that another replica's clock may be ahead


class Session(Noun, frozen=True, kw_only=True):
    """The content of the cookie."""

    name: str
    at: float  # seconds since 1970, UTC, with fractions: two logins of one person are two sessions

    @property
    def who(self) -> Person:
        """The person, as far as a token proves one."""
        return Person(name=self.name, via="console")


class Sessions:
    """Opens, reads and ends sessions."""

    def __init__(self, seal: Seal, clock: Clock) -> None:
        """Sign with this seal."""
        self._seal = seal
        self._clock = clock
        # Cookies know no port: two servers on one machine must not end each other's sessions.
        self.cookie = f"firstresponder_{seal.mark('cookie', 'name')[:8]}"

    def open(self, request: Request, response: Response, name: str) -> None:
        """Log somebody in."""
        session = Session(name=name, at=self._clock.now().timestamp())
        self._set(request, response, self._seal.put("session", session), LONGEST)

    def read(self, request: Request) -> Session | None:
        """Return the session that the request carries, or None where there is none that counts."""
        session = self._seal.take("session", request.cookies.get(self.cookie, ""), Session)
        if session is None or not -SKEW <= self._clock.now().timestamp() - session.at < LONGEST:
            return None
        return session

    def end(self, request: Request, response: Response) -> None:
        """Have the browser forget it."""
        self._set(request, response, "", 0)

    def csrf(self, session: Session) -> str:
        """Return what every form of this session carries; no other site can read or make it."""
        return self._seal.mark("form", f"{session.at!r} {session.name}")

    def is_csrf(self, session: Session, given: str) -> bool:
        """Whether a form belongs to this session, in constant time."""
        return self._seal.marked("form", f"{session.at!r} {session.name}", given)

    def _set(self, request: Request, response: Response, value: str, age: int) -> None:
        response.set_cookie(self.cookie, value, max_age=age, path="/", httponly=True, samesite="strict", secure=is_https(request))


def is_https(request: Request) -> bool:
    """Whether the browser speaks TLS with somebody. Who forges the header makes only their own cookie stricter."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").split(",")[0].strip() == "https"
