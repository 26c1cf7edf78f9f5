"""What stands on the pages, and how they are sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from firstresponder.errors import NotFound, Temporary, Unhealthy
from firstresponder.model import (
    AuditEntry,
    Choice,
    Delivery,
    Evidence,
    EvidenceSet,
    Finding,
    Gap,
    Hold,
    OutcomeWord,
    Phase,
    Resolution,
)
from firstresponder.testing.app import DIGEST, NOON, TARGET, FakeResponder, example_brief, example_outcome, example_view
from firstresponder.testing.clock import FakeClock
from firstresponder.web.console import words
from firstresponder.workflow.answers import Health
from tests.docs.pages import names, page, table

from .conftest import PAGES, Visitor


class Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, text: str) -> None:
        """Read the whole page."""
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.seen.append((tag, {name: value or "" for name, value in attrs}))


def entry(seq: int, incident: str = "inc-0001", **data: object) -> AuditEntry:
    """Make an audit entry."""
    return AuditEntry(
        seq=seq, at=NOON, what=f"thing.{seq}", actor="ann", incident_id=incident, data=data, prev="0" * 64, hash="f" * 64
    )


@pytest.mark.parametrize("path", [*PAGES, "/login", "/incidents/none", "/history?phase=nonsense"])
def test_nothing_inline_and_nothing_from_elsewhere(ann: Visitor, browser: Callable[..., Visitor], path: str) -> None:
    """Every page forbids inline script and style and has none; what it loads is ours and is there."""
    visitor = browser() if path == "/login" else ann
    reply = visitor.get(path)
    policy = reply.headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    for tag, attributes in Tags(reply.text).seen:
        assert tag != "style"
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        if tag == "script":
            assert attributes["src"].startswith("/console/static/")
    for tag, attributes in Tags(reply.text).seen:
        if tag in {"script", "link"} and (loaded := attributes.get("src") or attributes["href"]) != "data:,":
            asset = visitor.get(loaded)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_a_whole_page(ann: Visitor, path: str) -> None:
    """One title, one first heading, a language, a way past the navigation, each id once, each field with a label."""
    seen = Tags(ann.get(path).text).seen
    tags = [tag for tag, _ in seen]
    assert (tags.count("h1"), tags.count("main"), tags.count("title")) == (1, 1, 1)
    assert ("html", {"lang": "en"}) in seen
    ids = [attributes["id"] for _, attributes in seen if "id" in attributes]
    labels = {attributes["for"] for tag, attributes in seen if tag == "label" and "for" in attributes}
    assert "title" in ids
    fields = {a["id"] for tag, a in seen if tag in {"input", "textarea", "select"} and "id" in a}
    assert fields <= labels
    if path != "/console/patterns":  # it shows some components more than once
        assert len(ids) == len(set(ids))


def test_the_fragment_is_the_inside_of_the_page(ann: Visitor) -> None:
    """What is refreshed in place is exactly what stands on the page, and is not sent twice."""
    whole, part = ann.get("/incidents/inc-0001"), ann.get("/incidents/inc-0001?part=live")
    inside = part.text.partition("</template>")[2].strip()
    assert "Roll back Deployment api" in inside
    assert inside in whole.text
    again = ann.get("/incidents/inc-0001?part=live", headers={"if-none-match": part.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    ann.press("/incidents/inc-0001", "/incidents/inc-0001/take-over")
    changed = ann.get("/incidents/inc-0001?part=live", headers={"if-none-match": part.headers["etag"]})
    assert changed.status_code == 200


def test_seconds_do_not_make_news(ann: Visitor, clock: FakeClock) -> None:
    """As long as nothing happens a page stays the same for a minute, so that hardly anything is sent."""
    clock.advance(61)
    before = ann.get("/?part=live").headers["etag"]
    clock.advance(40)
    assert ann.get("/?part=live").headers["etag"] == before
    clock.advance(40)
    assert ann.get("/?part=live").headers["etag"] != before


def test_now_lists_what_is_open_the_worst_and_oldest_first(ann: Visitor, responder: FakeResponder) -> None:
    """Closed ones are not there; severity counts before age."""
    base = example_view()
    wanted = [("critical", 0), ("critical", 5), ("warning", -9), ("weird", -99)]
    for number, (severity, minutes) in enumerate(reversed(wanted)):
        row = replace(
            base.incident,
            id=f"inc-{number}",
            title=f"T{severity}{minutes}",
            severity=severity,
            opened_at=NOON + timedelta(minutes=minutes),
        )
        responder.views[row.id] = replace(base, incident=row)
    responder.views["inc-0001"] = example_view(phase=Phase.CLOSED)
    text = ann.get("/").text
    found = [text.index(f"T{severity}{minutes}<") for severity, minutes in wanted]
    assert found == sorted(found)
    assert "4 open incidents" in text


def test_in_a_storm_the_worst_are_shown(ann: Visitor, responder: FakeResponder) -> None:
    """Of very many incidents the page counts up to five hundred and shows the two hundred worst, and says so."""
    base = example_view()
    for number in range(510):
        severity = "critical" if number == 300 else "warning"
        row = replace(base.incident, id=f"inc-{number:04d}", severity=severity, title=f"Number {number} ")
        responder.views[row.id] = replace(base, incident=row)
    text = ann.get("/").text
    assert "500+ open incidents" in text
    assert "The 200 worst of them are shown" in text
    assert text.count('<li class="row') == 200
    assert text.index("Number 300 ") < text.index("Number 509 ")


def test_now_says_all_that_matters_of_an_incident(ann: Visitor) -> None:
    """Title, object, phase in words, until when, how many alerts fire, and the cause with how sure."""
    text = ann.get("/").text
    for part in (
        "KubePodCrashLooping: Deployment api",
        "Deployment/api",
        "shop",
        "Waits for your decision",
        "1 of 2 alerts firing",
    ):
        assert part in text
    assert "2026-03-10 12:30:00 UTC" in text
    assert "The new version exits with code 3 at start" in text
    assert "(90% sure)" in text


def test_the_cause_is_new_when_the_incident_moved(ann: Visitor, responder: FakeResponder) -> None:
    """What is remembered of an incident belongs to one version of its row."""
    assert "code 3" in ann.get("/").text
    view = responder.views["inc-0001"]
    brief = replace(example_brief(), cause="Another cause")
    responder.views["inc-0001"] = replace(view, incident=replace(view.incident, version=1), brief=brief)
    text = ann.get("/").text
    assert ("Another cause" in text, "code 3" in text) == (True, False)


def test_quiet_is_only_quiet_when_alerts_can_be_taken(ann: Visitor, responder: FakeResponder) -> None:
    """An empty list of a sick server is no good news, and says so."""
    responder.views = {"inc-0001": example_view(phase=Phase.CLOSED)}
    assert "All is quiet" in ann.get("/").text
    responder.state = Health(ready=False, parts={"store": "the disk is full"})
    text = ann.get("/").text
    assert "All is quiet" not in text
    assert "the disk is full" in text


@pytest.mark.parametrize("path", PAGES)
def test_the_kill_switch_is_at_the_top_of_every_page(ann: Visitor, responder: FakeResponder, path: str) -> None:
    """Off, on with who and why, and unknown when it cannot be read."""
    assert "Kill switch: <strong>off" in ann.get(path).text
    responder.hold = Hold(by="bob", why="data centre move", at=NOON, source="database")
    text = ann.get(path).text.partition("<h1")[0]
    assert "Kill switch: ON. Nothing is written." in text
    assert "bob: data centre move" in text

    async def unreadable() -> Hold | None:
        raise Unhealthy("the database is locked")

    responder.killed = unreadable  # type: ignore[method-assign]
    text = ann.get(path).text.partition("<h1")[0]
    assert "unknown, so nothing is written" in text
    assert "the database is locked" in text


def test_the_incident_shows_what_a_decision_rests_on(ann: Visitor, responder: FakeResponder) -> None:
    """Brief, diff, guards, outcome, story, evidence, gaps, alerts and who was told are on the page, in that order of need."""
    items = (
        Evidence(
            id="log:api", collector="logs", title="Log of api", at=NOON, text="a\n" * 90 + "FATAL last line", truncated=True
        ),
        Evidence(id="pods", collector="pods", title="Two pods", at=NOON, objects=({"kind": "Pod"}, {"kind": "Pod"})),
    )
    gap = Gap(collector="metrics", what="Prometheus", why="connection refused", kind="unreachable")
    responder.views["inc-0001"] = replace(
        example_view(),
        outcomes=(example_outcome(OutcomeWord.FAILED), example_outcome(OutcomeWord.SUCCESSFUL)),
        evidence=EvidenceSet(
            incident_id="inc-0001", n=1, resolution=Resolution(target=TARGET, how="named"), items=items, gaps=(gap,),
            started_at=NOON, finished_at=NOON,
        ),
        deliveries=(Delivery(sink="slack", what="card", state="given_up", at=NOON, attempts=3, error="channel_not_found"),),
    )  # fmt: skip
    text = ann.get("/incidents/inc-0001").text
    order = [
        "Likely cause", "pod api-7d-x: 6 restarts", "Revision 4", "Roll back Deployment api",
        'class="del">-        image: api:1.5',
        "Not confirmed", "Could also be", "Approve: ", "FAIL", "1 of 3 ready", "PASS", "one source of two", "measured 1",
        "limit 2",
        "Alert fires", "connection refused", "truncated", "FATAL last line", "(2 objects)", "alertname=KubePodCrashLooping",
        "channel_not_found",
    ]  # fmt: skip
    places = [text.find(part) for part in order]
    assert -1 not in places, [part for part in order if part not in text]
    assert places == sorted(places)
    assert text.count("a\n") < 60
    whole = ann.get("/incidents/inc-0001/evidence").text
    assert whole.count("a\n") >= 90
    assert "&#34;kind&#34;: &#34;Pod&#34;" in whole


@pytest.mark.parametrize(
    ("phase", "actions"),
    [
        (Phase.RECEIVED, set()),
        (Phase.INVESTIGATING, {"take-over"}),
        (Phase.ASKING, {"approve", "reject", "take-over", "look-again", "close"}),
        (Phase.ACTING, {"take-over"}),
        (Phase.VERIFYING, {"take-over"}),
        (Phase.ESCALATED, {"look-again", "close"}),
        (Phase.CLOSED, set()),
    ],
)
def test_only_what_can_be_done_has_a_button(ann: Visitor, responder: FakeResponder, phase: Phase, actions: set[str]) -> None:
    """A button that would be answered with "there is nothing to decide" is not shown."""
    responder.views["inc-0001"] = example_view(phase=phase)
    every = ("approve", "reject", "take-over", "look-again", "close")
    found = {each for each in every if ann.has("/incidents/inc-0001", f"/incidents/inc-0001/{each}")}
    assert found == actions
    assert words.PHASES[phase] in ann.get("/incidents/inc-0001").text


def test_links_are_shown_only_where_they_can_be_followed(ann: Visitor, responder: FakeResponder) -> None:
    """Runbook and rule of an alert are links; a script in their place is not even text to click."""
    view = responder.views["inc-0001"]
    alert = view.alerts[0].alert
    notes = {"runbook_url": "https://runbooks.example.com/a?b=1&c=2", "dashboard_url": "javascript:alert(1)"}
    alert = replace(alert, annotations=notes, generator_url="http://prometheus.example.com/graph")
    responder.views["inc-0001"] = replace(view, alerts=(replace(view.alerts[0], alert=alert),))
    text = ann.get("/incidents/inc-0001").text
    links = {a["href"]: a.get("rel", "") for tag, a in Tags(text).seen if tag == "a" and not a["href"].startswith(("/", "#"))}
    assert links == dict.fromkeys(
        ["https://runbooks.example.com/a?b=1&c=2", "http://prometheus.example.com/graph"], "noreferrer noopener"
    )


def test_what_was_decided_stays_on_the_page(ann: Visitor, responder: FakeResponder) -> None:
    """Who, when, by which way and why."""
    choice = Choice(
        incident_id="inc-0001", plan_digest=DIGEST, word="rejected", by="bob", via="slack", at=NOON, reason="we fix forward"
    )
    responder.views["inc-0001"] = replace(example_view(), choice=choice)
    text = ann.get("/incidents/inc-0001").text
    assert "<strong>Rejected</strong> by bob via slack at" in text
    assert "we fix forward" in text
    assert not ann.has("/incidents/inc-0001", "/incidents/inc-0001/approve")


def test_history_is_paged(ann: Visitor, responder: FakeResponder) -> None:
    """Closed ones, newest first, fifty at a time, with a way on and a way back."""
    for number in range(60):
        view = example_view(f"inc-{number:04d}", phase=Phase.CLOSED)
        responder.views[view.incident.id] = replace(view, incident=replace(view.incident, title=f"Number {number} "))
    first = ann.get("/history").text
    assert ("Number 59 " in first, "Number 9 " in first) == (True, False)
    older = next(a["href"] for tag, a in Tags(first).seen if a.get("rel") == "next")
    second = ann.get(older).text
    assert ("Number 59 " in second, "Number 9 " in second) == (False, True)
    assert 'href="/history?phase=closed"' in second
    assert "There is no such incident" in ann.get("/history?phase=acting").text
    assert "Number 9 " in ann.get(older.replace("phase=closed", "phase=all")).text


def test_the_audit_begins_with_the_last_entries(ann: Visitor, responder: FakeResponder) -> None:
    """The end is found, whatever its number; from there one goes back and forth without a gap."""
    for count in (0, 1, 2, 3, 99, 100, 101, 257):
        responder.entries = [entry(number) for number in range(1, count + 1)]
        text = ann.get("/audit").text
        shown = [f"thing.{number}<" for number in range(max(1, count - 99), count + 1)]
        assert all(each in text for each in shown)
        assert (f"thing.{count - 100}<" in text, ">Later</a>" in text) == (False, False)
    earlier = next(a["href"] for _, a in Tags(text).seen if a.get("rel") == "prev")
    before = ann.get(earlier).text
    assert ("thing.58<" in before, "thing.157<" in before, "thing.158<" in before) == (True, True, False)
    later = next(a["href"] for _, a in Tags(before).seen if a.get("rel") == "next")
    assert "thing.158<" in ann.get(later).text
    assert "firstresponder audit verify" in text


def test_the_audit_of_one_incident(ann: Visitor, responder: FakeResponder) -> None:
    """Only its entries, from the first one on."""
    responder.entries = [entry(1, "inc-0001"), entry(2, "inc-0002"), entry(300, "inc-0001", reason="because")]
    text = ann.get("/audit?incident=inc-0001").text
    assert ("thing.1<" in text, "thing.2<" in text, "thing.300<" in text) == (True, False, True)
    assert "reason=because" in text


@pytest.mark.parametrize("after", ["-1", "x", "1" * 30, "9223372036854775808", "\u0663"])
def test_a_bad_number_is_named(ann: Visitor, after: str) -> None:
    """It is answered with 400, not with a fault of ours."""
    reply = ann.get("/audit", params={"after": after})
    assert reply.status_code == 400
    assert "expected the number of an entry" in reply.text


def test_health_shows_parts_findings_and_what_is_open(ann: Visitor, responder: FakeResponder) -> None:
    """The failed findings first, each with what to do."""

    async def checkup() -> list[Finding]:
        return [
            Finding(part="cluster", state="ok", says="12 ms"),
            Finding(part="disk", state="fail", says="1% free", fix="make room"),
        ]

    responder.checkup = checkup  # type: ignore[method-assign]
    responder.state = Health(ready=True, parts={"store": "fine", "worker": "resting"})
    text = ann.get("/health").text
    assert text.index("make room") < text.index("12 ms")
    assert "resting" in text
    assert "<dt>Waits for your decision</dt><dd>1</dd>" in text


def test_a_refresh_does_not_ask_the_world(ann: Visitor, responder: FakeResponder, clock: FakeClock) -> None:
    """The checkup runs when the page is opened, at most once a minute, and never for what is refreshed in place."""
    asked = 0

    async def checkup() -> list[Finding]:
        nonlocal asked
        asked += 1
        return []

    responder.checkup = checkup  # type: ignore[method-assign]
    ann.get("/health")
    clock.advance(59)
    ann.get("/health")
    clock.advance(1)
    ann.get("/health?part=live")
    assert asked == 1
    ann.get("/health")
    assert asked == 2


def test_a_checkup_that_fails_is_a_finding(ann: Visitor, responder: FakeResponder) -> None:
    """The page comes nevertheless."""

    async def checkup() -> list[Finding]:
        raise Temporary("no answer from anywhere")

    responder.checkup = checkup  # type: ignore[method-assign]
    reply = ann.get("/health")
    assert reply.status_code == 200
    assert "no answer from anywhere" in reply.text


@pytest.mark.parametrize(
    "path", ["/incidents/none", "/incidents/none/evidence", "/incidents/%3Cb%3E", "/incidents/none?part=live"]
)
def test_what_is_not_there(ann: Visitor, path: str) -> None:
    """404, as a page, with nothing of the address taken for markup."""
    reply = ann.get(path)
    assert reply.status_code == 404
    assert "<b>" not in reply.text


@pytest.mark.parametrize("path", [path for path in PAGES if path not in {"/health", "/console/patterns"}])
def test_a_sick_store_is_said(ann: Visitor, responder: FakeResponder, path: str) -> None:
    """503 with what is wrong and when to come back; the page's frame still stands, and the fragment says it too."""
    responder.broken = Unhealthy("the disk is full")
    for address in (path, path + ("&" if "?" in path else "?") + "part=live"):
        reply = ann.get(address)
        assert reply.status_code == 503
        assert "the disk is full" in reply.text
        assert int(reply.headers["retry-after"]) >= 1


