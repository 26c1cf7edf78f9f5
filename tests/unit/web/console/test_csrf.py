"""A form that is not ours does nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from firstresponder.testing.app import DIGEST, FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.console.csrf import is_foreign

from .conftest import Visitor

ACTIONS = {
    "/incidents/inc-0001/approve": {"plan": DIGEST},
    "/incidents/inc-0001/reject": {"plan": DIGEST, "reason": "no"},
    "/incidents/inc-0001/take-over": {},
    "/incidents/inc-0001/look-again": {},
    "/incidents/inc-0001/close": {"reason": "over"},
    "/kill-switch/on": {"why": "x", "sure": "yes"},
    "/kill-switch/off": {"sure": "yes"},
}


@pytest.fixture
def untouched(responder: FakeResponder) -> Callable[[], bool]:
    """Return whether nothing was done."""
    return lambda: responder.asked == [] and responder.hold is None and responder.choices == {}


@pytest.mark.parametrize("action", ACTIONS)
def test_without_the_mark_nothing_is_done(ann: Visitor, untouched: Callable[[], bool], action: str) -> None:
    """A form without it, or with one that was made up, is refused."""
    for mark in ({"x": "1"}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}):
        assert ann.post(action, data=ACTIONS[action] | mark).status_code == 403
    assert untouched()


@pytest.mark.parametrize("action", ACTIONS)
def test_the_mark_of_another_session_is_refused(
    ann: Visitor, browser: Callable[..., Visitor], untouched: Callable[[], bool], clock: FakeClock, action: str
) -> None:
    """Somebody else's mark does not count, nor that of an earlier session of one's own."""
    clock.advance(0.001)
    for name in ("bob", "ann"):
        other = browser()
        other.log_in(name)
        mark = other.fields("/", "/logout")
        assert ann.post(action, data=ACTIONS[action] | mark).status_code == 403
    assert untouched()


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "none"}, {"origin": "http://evil.example"}]
)
def test_another_site_is_refused_even_with_the_mark(ann: Visitor, untouched: Callable[[], bool], headers: dict[str, str]) -> None:
    """What the browser says of the sender is asked first."""
    for action, fields in ACTIONS.items():
        assert ann.post(action, data=fields | ann.fields("/", "/logout"), headers=headers).status_code == 403
    assert untouched()


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": "http://localhost:8000"}, {"origin": "null"}, {}],
)
def test_our_own_form_is_taken(ann: Visitor, responder: FakeResponder, headers: dict[str, str]) -> None:
    """Also where the browser says little: our referrer policy makes it send "null" as origin."""
    fields = ann.fields("/incidents/inc-0001", "/incidents/inc-0001/approve")
    assert ann.post("/incidents/inc-0001/approve", data=fields, headers=headers).status_code == 200
    assert [each["what"] for each in responder.asked] == ["approve"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_a_form_decides(ann: Visitor, untouched: Callable[[], bool], action: str, method: str) -> None:
    """No other method does anything: a link, a prefetch or an image decides nothing."""
    assert ann.request(method, action).status_code == 405
    assert untouched()


def test_a_form_that_is_none_does_nothing(ann: Visitor, untouched: Callable[[], bool]) -> None:
    """JSON, a body without end, a field twice, half a character: refused before anything is looked at."""
    mark = ann.fields("/", "/logout")["csrf"]
    path = "/incidents/inc-0001/take-over"
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ann.post(path, json={"csrf": mark}).status_code == 400
    assert ann.post(path, content=f"csrf={mark}&x=" + "x" * 70_000, headers=form).status_code == 400
    assert ann.post(path, content=f"csrf={mark}&csrf={mark}", headers=form).status_code == 400
    assert ann.post(path, content=f"csrf={mark}&x=%ff", headers=form).status_code == 400
    assert ann.post(path, content=f"csrf={mark}" + "&x=1" * 50, headers=form).status_code == 400
    assert untouched()


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
def test_a_strange_origin_is_foreign(origin: str) -> None:
    """No text but our own address (or the word that says nothing) is taken for ours."""
    headers = [(b"host", b"ours.example"), (b"origin", origin.encode("latin-1"))]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers})
    good = origin == "null" or origin.partition("://")[2].partition("/")[0].lower() == "ours.example"
    assert good or is_foreign(request)
