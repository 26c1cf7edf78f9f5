"""Every block that a page marks `sh run` runs as it stands, in order, against a real server."""

from __future__ import annotations

import json
import subprocess
import urllib.request

import pytest

from tests.docs.conftest import Place
from tests.docs.pages import PAGES, Block, blocks

RUNNABLE = [(path.name, block) for path in PAGES for block in blocks(path.read_text(encoding="utf-8"), "sh run")]
TAGS = {"sh", "sh run", "sh curl", "json answer", "yaml runbook", "yaml config", "yaml alertmanager", "text", "text layers"}


def _id(pair: tuple[str, Block]) -> str:
    return f"{pair[0]}:{pair[1].line}"


@pytest.mark.parametrize("pair", RUNNABLE, ids=_id)
def test_the_commands_run(pair: tuple[str, Block], place: Place) -> None:
    """The block's commands all end with 0 in a shell that stops at the first failure."""
    done = subprocess.run(
        ["sh", "-eu"],
        input=pair[1].text,
        cwd=place.folder,
        env=place.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_run_leaves_no_hold_behind(place: Place) -> None:
    """After the pages' commands the kill switch is off again, and the audit holds: nothing on the pages leaves a trap."""
    token = (place.folder / "data/token").read_text().strip()
    request = urllib.request.Request(  # noqa: S310 - our own server on loopback
        f"{place.env['FIRSTRESPONDER_URL']}/api/v1/kill-switch", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert json.load(answer)["engaged"] is False
    done = subprocess.run(
        ["firstresponder", "audit", "verify"], cwd=place.folder, env=place.env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_enough_is_runnable() -> None:
    """Configuration and operations have commands that run; a page that loses its mark is noticed."""
    pages = {name for name, _ in RUNNABLE}
    assert {"configuration.md", "operations.md"} <= pages
    assert len(RUNNABLE) >= 5


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_block_says_what_it_is(path: object) -> None:
    """A fenced block carries one of the marks that the tests know, so that none is overlooked by a misspelt mark."""
    assert {block.info for block in blocks(path.read_text(encoding="utf-8"))} <= TAGS  # type: ignore[attr-defined]
