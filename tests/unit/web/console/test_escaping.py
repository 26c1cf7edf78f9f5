"""Whatever comes from outside is shown as text."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from firstresponder.cli.text import clean
from firstresponder.config import Web
from firstresponder.errors import Unhealthy
from firstresponder.model import (
    AuditEntry,
    Choice,
    Delivery,
    EventKind,
    Evidence,
    EvidenceSet,
    Finding,
    Hold,
    OutcomeWord,
    Phase,
    Resolution,
)
from firstresponder.testing.app import DIGEST, NOON, TARGET, FakeResponder, example_outcome, example_view
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.console.app import Console
from firstresponder.web.console.render import diff, link, tail, value
from firstresponder.workflow.answers import Health, IncidentView

from .conftest import PAGES, TOKEN, Visitor

ATTACK = "<img src=x onerror=go()>\"'><script>go()</script>{{ 7 * 7 }}javascript:go()"


class Seen(HTMLParser):
    """Checks tags as a browser would see them."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Refuse what only an attack can have put there."""
        given = dict(attrs)
        assert tag not in {"img", "iframe", "object", "svg", "style"}
        assert not any(name.startswith("on") or name == "style" for name in given)
        if tag == "script":
            assert str(given["src"]).startswith("/console/static/")
        for name in ("href", "action", "src"):
            if (where := given.get(name)) is not None and where != "data:,":
                assert where.startswith(("/", "#")) or urlsplit(where).scheme in {"http", "https"}
                assert not where.startswith("//")


def poison(thing: Any, form: Any, text: str) -> Any:  # noqa: PLR0911 - one answer per kind of field
    """Return the thing with `text` in every field, key and item that is free text; words of a fixed list stay."""
    origin = get_origin(form)
    if origin in {Union, UnionType}:
        found = [each for each in get_args(form) if each is not NoneType]
        return poison(thing, found[0], text) if thing is not None and len(found) == 1 else thing
    if form is str:
        return text
    if form is Any:
        return {text: text, "more": [text, 1], "reason": text}
    if isinstance(thing, msgspec.Struct):
        hints = get_type_hints(type(thing))
        return type(thing)(**{name: poison(getattr(thing, name), hints[name], text) for name in thing.__struct_fields__})
    if origin is dict:
        return {
            text: poison(None, get_args(form)[1], text),
            "reason": text,
            "runbook_url": text,
            "summary": text,
            "severity": text,
        }
    if isinstance(thing, list | tuple):
        return tuple(poison(each, get_args(form)[0], text) for each in thing)
    return thing


def rich_view(phase: Phase) -> IncidentView:
    """Return an incident with something in every place."""
    view = example_view(phase=phase)
    items = (
        Evidence(id="a", collector="c", title="t", at=NOON, text="log"),
        Evidence(id="b", collector="c", title="t", at=NOON, objects=({"kind": "Pod"},)),
    )
    found = EvidenceSet(
        incident_id="x", n=1, resolution=Resolution(target=TARGET, how="h"), items=items, gaps=tuple(view.gaps), started_at=NOON,
        finished_at=NOON,
    )  # fmt: skip
    return msgspec.structs.replace(
        view,
        evidence=found,
        choice=Choice(incident_id="x", plan_digest=DIGEST, word="rejected", by="b", via="v", at=NOON, reason="r")
        if phase is Phase.CLOSED
        else None,
        outcomes=tuple(example_outcome(word) for word in OutcomeWord),
        events=tuple(msgspec.structs.replace(view.events[0], kind=kind, data={"reason": "r"}) for kind in EventKind),
        deliveries=(Delivery(sink="s", what="w", state="given_up", at=NOON, attempts=2, error="e"),),
    )


def poisoned(text: str, phase: Phase) -> Visitor:
    """Return a browser that is logged in at a server whose every word is `text`."""
    responder = FakeResponder()
    responder.views = {"inc-0001": poison(rich_view(phase), IncidentView, text)}
    responder.entries = [
        AuditEntry(
            seq=1,
            at=NOON,
            what=text,
            actor=text,
            incident_id="inc-0001",
            data={text: text, "a": {"b": text}},
            prev=text,
            hash=text,
        )
    ]
    responder.hold = Hold(by=text, why=text, at=NOON, source=text)
    responder.state = Health(ready=True, parts={text: text})

    async def checkup() -> list[Finding]:
        return [Finding(part=text, state="fail", says=text, fix=text)]

    responder.checkup = checkup  # type: ignore[method-assign]
    app = Starlette(routes=Console(responder, token=TOKEN, clock=FakeClock(NOON)).routes())
    visitor = Visitor(app, base_url="http://localhost:8000")
    visitor.log_in("<img src=x>")
    return visitor


