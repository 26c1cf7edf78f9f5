"""What a press of a button does, and what the page says of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from firstresponder.model import Hold, Phase
from firstresponder.testing.app import DIGEST, NOON, FakeResponder, example_plan, example_view
from firstresponder.testing.clock import FakeClock
from firstresponder.workflow.answers import Answer

from .conftest import Visitor

PAGE = "/incidents/inc-0001"
OTHER = "cd" * 32


def held(responder: FakeResponder) -> Hold | None:
    """Return what holds the kill switch now."""
    return responder.hold


def plan_of(responder: FakeResponder, digest: str) -> None:
    """Have another plan asked."""
    view = responder.views["inc-0001"]
    responder.views["inc-0001"] = replace(
        view, incident=replace(view.incident, plan_digest=digest, version=9), plan=replace(example_plan(), digest=digest)
    )


def test_approve_names_the_action_and_binds_the_plan_that_is_shown(ann: Visitor, responder: FakeResponder) -> None:
    """The button says what is done and its tier; the form carries the whole digest; the person is in the audit's words."""
    text = ann.get(PAGE).text
    assert "Approve: Roll back Deployment api from revision 5 to 4" in text
    assert "<strong>Tier 2</strong>: reversible and visible" in text
    reply = ann.press(PAGE, f"{PAGE}/approve")
    assert responder.asked == [{"what": "approve", "id": "inc-0001", "plan_digest": DIGEST, "by": "ann", "via": "console"}]
    assert "✓ On record." in reply.text
    assert "approved by ann" in reply.text
    assert "<strong>Approved</strong> by ann via console at" in reply.text


def test_the_words_of_an_answer_are_shown_once(ann: Visitor) -> None:
    """A reload does not tell it again; another page does not tell it at all."""
    fields = ann.fields(PAGE, f"{PAGE}/approve")
    ann.post(f"{PAGE}/approve", data=fields, follow_redirects=False)
    assert "On record" not in ann.get("/history").text
    assert "On record" not in ann.get(f"{PAGE}?part=live").text
    assert "On record" in ann.get(PAGE).text
    assert "On record" not in ann.get(PAGE).text


def test_somebody_was_faster(ann: Visitor, browser: Callable[..., Visitor], responder: FakeResponder) -> None:
    """A press after somebody else's decision changes nothing and says who it was."""
    fields = ann.fields(PAGE, f"{PAGE}/approve")
    bob = browser()
    bob.log_in("bob")
    bob.press(PAGE, f"{PAGE}/reject", reason="we fix forward")
    reply = ann.post(f"{PAGE}/approve", data=fields)
    assert "Somebody was faster" in reply.text
    assert "bob rejected it before" in reply.text
    assert {choice.word for choice in responder.choices.values()} == {"rejected"}


def test_a_plan_that_was_not_on_the_page_is_not_approved(ann: Visitor, responder: FakeResponder) -> None:
    """The page showed plan A; now plan B is asked: the answer is "changed", and nothing is approved."""
    fields = ann.fields(PAGE, f"{PAGE}/approve")
    plan_of(responder, OTHER)
    reply = ann.post(f"{PAGE}/approve", data=fields)
    assert "The proposal changed; nothing was decided" in reply.text
    assert responder.choices == {}
    assert responder.asked[-1]["plan_digest"] == DIGEST
    assert ann.fields(PAGE, f"{PAGE}/approve")["plan"] == OTHER


def test_no_button_where_text_and_plan_do_not_belong_together(ann: Visitor, responder: FakeResponder) -> None:
    """While the row asks for one plan and the page would show another, nothing can be approved."""
    view = responder.views["inc-0001"]
    responder.views["inc-0001"] = replace(view, incident=replace(view.incident, plan_digest=OTHER))
    assert not ann.has(PAGE, f"{PAGE}/approve")
    assert not ann.has(PAGE, f"{PAGE}/reject")
    assert "another plan than the one shown" in ann.get(PAGE).text


def test_an_offer_that_expired(ann: Visitor, responder: FakeResponder, clock: FakeClock) -> None:
    """The button goes with the time; a press on an old page is answered with why."""
    fields = ann.fields(PAGE, f"{PAGE}/approve")
    clock.advance(1801)
    assert not ann.has(PAGE, f"{PAGE}/approve")
    assert "the offer expired" in ann.get(PAGE).text
    responder.answer = Answer(accepted=False, status="expired", message="the offer expired at 12:30:00 UTC; nothing was done")
    assert "Too late; nothing was done" in ann.post(f"{PAGE}/approve", data=fields).text


