"""The console in a real browser. Needs Chromium and no cluster; without Chromium these tests fail."""

from __future__ import annotations

import http.server
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from msgspec.structs import replace
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from firstresponder.model import Hold
from firstresponder.testing.app import DIGEST
from tests.cluster.console import INCIDENT, OTHER, PAGES, PATIENCE, TOKEN, Elsewhere, Site, fresh, now

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser; a missing one is a failure."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve the console."""
    site = Site()
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open tabs as somebody who is logged in; at the end no page may have broken its own content policy, or thrown."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", *, login: bool = True, **options: object) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
        if login:
            log_in(page, site.url)
        page.goto(site.url + path)
        return page

    expect.set_options(timeout=PATIENCE)
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(page: Page, url: str) -> None:
    """Log in with the token, by the form."""
    page.goto(f"{url}/login")
    page.get_by_label("Your name").fill("ann")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/")


def never_reloaded(page: Page) -> Callable[[], bool]:
    """Return whether the document is still the one that it is now."""
    page.evaluate("window.mark = 1")
    return lambda: bool(page.evaluate("window.mark === 1"))


def test_approve_by_mouse(visit: Callable[..., Page], site: Site) -> None:
    """From the list to the incident to the button; the plan that was shown is approved, and the page says so."""
    page = visit()
    page.get_by_role("link", name="KubePodCrashLooping").click()
    page.get_by_role("button", name="Approve: Roll back Deployment api").click()
    expect(page.get_by_text("On record.")).to_be_visible()
    expect(page.locator("#choice")).to_contain_text("Approved by ann via console")
    assert site.responder.asked == [{"what": "approve", "id": "inc-0001", "plan_digest": DIGEST, "by": "ann", "via": "console"}]


def test_approve_by_keyboard(visit: Callable[..., Page], site: Site) -> None:
    """j, Enter, a, Enter. The key `a` alone approves nothing."""
    site.show(fresh(), fresh("inc-0002", minutes=1, title="The younger one"))
    page = visit()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="The younger one")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{INCIDENT}")
    page.keyboard.press("a")
    expect(page.locator("#approve")).to_be_focused()
    assert site.responder.asked == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("On record.")).to_be_visible()
    assert [each["what"] for each in site.responder.asked] == ["approve"]


def test_the_other_keys(visit: Callable[..., Page], site: Site) -> None:
    """`?` shows the keys, `g h` goes to the history, in a field they are letters; Tab first offers to skip the navigation."""
    page = visit(INCIDENT)
    page.keyboard.press("?")
    expect(page.get_by_text("go to Approve; pressing it is up to you")).to_be_visible()
    page.get_by_label("Reason for a no").fill("")
    page.keyboard.type("gha?")
    expect(page.get_by_label("Reason for a no")).to_have_value("gha?")
    assert page.url.endswith(INCIDENT)
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/history")
    assert site.responder.asked == []


def test_reject_with_a_reason(visit: Callable[..., Page], site: Site) -> None:
    """The browser asks for the reason; it reaches the application and the page."""
    page = visit(INCIDENT)
    page.get_by_role("button", name="Reject").click()
    assert site.responder.asked == []
    page.get_by_label("Reason for a no").fill("we fix <b>forward</b>")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("#choice")).to_contain_text("Rejected by ann via console")
    expect(page.locator("#choice")).to_contain_text("we fix <b>forward</b>")
    assert site.responder.asked[0]["reason"] == "we fix <b>forward</b>"


def test_a_page_changes_in_place(visit: Callable[..., Page], site: Site) -> None:
    """News comes without a reload; typed text, focus, the caret, open details and scrolling stay."""
    page = visit(INCIDENT)
    same = never_reloaded(page)
    page.get_by_text("Log of api").click()
    page.locator("pre.log").evaluate("each => { each.scrollLeft = 30 }")
    page.get_by_label("Reason for a no").fill("because the")
    page.evaluate("window.scrollTo(0, 150)")
    page.get_by_label("Reason for a no").evaluate("each => each.setSelectionRange(3, 5)")
    view = site.responder.views["inc-0001"]
    site.show(replace(view, incident=replace(view.incident, version=1, firing=2, reason="a second pod crashes")))
    expect(page.get_by_text("2 of 2 alerts firing")).to_be_visible()
    expect(page.get_by_text("a second pod crashes")).to_be_visible()
    reason = page.get_by_label("Reason for a no")
    expect(reason).to_have_value("because the")
    expect(reason).to_be_focused()
    assert reason.evaluate("each => [each.selectionStart, each.selectionEnd]") == [3, 5]
    assert page.locator("details[data-key='evidence-log:api']").evaluate("each => each.open")
    assert page.locator("pre.log").evaluate("each => each.scrollLeft") == 30
    assert page.evaluate("window.scrollY") == 150
    assert same()