def check(shown: str) -> None:
    """Fail if the page holds anything but text where the attack was shown."""
    assert "<img" not in shown
    assert "onerror=go()>" not in shown
    assert "<script>" not in shown
    assert " 49" not in shown
    Seen().feed(shown)


@pytest.mark.parametrize("phase", list(Phase))
def test_an_attack_in_every_field_is_text(phase: Phase) -> None:
    """Markup, quotes and template code in every string from outside are shown as they are, and do nothing."""
    visitor = poisoned(ATTACK, phase)
    shown = 0
    for path in PAGES:
        reply = visitor.get(path)
        assert reply.status_code == 200, reply.text
        check(reply.text)
        shown += reply.text.count("&lt;img src=x onerror=go()&gt;")
    assert shown > 150


@settings(max_examples=20)  # each one builds a server and draws three pages
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from([Phase.ASKING, Phase.CLOSED]))
def test_any_text_is_text(text: str, phase: Phase) -> None:
    """The same for any characters between two attacks; and it can be read on the page."""
    bad = f"{ATTACK}{text}<img src=y>"
    visitor = poisoned(bad, phase)
    for path in ("/", "/incidents/inc-0001", "/health"):
        reply = visitor.get(path)
        assert reply.status_code == 200
        check(reply.text)
        assert escape(clean(text)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in reply.text


def test_halves_of_characters_and_hidden_ones_do_no_harm() -> None:
    """Half a surrogate pair breaks no page; a direction override, which would make a diff lie, is not shown."""
    visitor = poisoned("a\ud800b\u202ec\x1b[31md\x00e\u200bf", Phase.ASKING)
    for path in PAGES:
        reply = visitor.get(path)
        assert reply.status_code == 200
        assert "abcdef" in reply.text
        assert not set("\u202e\x1b\x00\u200b") & set(reply.text)


def test_an_error_is_text() -> None:
    """What an error says may hold anything, too."""
    responder = FakeResponder()
    app = create_app(responder, token=TOKEN, settings=Web(), clock=FakeClock(NOON))
    broken = Visitor(app, base_url="http://localhost:8000")
    broken.log_in()
    responder.broken = Unhealthy(ATTACK)
    for path in ("/", "/incidents/x"):
        check(broken.get(path).text)
    check(broken.get(f"/login?once={ATTACK}&next={ATTACK}").text)
    check(broken.post("/login", data={"name": ATTACK, "token": "wrong", "next": ATTACK}).text)


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("https://runbooks.example.com/a?b=c#d", True),
        ("HTTP://runbooks.example.com", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" https://x.example", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("/incidents/1/approve", False),
        ("https:", False),
        ("https://[", False),
        ('https://x.example/"onclick', False),
        ("https://x.example/\u202egnp", False),
        ("https:\\\\x.example", False),
        ("", False),
    ],
)
def test_only_web_addresses_are_links(address: str, *, followed: bool) -> None:
    """Only http and https, with a host, without anything hidden."""
    assert link(address) == (address if followed else "")


@given(st.text())
def test_a_diff_keeps_every_line(text: str) -> None:
    """Colouring drops nothing."""
    assert [line for _, line in diff(text)] == text.splitlines()


@given(st.text(), st.integers(1, 9))
def test_the_end_of_a_log_is_its_end(text: str, lines: int) -> None:
    """The last lines, whole."""
    assert tail(text, lines).splitlines() == "\n".join(text.splitlines()[-lines:]).splitlines()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_value_in_a_cell_is_short(thing: object) -> None:
    """Any JSON value has a text, and a bounded one."""
    assert len(value(thing)) <= 402


def test_the_model_has_no_field_that_the_test_forgets() -> None:
    """The walk above reaches the strings of alerts, plans, verdicts, samples and evidence."""
    text = msgspec.json.encode(poison(rich_view(Phase.CLOSED), IncidentView, ATTACK)).decode()
    assert text.count("onerror") > 150
    assert isinstance(poison({"a": "b"}, dict[str, str], ATTACK), Mapping)
