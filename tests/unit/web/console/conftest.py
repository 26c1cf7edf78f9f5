"""A browser without a screen: it keeps cookies, reads forms and sends them as they stand on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from firstresponder.config import Web
from firstresponder.testing.app import NOON, FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.console.once import LoginCodes

TOKEN = "correct-horse-battery"
PAGES = (
    "/",
    "/incidents/inc-0001",
    "/incidents/inc-0001/evidence",
    "/history",
    "/audit",
    "/audit?incident=inc-0001",
    "/health",
    "/console/patterns",
)


class Visitor(TestClient):
    """A browser; `log_in` gives it a session."""

    def log_in(self, name: str = "ann") -> None:
        """Log in with the token."""
        assert self.post("/login", data={"name": name, "token": TOKEN}, follow_redirects=False).status_code == 303

    def fields(self, page: str, action: str) -> dict[str, str]:
        """Return the hidden fields of the form on `page` that is sent to `action`."""
        text = self.get(page).text
        form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', text, re.DOTALL)
        assert form, f"no form for {action} on {page}"
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
        return {name: unescape(value) for name, value in found}

    def has(self, page: str, action: str) -> bool:
        """Whether there is such a form."""
        return f'action="{action}"' in self.get(page).text

    def press(self, page: str, action: str, **typed: str) -> Response:
        """Open the page, fill the form, send it, and go where it leads."""
        return self.post(action, data=self.fields(page, action) | typed)


@pytest.fixture
def clock() -> FakeClock:
    """Return the server's clock; the example incident can still be decided."""
    return FakeClock(NOON)


@pytest.fixture
def codes(clock: FakeClock) -> LoginCodes:
    """Return login links whose codes count."""
    drawn = iter(range(1000))
    return LoginCodes(clock, lambda: f"code-{next(drawn):030d}"[::-1])


@pytest.fixture
def browser(responder: FakeResponder, clock: FakeClock, codes: LoginCodes) -> Callable[..., Visitor]:
    """Make browsers at one server; `base` is what stands in their address bar."""
    app = create_app(responder, token=TOKEN, settings=Web(), clock=clock, codes=codes)

    def make(base: str = "http://localhost:8000", **headers: str) -> Visitor:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Visitor(app, base_url=base, headers=named, client=("203.0.113.9", 40000))

    return make


@pytest.fixture
def stranger(browser: Callable[..., Visitor]) -> Visitor:
    """Return a browser that is not logged in."""
    return browser()


@pytest.fixture
def ann(browser: Callable[..., Visitor]) -> Visitor:
    """Return Ann's browser, logged in."""
    visitor = browser()
    visitor.log_in()
    return visitor