def test_the_list_changes_in_place(visit: Callable[..., Page], site: Site) -> None:
    """A new incident comes above, the focus stays where it was, the title counts; all gone, the page says that it is quiet."""
    page = visit()
    same = never_reloaded(page)
    page.keyboard.press("j")
    older = fresh("inc-0002", minutes=50, title="An older one")
    site.show(older, fresh())
    expect(page.get_by_role("link", name="An older one")).to_be_visible()
    expect(page.locator("a[data-row]").nth(1)).to_be_focused()
    expect(page).to_have_title("2 open · Firstresponder")
    site.show(older)
    expect(page.locator("a[data-row]")).to_have_count(1)
    expect(page.locator("#title")).to_be_focused()
    site.show()
    expect(page.get_by_role("heading", name="All is quiet")).to_be_visible()
    site.responder.hold = Hold(by="bob", why="data centre move", at=now(), source="database")
    expect(page.get_by_text("Kill switch: ON")).to_be_visible()
    assert same()


def test_a_decision_of_somebody_else_comes_in_place(visit: Callable[..., Page], site: Site) -> None:
    """Two people look at one page; what one decides takes the button from the other and says who it was."""
    page, other = visit(INCIDENT), visit(INCIDENT)
    same = never_reloaded(page)
    page.keyboard.press("a")
    other.get_by_role("button", name="Approve").click()
    expect(page.locator("#choice")).to_contain_text("Approved by ann")
    expect(page.locator("#approve")).to_have_count(0)
    expect(page.locator("#title")).to_be_focused()
    assert same()


def test_a_plan_that_changes_under_the_finger_is_not_approved(visit: Callable[..., Page], site: Site) -> None:
    """A press at the moment of the change is not sent and the page says why; after reading, the new plan can be approved."""
    page = visit(INCIDENT)
    page.evaluate(
        """() => new MutationObserver((_, me) => { me.disconnect(); document.getElementById("approve").click(); })
             .observe(document.querySelector("input[name=plan]"), { attributes: true })"""
    )
    site.ask(OTHER)
    expect(page.locator("#news")).to_contain_text("The page changed just as you pressed, so nothing was sent")
    expect(page.get_by_text("from revision 5 to 3")).to_be_visible()
    assert site.responder.asked == []
    changed = page.evaluate("performance.now()")
    page.wait_for_function("since => performance.now() > since + 3100", arg=changed)
    page.locator("#approve").click()
    expect(page.get_by_text("On record.")).to_be_visible()
    assert [each["plan_digest"] for each in site.responder.asked] == [OTHER]


def test_a_new_proposal_is_announced(visit: Callable[..., Page], site: Site) -> None:
    """Whoever reads one proposal is told when another takes its place."""
    page = visit(INCIDENT)
    site.ask(OTHER)
    expect(page.locator("#news")).to_contain_text("The proposal changed at")
    expect(page.locator("#news")).to_have_attribute("role", "status")


def test_a_server_that_is_gone_is_said(visit: Callable[..., Page], site: Site) -> None:
    """A banner says since when; it goes when the server is back, and the page is up to date again."""
    page = visit()
    same = never_reloaded(page)
    site.stop()
    expect(page.locator("#gone")).to_contain_text(re.compile(r"Not connected since \d\d:\d\d:\d\d\. What you see may be old"))
    site.show(fresh(title="Meanwhile"))
    site.start()
    expect(page.locator("#gone")).to_be_hidden()
    expect(page.get_by_role("link", name="Meanwhile")).to_be_visible()
    assert same()


def test_a_session_that_ended_is_said(visit: Callable[..., Page], site: Site) -> None:
    """The page stays, says so, and the link leads back to it after logging in."""
    page = visit(INCIDENT)
    page.context.clear_cookies()
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Your name").fill("ann")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{INCIDENT}")


@pytest.mark.parametrize("zone", ["Australia/Adelaide", "America/New_York"])
def test_times_are_in_the_readers_zone(visit: Callable[..., Page], site: Site, zone: str) -> None:
    """The page names the zone; what machines read stays UTC."""
    page = visit("/history?phase=all", timezone_id=zone)
    expect(page.get_by_text(f"times are {zone}")).to_be_visible()
    until = site.responder.views["inc-0001"].incident.ask_expires_at
    assert until
    shown = page.locator(".waits time").first
    expect(shown).to_have_text(re.compile(f"{until.astimezone(ZoneInfo(zone)):%H:%M:%S}$"))
    expect(shown).to_have_attribute("datetime", f"{until:%Y-%m-%dT%H:%M:%SZ}")


