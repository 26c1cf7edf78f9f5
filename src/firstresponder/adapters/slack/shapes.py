"""The shapes of Block Kit that we use (docs.slack.dev, "Block Kit reference"). Pure.

Text from outside goes into rich text elements, which Slack shows as they are: nothing in them is read as a mention, a
link, an emoji or a fence. The few places that are plain text by nature (a header, a button) are escaped as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from firstresponder.adapters.slack import text as texts

Shape = dict[str, Any]  # a JSON object of Slack's

MOST_BLOCKS = 50
HEADER = 150
BUTTON = 75
VALUE = 2000
TITLE, QUESTION, CHOICE = 100, 300, 30  # of a confirmation
LINK = 3000


def plain(text: str) -> Shape:
    """Plain text: no markup, no emoji by name."""
    return {"type": "plain_text", "text": texts.escape(text), "emoji": False}


def header(text: str) -> Shape:
    """Return the big first line, one line long."""
    return {"type": "header", "text": plain(texts.line(text, HEADER))}


def run(text: str, *, bold: bool = False, code: bool = False) -> Shape:
    """Return a run of literal text."""
    style = {name: True for name, on in (("bold", bold), ("code", code)) if on}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def link(url: str, text: str) -> Shape:
    """Return a link of our own making."""
    return {"type": "link", "url": url, "text": text}


def para(*runs: Shape) -> Shape:
    """Return a paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(runs)}


def bullets(items: Sequence[str]) -> Shape:
    """Return a list, one line each."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [para(run(item)) for item in items]}


def code(text: str) -> Shape:
    """Return a block of literal text in a fixed width; fences inside it mean nothing."""
    return {"type": "rich_text_preformatted", "elements": [run(text)], "border": 0}


def rich(*parts: Shape) -> Shape:
    """Return a block of rich text."""
    return {"type": "rich_text", "elements": list(parts)}


def mention(who: str) -> Shape:
    """Return a block that calls somebody, as `settings.mention` names them; nothing from outside may come in here."""
    marks = {"U": f"<@{who}>", "W": f"<@{who}>", "S": f"<!subteam^{who}>"}
    mark = marks.get(who[0]) if who[0].isupper() else f"<!{who}>"
    return {"type": "section", "text": {"type": "mrkdwn", "text": mark, "verbatim": True}}


def button(action_id: str, text: str, value: str = "", *, style: str = "", confirm: Shape | None = None, url: str = "") -> Shape:
    """Return a button; `style` is "primary", "danger" or empty."""
    more = {name: what for name, what in (("value", value), ("style", style), ("confirm", confirm), ("url", url)) if what}
    return {"type": "button", "action_id": action_id, "text": plain(texts.line(text, BUTTON)), **more}


def confirmation(title: str, question: str, *, yes: str, no: str, style: str) -> Shape:
    """Return the question that Slack asks before a click counts."""
    return {
        "title": plain(texts.line(title, TITLE)),
        "text": plain(texts.line(question, QUESTION)),
        "confirm": plain(texts.line(yes, CHOICE)),
        "deny": plain(texts.line(no, CHOICE)),
        "style": style,
    }
