"""Whether a form was sent by one of our own pages.

Two independent answers: what the browser says of the sender here, and the mark in the form (`Sessions.is_csrf`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request


def is_foreign(request: Request) -> bool:
    """Whether the browser says that another site sent this.

    `Sec-Fetch-Site` comes over TLS and on loopback only. An `Origin` of "null" says nothing: with our referrer policy
    browsers send it for our own forms as well. Where neither says anything, the mark in the form decides.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return True
    origin = request.headers.get("origin", "null")
    if origin == "null":
        return False
    try:
        sender = urlsplit(origin).netloc
    except ValueError:
        return True
    # Behind a proxy that changes Host only the browser's own word can be compared with anything.
    return site is None and sender.lower() != request.headers.get("host", "").lower()
