"""Promises of the README that no other test holds, read from the code itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from firstresponder import model
from firstresponder.adapters.kubernetes.access import REVIEWS
from firstresponder.adapters.kubernetes.kinds import KINDS, path
from firstresponder.errors import NotFound
from firstresponder.model import PatchObject
from tests.docs.pages import ROOT, SOURCE

CLIENTS = {"httpx2", "httpx", "lightkube", "requests", "aiohttp", "urllib.request", "http.client", "socket", "smtplib", "grpc"}
"""What opens connections."""

ROOMS = {
    "adapters/kubernetes/client.py": "the API server that was named",
    "adapters/kubernetes/failures.py": "the errors of that client",
    "adapters/prometheus.py": "the Prometheus that was named",
    "adapters/slack/api.py": "Slack, where a token or a webhook for it is set",
    "adapters/slack/faults.py": "the errors of that client",
    "adapters/slack/socket_mode.py": "Slack, where an app-level token is set",
    "testing/slack.py": "a stand-in for Slack on the loopback, for tests only",
    "cli/api.py": "our own server",
    "adapters/ids.py": "this machine's name only",
    "web/server.py": "listens",
}


def _imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_only_these_rooms_open_connections() -> None:
    """No other file of the product imports anything that speaks to the network."""
    found = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if any(name == client or name.startswith(client + ".") for name in _imports(file) for client in CLIENTS)
    }
    assert found == set(ROOMS)


def test_a_change_is_a_patch_of_one_object() -> None:
    """There is one kind of change: a JSON patch of one object."""
    assert model.Change is PatchObject


def test_the_adapter_sends_reads_and_patches_only() -> None:
    """The Kubernetes adapter knows the methods GET and PATCH, and the only sub-resource that it names is a pod's log.

    Its one POST asks what our own account may do, which stores nothing (`access.py`).
    """
    files = {file.name: file.read_text(encoding="utf-8") for file in (SOURCE / "adapters/kubernetes").glob("*.py")}
    assert [name for name, text in files.items() if '"POST"' in text] == ["access.py"]
    assert files["access.py"].count('"POST"') == 1
    assert REVIEWS.endswith("/selfsubjectaccessreviews")
    assert re.search(r'"POST",\s*REVIEWS', files["access.py"])
    texts = list(files.values())
    for word in (
        '"PUT"',
        '"DELETE"',
        "/exec",
        "/eviction",
        "/scale",
        "/ephemeralcontainers",
        "/attach",
        "/portforward",
    ):
        assert not any(word in text for text in texts), word
    assert any('"PATCH"' in text for text in texts)


def test_no_secret_can_be_read() -> None:
    """The adapter has no path to a Secret, and the example's rights hold none."""
    assert "Secret" not in KINDS
    with pytest.raises(NotFound):
        path("Secret", "shop", "db")
    rules = [
        rule for role in YAML(typ="safe").load_all((ROOT / "examples/rbac.yaml").read_text()) for rule in role.get("rules", ())
    ]
    assert rules
    assert not any({"secrets", "*"} & set(rule["resources"]) for rule in rules)
    assert not any({"*", "create", "delete", "deletecollection", "update"} & set(rule["verbs"]) for rule in rules)
