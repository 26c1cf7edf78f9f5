"""The documentation is made from what runs, and needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

ROUTES = {
    "/webhooks/alertmanager": {"post"},
    "/alert": {"post"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
    "/api/v1/incidents": {"get", "post"},
    "/api/v1/incidents/{incident_id}": {"get"},
    "/api/v1/incidents/{incident_id}/bundle": {"get"},
    "/api/v1/incidents/{incident_id}/approve": {"post"},
    "/api/v1/incidents/{incident_id}/reject": {"post"},
    "/api/v1/incidents/{incident_id}/take-over": {"post"},
    "/api/v1/incidents/{incident_id}/look-again": {"post"},
    "/api/v1/incidents/{incident_id}/close": {"post"},
    "/api/v1/kill-switch": {"get", "post", "delete"},
    "/api/v1/audit": {"get"},
    "/api/v1/checkup": {"get"},
}


class Tags(HTMLParser):
    """Collects tags and what they point to."""

    def __init__(self) -> None:
        """See nothing yet."""
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.seen.append((tag, dict(attrs)))


def test_every_route_is_described(far: TestClient) -> None:
    """The document lists exactly the routes that are kept for ever, and each answers (no 404)."""
    document = far.get("/openapi.json").json()
    assert {path: set(item) for path, item in document["paths"].items()} == ROUTES
    for path, methods in ROUTES.items():
        for method in methods:
            assert far.request(method, path.format(incident_id="inc-0001")).status_code != 404


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [each for item in value.values() for each in _references(item)]
    return [each for item in value for each in _references(item)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere(far: TestClient) -> None:
    """Each form that is referred to is in the document, and 422, which is never sent, is not."""
    document = far.get("/openapi.json").json()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    referred = _references(document)
    assert len(referred) > 20
    assert set(referred) <= known
    assert all("422" not in op["responses"] for item in document["paths"].values() for op in item.values())


@pytest.mark.parametrize("path", ["/docs"])
def test_pages_load_nothing(far: TestClient, path: str) -> None:
    """A page has no script, no image, no frame, no style from elsewhere, and links within the server only."""
    reply = far.get(path)
    tags = Tags()
    tags.feed(reply.text)
    assert {tag for tag, _ in tags.seen} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "a", "code", "table", "tr", "th", "td",
    }  # fmt: skip
    pointed = [attrs[name] for _, attrs in tags.seen for name in ("href", "src") if name in attrs]
    assert pointed
    assert all(each and each.startswith("/") and not each.startswith("//") for each in pointed)
    assert not any(name.startswith("on") or name == "style" for _, attrs in tags.seen for name in attrs)
    assert "url(" not in reply.text
    assert "@import" not in reply.text


@pytest.mark.parametrize("path", ["/docs"])
def test_security_headers(far: TestClient, path: str) -> None:
    """The policy allows the one inline style by its hash and nothing else; nobody may frame the page."""
    reply = far.get(path)
    style = re.search("<style>(.*?)</style>", reply.text, re.DOTALL)
    assert style
    allowed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = reply.headers["content-security-policy"]
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{allowed}'"]
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-frame-options"] == "DENY"
    assert reply.headers["referrer-policy"] == "no-referrer"


def test_the_page_names_every_route(far: TestClient) -> None:
    """Each route of the document is on the page for people."""
    text = far.get("/docs").text
    for path, methods in ROUTES.items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in text


def test_head_requests(far: TestClient) -> None:
    """HEAD is answered with the headers alone."""
    reply = far.head("/docs")
    assert (reply.status_code, reply.content) == (200, b"")
    assert int(reply.headers["content-length"]) > 1000
