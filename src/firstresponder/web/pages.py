"""Plain pages: one frame, one style, no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape

from firstresponder import __version__

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem}h3{margin:2rem 0 .3rem}code{font-family:ui-monospace,monospace}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-top:1px solid #8885}"
    "th{white-space:nowrap;font-weight:500;width:12rem}"
)


def page(title: str, content: str) -> str:
    """Frame `content`, which is HTML already, under a title, which is not."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · Firstresponder</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )


def front() -> str:
    """Say what answers here, and where to go on."""
    return page(
        "Firstresponder",
        "<p>An on-call autoresponder for Kubernetes: it takes the alert, finds out what broke and what changed, "
        "and, with your approval and within guards, repairs it and proves that the repair worked.</p>"
        "<table>"
        "<tr><th>Alerts in</th><td><code>POST /webhooks/alertmanager</code>, <code>POST /alert</code></td></tr>"
        '<tr><th>API</th><td><a href="/docs">/docs</a>, <a href="/openapi.json">/openapi.json</a> '
        "(under <code>/api/v1</code>, with the token)</td></tr>"
        '<tr><th>Health</th><td><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, '
        '<a href="/metrics">/metrics</a></td></tr>'
        "<tr><th>At a terminal</th><td><code>firstresponder incidents</code>, <code>firstresponder incident show ID</code>, "
        "<code>firstresponder approve ID --by NAME</code></td></tr>"
        f"<tr><th>Version</th><td>{escape(__version__)}</td></tr>"
        "</table>",
    )
