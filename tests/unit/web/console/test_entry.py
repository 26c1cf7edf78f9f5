"""Logging in and out, and what is asked of whoever is not logged in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.config import Web
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.console.entry import local
from firstresponder.web.console.once import LoginCodes
from firstresponder.web.console.seal import Seal
from firstresponder.web.console.session import LONGEST, Session
from firstresponder.web.console.throttle import EVERY, TRIES

from .conftest import PAGES, TOKEN, Visitor


@pytest.mark.parametrize("path", PAGES)
def test_every_page_wants_a_login(stranger: Visitor, path: str) -> None:
    """Without a session each page leads to the login, which leads back to it."""
    reply = stranger.get(path, follow_redirects=False)
    assert reply.status_code == 303
    assert reply.headers["location"].startswith("/login")
    login = stranger.get(reply.headers["location"])
    assert 'name="token"' in login.text
    form = stranger.fields(reply.headers["location"], "/login")
    done = stranger.post("/login", data=form | {"name": "ann", "token": TOKEN}, follow_redirects=False)
    assert done.headers["location"] == path


def test_a_fragment_says_that_the_session_is_over(stranger: Visitor) -> None:
    """A page that refreshes itself without a session is told so in a status, not with a login page inside it."""
    reply = stranger.get("/?part=live", follow_redirects=False)
    assert (reply.status_code, reply.text) == (401, "")


def test_an_action_without_a_session_does_nothing(stranger: Visitor, responder: FakeResponder) -> None:
    """A form from a lapsed session does nothing and leads back, over the login, to the page that it stood on."""
    reply = stranger.post("/incidents/inc-0001/approve", data={"plan": "ab" * 32}, follow_redirects=False)
    assert reply.headers["location"] == "/login?next=%2Fincidents%2Finc-0001"
    assert responder.asked == []


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: Callable[..., Visitor]) -> None:
    """HttpOnly, SameSite=Strict, for the whole site, for twelve hours; Secure where the browser speaks TLS."""
    plain = browser().post("/login", data={"name": "ann", "token": TOKEN}, follow_redirects=False).headers["set-cookie"]
    for flag in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={LONGEST}"):
        assert flag in plain
    assert "Secure" not in plain
    assert TOKEN not in plain
    tls = browser("https://firstresponder.example").post("/login", data={"name": "ann", "token": TOKEN}, follow_redirects=False)
    assert "Secure" in tls.headers["set-cookie"]
    proxied = browser(x_forwarded_proto="https").post("/login", data={"name": "ann", "token": TOKEN}, follow_redirects=False)
    assert "Secure" in proxied.headers["set-cookie"]


def test_a_session_ends_after_twelve_hours(ann: Visitor, clock: FakeClock) -> None:
    """The server counts, whatever the browser keeps."""
    cookies = dict(ann.cookies)
    clock.advance(LONGEST - 1)
    assert ann.get("/", follow_redirects=False).status_code == 200
    clock.advance(1)
    ann.cookies.clear()
    ann.cookies.update(cookies)
    assert ann.get("/", follow_redirects=False).status_code == 303


def test_another_token_ends_all_sessions(ann: Visitor, responder: FakeResponder, clock: FakeClock) -> None:
    """A cookie of a server with another token is nothing, whatever its name."""
    other = Visitor(create_app(responder, token="another-token", settings=Web(), clock=clock), base_url="http://localhost:8000")
    (name, value) = next(iter(ann.cookies.items()))
    other.cookies.set(name, value)
    assert other.get("/", follow_redirects=False).status_code == 303
    mine = other.post("/login", data={"name": "eve", "token": "another-token"}, follow_redirects=False)
    theirs = mine.headers["set-cookie"].partition("=")[0]
    other.cookies.clear()
    other.cookies.set(theirs, value)
    assert other.get("/", follow_redirects=False).status_code == 303


@given(st.text(max_size=90))
def test_a_made_up_cookie_is_no_session(text: str) -> None:
    """Nothing that was not signed here is read as a session: neither a content nor a mark that was made up."""
    seal = Seal(TOKEN)
    good = seal.put("session", Session(name="ann", at=1.0))
    assert seal.take("session", good, Session) == Session(name="ann", at=1.0)
    assert seal.take("told", good, Session) is None
    content, _, mark = good.partition(".")
    for forged in (text, f"{text}.{mark}", f"{content}.{text}", f"{content}.{mark}{text}"):
        assert forged == good or seal.take("session", forged, Session) is None


def test_a_wrong_token_is_refused_and_the_name_stays_typed(stranger: Visitor) -> None:
    """403, no session, and the page says where the token is."""
    reply = stranger.post("/login", data={"name": "ann", "token": "wrong"})
    assert reply.status_code == 403
    assert "not the token" in reply.text
    assert 'value="ann"' in reply.text
    assert not stranger.cookies


@pytest.mark.parametrize("name", ["", " ", "Firstresponder", "slack:U1", "a\tb", "x" * 201])
def test_a_name_that_the_audit_cannot_hold_is_refused(stranger: Visitor, name: str) -> None:
    """The rules are those of the API: no empty name, not ours, not one that only a proof gives."""
    reply = stranger.post("/login", data={"name": name, "token": TOKEN})
    assert reply.status_code == 400
    assert not stranger.cookies


def test_guessing_is_slowed_down_and_ends(stranger: Visitor, clock: FakeClock) -> None:
    """After a few wrong tokens even the right one has to wait some seconds, and no longer."""
    for _ in range(TRIES):
        assert stranger.post("/login", data={"name": "eve", "token": "wrong"}).status_code == 403
    assert stranger.post("/login", data={"name": "ann", "token": TOKEN}).status_code == 429
    clock.advance(EVERY)
    assert stranger.post("/login", data={"name": "ann", "token": TOKEN}, follow_redirects=False).status_code == 303


def test_a_login_link_works_once(stranger: Visitor, codes: LoginCodes, browser: Callable[..., Visitor]) -> None:
    """Opening it logs nobody in; the button does; the second time it is worth nothing."""
    code = codes.make()
    for _ in range(2):
        page = stranger.get(f"/login?once={code}")
        assert 'name="token"' not in page.text
        assert not stranger.cookies
    form = stranger.fields(f"/login?once={code}", "/login")
    assert stranger.post("/login", data=form | {"name": "ann"}, follow_redirects=False).headers["location"] == "/"
    assert stranger.get("/", follow_redirects=False).status_code == 200
    second = browser()
    assert second.post("/login", data=form | {"name": "eve"}).status_code == 403
    assert not second.cookies
    assert "was used before" in second.get(f"/login?once={code}").text


def test_a_login_link_expires(stranger: Visitor, codes: LoginCodes, clock: FakeClock) -> None:
    """After ten minutes it is worth nothing."""
    code = codes.make()
    form = stranger.fields(f"/login?once={code}", "/login")
    clock.advance(600)
    assert stranger.post("/login", data=form | {"name": "ann"}).status_code == 403
    assert not stranger.cookies


def test_a_bad_name_does_not_use_the_link_up(stranger: Visitor, codes: LoginCodes) -> None:
    """Whoever mistypes the name tries again with the same link."""
    form = {"once": codes.make()}
    refused = stranger.post("/login", data=form | {"name": "slack:U1"})
    assert (refused.status_code, form["once"] in refused.text) == (400, True)
    assert stranger.post("/login", data=form | {"name": "ann"}, follow_redirects=False).status_code == 303


def test_a_code_that_can_be_guessed_is_not_made(clock: FakeClock) -> None:
    """A source that draws too little is a fault, not a weak link."""
    with pytest.raises(ValueError, match="can be guessed"):
        LoginCodes(clock, lambda: "short").make()


def test_another_site_cannot_log_anybody_in(browser: Callable[..., Visitor]) -> None:
    """A login form that another site sends is refused, even with the right token."""
    for headers in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        visitor = browser(**headers)
        assert visitor.post("/login", data={"name": "eve", "token": TOKEN}).status_code == 403
        assert not visitor.cookies


def test_a_link_in_a_chat_finds_the_session(browser: Callable[..., Visitor], ann: Visitor) -> None:
    """A strict cookie stays at home when another site links here: one step on our own site brings it along."""
    other = browser(sec_fetch_site="cross-site")
    page = other.get("/incidents/inc-0001")
    assert 'content="0;url=/login?next=/incidents/inc-0001"' in page.text
    assert ann.get("/login?next=/incidents/inc-0001", follow_redirects=False).headers["location"] == "/incidents/inc-0001"


@pytest.mark.parametrize(
    "goal",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "javascript:x", "", "evil", "/login"],
)
def test_after_logging_in_nobody_is_sent_elsewhere(stranger: Visitor, goal: str) -> None:
    """Only a path of our own is gone back to."""
    reply = stranger.post("/login", data={"name": "ann", "token": TOKEN, "next": goal}, follow_redirects=False)
    assert reply.headers["location"] == "/"


@given(st.text())
def test_a_local_goal_is_a_path(goal: str) -> None:
    """Whatever is asked for, what comes out begins with one slash and holds nothing that a browser reads otherwise."""
    found = local(goal)
    assert found.startswith("/")
    assert not found.startswith("//")
    assert found.isascii()
    assert not set(found) & set("\\\t\r\n <>\"'")


def test_logging_out_ends_it(ann: Visitor) -> None:
    """The cookie goes, and the next page wants a login."""
    reply = ann.post("/logout", data=ann.fields("/", "/logout"), follow_redirects=False)
    assert reply.headers["location"] == "/login"
    assert ann.get("/", follow_redirects=False).status_code == 303


def test_nobody_else_can_log_one_out(ann: Visitor) -> None:
    """Without the mark of the session the form does nothing."""
    assert ann.post("/logout", data={}).status_code == 403
    assert ann.get("/", follow_redirects=False).status_code == 200