@pytest.mark.parametrize("plan", [{}, {"plan": ""}, {"plan": "abc"}, {"plan": "x" * 64}])
def test_no_approval_without_a_plan(ann: Visitor, responder: FakeResponder, plan: dict[str, str]) -> None:
    """The API takes a missing digest as "the one asked now"; a page never does."""
    mark = ann.fields("/", "/logout")
    for action in ("approve", "reject"):
        assert ann.post(f"{PAGE}/{action}", data=mark | {"reason": "no"} | plan).status_code == 400
    assert responder.asked == []


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 2001, "a\x00b"])
@pytest.mark.parametrize("action", ["reject", "close"])
def test_a_no_needs_its_reason(ann: Visitor, responder: FakeResponder, action: str, reason: str) -> None:
    """Rejecting and closing want words that people can read later."""
    assert ann.press(PAGE, f"{PAGE}/{action}", reason=reason).status_code == 400
    assert responder.asked == []


def test_reject_take_over_look_again_and_close(ann: Visitor, responder: FakeResponder) -> None:
    """Each reaches the application with the person and the reason, and leads back to the incident."""
    assert "rejected by ann" in ann.press(PAGE, f"{PAGE}/reject", reason="we fix\r\nforward").text
    assert ann.press(PAGE, f"{PAGE}/look-again").url.path == PAGE
    assert ann.press(PAGE, f"{PAGE}/close", reason="a planned test").url.path == PAGE
    responder.views["inc-0001"] = example_view()
    assert "with ann" in ann.press(PAGE, f"{PAGE}/take-over").text
    assert [each["what"] for each in responder.asked] == ["reject", "look_again", "dismiss", "take_over"]
    assert all((each["by"], each["via"]) == ("ann", "console") for each in responder.asked)
    assert responder.asked[0]["reason"] == "we fix\nforward"
    assert responder.asked[2]["reason"] == "a planned test"


def test_an_answer_about_nothing_is_a_404(ann: Visitor) -> None:
    """A form for an incident that was removed leads to a page that says so."""
    reply = ann.post("/incidents/none/take-over", data=ann.fields("/", "/logout"))
    assert reply.status_code == 404


def test_an_answer_cannot_be_made_up(ann: Visitor) -> None:
    """What a page tells of a click is signed: nobody can put words there."""
    ann.cookies.set("firstresponder_told", "eyJwYWdlIjoiLyIsImhlYWQiOiJ4IiwidGV4dCI6InkifQ." + "0" * 64)
    assert 'class="notice' not in ann.get("/").text.partition("<main>")[2]


def test_the_kill_switch(ann: Visitor, responder: FakeResponder) -> None:
    """On with a reason and a tick, off with a tick; without them nothing happens."""
    assert ann.press("/health", "/kill-switch/on", why="", sure="yes").status_code == 400
    assert ann.press("/health", "/kill-switch/on", why="data centre move").status_code == 400
    assert not held(responder)
    reply = ann.press("/health", "/kill-switch/on", why="data centre move", sure="yes")
    assert "The kill switch is on" in reply.text
    hold = held(responder)
    assert hold
    assert (hold.by, hold.why) == ("ann", "data centre move")
    assert ann.press("/health", "/kill-switch/off").status_code == 400
    assert held(responder)
    assert "The kill switch is off" in ann.press("/health", "/kill-switch/off", sure="yes").text
    assert not held(responder)


def test_a_file_that_holds_the_kill_switch_is_named(ann: Visitor, responder: FakeResponder) -> None:
    """No button can release it, and a form that is sent nevertheless says why."""
    mark = ann.fields("/", "/logout")
    responder.hold, responder.held_by_file = Hold(by="", why="", at=NOON, source="/data/KILL"), True
    assert not ann.has("/health", "/kill-switch/off")
    assert "/data/KILL" in ann.get("/health").text
    assert "Still on" in ann.post("/kill-switch/off", data=mark | {"sure": "yes"}).text


@pytest.mark.parametrize("phase", list(Phase))
def test_every_answer_has_its_words(ann: Visitor, responder: FakeResponder, phase: Phase) -> None:
    """Whatever the phase, what the application answers is on the page."""
    responder.views["inc-0001"] = example_view(phase=phase)
    responder.answer = Answer(accepted=False, status="not_allowed", message="ann is not in approval.approvers")
    reply = ann.post(f"{PAGE}/take-over", data=ann.fields("/", "/logout"))
    assert "You may not; nothing was decided" in reply.text
    assert "ann is not in approval.approvers" in reply.text
