"""The app manifest that users paste, against what the code asks of Slack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from firstresponder.testing.slack_rules import SCOPES
from firstresponder.web.slack import PATH

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "src/firstresponder/adapters/slack"
FREE = {"auth.test", "views.open", "apps.connections.open"}
"""Methods that need no scope of the bot's (docs.slack.dev)."""

MANIFEST: Any = YAML(typ="safe").load((ROOT / "examples/slack-manifest.yaml").read_text(encoding="utf-8"))


def _methods() -> set[str]:
    """Every method of the Web API that the code names."""
    names = re.compile(r'"((?:auth|chat|views|conversations|apps|users|reactions|files)\.[a-zA-Z.]+)"')
    return {name for path in ROOM.glob("*.py") for name in names.findall(path.read_text(encoding="utf-8"))}


def test_its_scopes_are_those_that_the_code_uses() -> None:
    """Each scope of the manifest is wanted by a method that is called, and each method has one of its scopes; no more."""
    called = _methods()
    assert {"chat.postMessage", "chat.update", "chat.postEphemeral", "conversations.history", "views.open"} <= called
    assert called <= SCOPES.keys() | FREE
    given = set(MANIFEST["oauth_config"]["scopes"]["bot"])
    assert given == {scope for method in called - FREE for scope in SCOPES[method]}
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_clicks_lead_to_our_route() -> None:
    """Interactivity is on, its address ends with the route's path, and the other way is explained."""
    interactivity = MANIFEST["settings"]["interactivity"]
    assert interactivity["is_enabled"] is True
    assert interactivity["request_url"].startswith("https://")
    assert interactivity["request_url"].endswith(PATH)
    text = (ROOT / "examples/slack-manifest.yaml").read_text(encoding="utf-8")
    assert "socket_mode_enabled: true" in text
    assert "connections:write" in text


def test_it_asks_for_nothing_else() -> None:
    """No events, no commands, no user tokens, no rotation that we could not follow."""
    assert set(MANIFEST) == {"display_information", "features", "oauth_config", "settings"}
    assert set(MANIFEST["features"]) == {"bot_user"}
    assert MANIFEST["settings"]["token_rotation_enabled"] is False
    assert len(MANIFEST["display_information"]["description"]) <= 140
