"""Plain pages: one frame, one style, no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape

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
