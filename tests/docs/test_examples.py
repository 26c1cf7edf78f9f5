"""The example configurations of Firstresponder and of Alertmanager, on the pages and in the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from ruamel.yaml import YAML

from firstresponder.bootstrap import read_runbooks
from firstresponder.config import load
from firstresponder.remediation.catalog import CATALOG
from tests.docs.pages import ROOT, blocks, page

OURS = "firstresponder"


def _yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


def _readme(info: str) -> str:
    (block,) = blocks(page("README.md"), info)
    return block.text


ALERTMANAGERS = {
    "README.md": _yaml(_readme("yaml alertmanager")),
    "examples": _yaml((ROOT / "examples/alertmanager.yml").read_text(encoding="utf-8")),
}


def test_the_readmes_configuration_allows_one_thing(tmp_path: Path) -> None:
    """The README's ten lines load and allow one action in one namespace."""
    file = tmp_path / "firstresponder.yaml"
    file.write_text(_readme("yaml config"))
    loaded = load(file, {})
    assert [(rule.action, rule.namespace) for rule in loaded.guards.allow] == [("rollback-deployment", "shop")]


def test_the_server_takes_the_example() -> None:
    """With the example's settings and the folder of example runbooks every name of an action or cause exists."""
    settings = replace(load(ROOT / "examples/firstresponder.yaml", {}), runbooks=(str(ROOT / "examples/runbooks"),))
    assert "checkout-release" in {runbook.name for runbook in read_runbooks(settings)}
    known = {action.id for action in CATALOG}
    named = [rule.action for rule in settings.guards.allow] + [rule.action for rule in settings.guards.modes if rule.action]
    assert named
    assert set(named) <= known


@pytest.mark.parametrize("config", ALERTMANAGERS.values(), ids=ALERTMANAGERS)
def test_everything_goes_to_firstresponder_and_people_are_paged_as_before(config: Any) -> None:
    """The first child takes everything and goes on; the last child takes everything and is not ours.

    Alertmanager falls back to the parent's receiver only where no child matched (its `dispatch/route.go`).
    """
    first, *others = config["route"]["routes"]
    assert first == {"receiver": OURS, "continue": True}
    last = others[-1]
    assert last["receiver"] == config["route"]["receiver"] != OURS
    assert not {"match", "match_re", "matchers"} & last.keys()
    known = {receiver["name"] for receiver in config["receivers"]}
    assert {route["receiver"] for route in config["route"]["routes"]} <= known
    (ours,) = (receiver for receiver in config["receivers"] if receiver["name"] == OURS)
    (webhook,) = ours["webhook_configs"]
    assert webhook["url"].endswith("/webhooks/alertmanager")
    assert webhook["send_resolved"] is True
    local = "//127.0.0.1:" in webhook["url"]
    assert local or webhook["http_config"]["authorization"]["credentials_file"]
