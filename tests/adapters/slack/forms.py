"""Whether blocks are what Slack takes: by the types that Slack publishes, by its Python library, and by its limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from firstresponder.testing.slack_rules import check_blocks, walk

SCHEMA = json.loads((Path(__file__).parent / "blocks.schema.json").read_text(encoding="utf-8"))
CONTROL = re.compile(r"<[^>]*>?|&(?!(?:amp|lt|gt);)|>")
"""What Slack would read as its own in a text object."""

OURS = re.compile(r"<!(?:here|channel|everyone|subteam\^S[A-Z0-9]+)>|<@[UW][A-Z0-9]+>")


@cache
def validator(name: str) -> Draft7Validator:
    """Return the check of one of the schema's definitions."""
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": SCHEMA["definitions"]})


def check_message(text: str, blocks: list[dict[str, Any]], metadata: dict[str, Any] | None = None) -> None:
    """Assert that a message is one that Slack takes, and that nothing in it is read as markup."""
    sent = {"text": text, "blocks": blocks} | ({"metadata": metadata} if metadata else {})
    validator("Message").validate(sent)
    check_blocks(sent)
    for block in Block.parse_all(blocks):
        block.validate_json()
    assert text.strip()
    assert not list(controls(text)), text
    for each in walk(blocks):
        if each.get("type") in ("mrkdwn", "plain_text"):
            bad = [found for found in controls(each["text"]) if each["type"] == "plain_text" or not OURS.fullmatch(found)]
            assert not bad, each
            assert each.get("verbatim", each.get("emoji")) is (each["type"] == "mrkdwn")


def check_view(view: dict[str, Any]) -> None:
    """Assert that a modal is one that Slack takes."""
    validator("Modal").validate(view)
    View(**view).validate_json()
    assert len(view["title"]["text"]) <= 24
    assert len(view.get("private_metadata", "")) <= 3000


def controls(text: str) -> Iterator[str]:
    """Yield what Slack would read as markup of its own in a text object."""
    yield from CONTROL.findall(text)


def shown(blocks: list[dict[str, Any]]) -> str:
    """Return all text of the blocks, as a reader sees it."""
    found = [
        each["text"] if each.get("type") == "text" else unescape(each["text"])
        for each in walk(blocks)
        if isinstance(each.get("text"), str)
    ]
    return "\n".join(found)


def unescape(text: str) -> str:
    """Return what a reader sees of a text object; rich text has no escapes."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def actions(blocks: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the buttons, in order."""
    return [each["action_id"] for each in walk(blocks) if each.get("type") == "button"]


def active(blocks: list[dict[str, Any]]) -> list[str]:
    """Return whatever calls somebody or leads somewhere: links, mentions, and marks in text objects."""
    found = [
        str(each) for each in walk(blocks) if each.get("type") in ("link", "user", "usergroup", "broadcast", "channel", "emoji")
    ]
    return found + [mark for each in walk(blocks) if each.get("type") == "mrkdwn" for mark in controls(each["text"])]