def test_without_a_script_everything_works(visit: Callable[..., Page], site: Site) -> None:
    """Logging in, reading, deciding, stopping all writes: plain forms. Times are UTC, and the page says so."""
    page = visit(INCIDENT, java_script_enabled=False, timezone_id="Australia/Adelaide")
    expect(page.get_by_text("times are UTC")).to_be_visible()
    until = site.responder.views["inc-0001"].incident.ask_expires_at
    expect(page.locator(".now time").first).to_have_text(f"{until:%Y-%m-%d %H:%M:%S} UTC")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#choice")).to_contain_text("Approved by ann")
    page.get_by_role("link", name="Stop all writes").click()
    page.get_by_label("Why").fill("a test")
    page.get_by_label("Stop all writes now").check()
    page.get_by_role("button", name="Turn the kill switch on").click()
    expect(page.get_by_text("Kill switch: ON")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_needs_no_sideways_scrolling(visit: Callable[..., Page], site: Site, path: str) -> None:
    """At 360 pixels nothing sticks out, except inside a log or a diff; the same with the kill switch on."""
    page = visit(path, login=path != "/login", viewport={"width": 360, "height": 640})
    site.responder.hold = Hold(by="bob", why="w" * 200, at=now(), source="database")
    for _ in range(2):
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.reload()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_read_it(visit: Callable[..., Page], path: str, scheme: str) -> None:
    """Axe finds nothing, in both colour schemes, with everything open."""
    page = visit(path, login=path != "/login", color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    brightness = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(brightness) > 600) is (scheme == "light")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_another_site_can_link_but_not_decide(visit: Callable[..., Page], site: Site, host: str) -> None:
    """A link from elsewhere shows the incident without a second login; a form from elsewhere does nothing."""
    Elsewhere.target = site.url
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = visit()
        page.goto(f"http://{host}:{other.server_port}/")
        page.get_by_role("link", name="look").click()
        page.wait_for_url(f"{site.url}{INCIDENT}")
        expect(page.locator("#approve")).to_be_visible()
        page.goto(f"http://{host}:{other.server_port}/")
        page.get_by_role("button", name="win").click()
        expect(page.get_by_role("heading", name="Refused")).to_be_visible()
        other.shutdown()
    assert site.responder.asked == []


def test_the_real_server(chromium: Browser, tmp_path: Path) -> None:
    """`firstresponder serve` at a terminal: its login link logs in once; an alert appears by itself; the kill switch works."""
    config = tmp_path / "config.yaml"
    config.write_text("")
    ours = ("FIRSTRESPONDER_", "KUBE", "PROMETHEUS_", "ALLOWED_", "LOG_FILE_", "SLACK_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {"HOME": str(tmp_path)}
    command = [sys.executable, "-c", "from firstresponder.cli.main import run; run()", "serve", "--port", "0"]
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        [*command, "--data-dir", str(tmp_path / "data"), "--config", str(config)], stderr=its_end, env=env, cwd=tmp_path
    )
    os.close(its_end)
    try:
        said = ""
        while not (link := re.search(r"(http://127\.0\.0\.1:\d+)/login\?once=[\w-]{22}\r?\n", said)):
            said += os.read(terminal, 4096).decode()
        with chromium.new_context() as context:
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto(link[0].strip())
            page.get_by_label("Your name").fill("ann")
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("heading", name="All is quiet")).to_be_visible()
            alert = {
                "labels": {"alertname": "ShopDown", "severity": "critical", "namespace": "shop"},
                "annotations": {"summary": "<b>x"},
            }
            sent = httpx2.post(f"{link[1]}/alert", json=alert, trust_env=False, timeout=PATIENCE / 1000)
            assert sent.json() == {"status": "success"}
            page.get_by_role("link", name="ShopDown").click()
            expect(page.get_by_text("alertname=ShopDown")).to_be_visible()
            expect(page.get_by_text("<b>x", exact=True)).to_be_visible()
            page.goto(f"{link[1]}/health")
            page.get_by_label("Why").fill("a test")
            page.get_by_label("Stop all writes now").check()
            page.get_by_role("button", name="Turn the kill switch on").click()
            expect(page.get_by_text("Kill switch: ON")).to_be_visible()
            page.get_by_label("Writes may happen again").check()
            page.get_by_role("button", name="Turn the kill switch off").click()
            expect(page.get_by_text("The kill switch is off")).to_be_visible()
            page.goto(f"{link[1]}/audit")
            expect(page.get_by_text("kill_switch.engaged")).to_be_visible()
            expect(page.get_by_text("identity=token holder, claims ann").first).to_be_visible()
            page.get_by_role("button", name="Log out").click()
            page.goto(link[0].strip())
            expect(page.get_by_text("This login link was used before")).to_be_visible()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(PATIENCE / 1000) == 0
        finally:
            process.kill()
            os.close(terminal)