def test_health_can_be_looked_at_when_the_store_is_sick(ann: Visitor, responder: FakeResponder) -> None:
    """The page that says what is wrong does not need what is wrong."""
    responder.broken = Unhealthy("the disk is full")
    reply = ann.get("/health")
    assert reply.status_code == 200
    assert "Alerts cannot be taken now" in reply.text
    assert "the disk is full" in reply.text


def test_a_decision_while_the_store_is_sick_says_so(ann: Visitor, responder: FakeResponder) -> None:
    """Nobody is told that it counts."""
    fields = ann.fields("/incidents/inc-0001", "/incidents/inc-0001/approve")
    responder.broken = Unhealthy("the disk is full")
    assert ann.post("/incidents/inc-0001/approve", data=fields).status_code == 503
    assert responder.choices == {}


def test_an_incident_that_goes_between_two_looks(ann: Visitor, responder: FakeResponder) -> None:
    """The list stands, even if one of its incidents is removed while it is read."""

    async def gone(incident_id: str) -> None:
        raise NotFound(incident_id)

    responder.incident = gone  # type: ignore[method-assign, assignment]
    assert "KubePodCrashLooping" in ann.get("/").text


def test_every_page_is_documented(browser: Callable[..., Visitor]) -> None:
    """The table of routes in docs/console.md holds exactly the console's routes."""
    app = browser().app
    there = {
        f"{method} {route.path}"
        for route in app.routes  # type: ignore[attr-defined]
        for method in (getattr(route, "methods", None) or ())
        if method != "HEAD" and type(getattr(route, "endpoint", None)).__name__ in {"Door", "method"}
        and "console" in getattr(getattr(route, "endpoint", None), "__module__", "")
    }  # fmt: skip
    assert len(there) > 15
    assert {names(row[0])[0] for row in table(page("docs/console.md"), "route")} == there
