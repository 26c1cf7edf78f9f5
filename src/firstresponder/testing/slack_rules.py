"""What the stand-in for Slack holds others to: scopes, limits of blocks, pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

SCOPES: dict[str, tuple[str, ...]] = {
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
}
"""Scopes that a bot token needs for a method, any of them (docs.slack.dev, each method's page)."""

MOST_BLOCKS, MOST_TEXT, MOST_IN_BLOCKS = 50, 40_000, 12_000
LIMITS = {"header": 150, "section": 3000, "button": 75}
VALUE, ID = 2000, 255


class Refused(Exception):
    """Slack says no, in a word."""

    def __init__(self, error: str, **more: str) -> None:
        """`more` goes into the answer beside the word."""
        super().__init__(error)
        self.more = more


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object inside a value."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def check_blocks(body: dict[str, Any]) -> None:
    """Refuse what Slack refuses: too many blocks, too long or empty texts, ids that come twice."""
    blocks = body.get("blocks", [])
    if len(body.get("text", "")) > MOST_TEXT:
        raise Refused("msg_too_long")
    if len(blocks) > MOST_BLOCKS:
        raise Refused("invalid_blocks")
    total = 0
    for each in walk(blocks):
        said = each.get("text")
        if isinstance(said, str):
            total += len(said)
            if not said:
                raise Refused("invalid_blocks")
        limit = LIMITS.get(each.get("type", ""))
        if limit and isinstance(said, dict) and len(said["text"]) > limit:
            raise Refused("invalid_blocks")
        if len(each.get("value", "")) > VALUE or len(each.get("action_id", "")) > ID or len(each.get("block_id", "")) > ID:
            raise Refused("invalid_blocks")
    ids = [each["block_id"] for each in blocks if "block_id" in each]
    if len(ids) != len(set(ids)):
        raise Refused("invalid_blocks")
    if total > MOST_IN_BLOCKS:
        raise Refused("msg_blocks_too_long")


def found_in(message: dict[str, Any], event: str, **wanted: str) -> bool:
    """Whether a message's metadata says this."""
    metadata = message.get("metadata") or {}
    return metadata.get("event_type") == event and wanted.items() <= metadata.get("event_payload", {}).items()


def page_of(messages: Sequence[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    """Return one page of messages, with the cursor of the next."""
    since = [each for each in messages if float(each["ts"]) >= float(body.get("oldest", 0))]
    begin, limit = int(body.get("cursor") or 0), int(body.get("limit", 100))
    shown = [each if body.get("include_all_metadata") else without(each) for each in since[begin : begin + limit]]
    more = begin + limit < len(since)
    return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": str(begin + limit) if more else ""}}


def without(message: dict[str, Any]) -> dict[str, Any]:
    """Leave the metadata out, as Slack does unless it is asked for."""
    return {key: value for key, value in message.items() if key != "metadata"}
