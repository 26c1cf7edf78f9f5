"""Every block that a page marks `sh run` runs as it stands, in order, against a real server; and the fire drill works."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.docs.calls import DEFAULT, curl
from tests.docs.conftest import Place
from tests.docs.pages import PAGES, blocks, page

TAGS = {
    "sh", "sh run", "sh curl", "json answer", "yaml runbook", "yaml config", "yaml rights", "yaml alertmanager", "text",
    "text layers",
}  # fmt: skip
RUNNABLE = [path for path in PAGES if blocks(path.read_text(encoding="utf-8"), "sh run")]
LONGEST = 20.0


def ask(place: Place, path: str) -> Any:
    """Read from the server's API."""
    token = (place.folder / "data/token").read_text().strip()
    return curl(f'curl -s "{DEFAULT}{path}" -H "Authorization: Bearer $TOKEN"', place.env["FIRSTRESPONDER_URL"], token)[1]


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.name)
def test_the_commands_of_a_page_run(path: Path, place: Place) -> None:
    """Its blocks, in order, end with 0 in a shell that stops at the first failure, and leave the kill switch off."""
    for block in blocks(path.read_text(encoding="utf-8"), "sh run"):
        done = subprocess.run(
            ["sh", "-eu"],
            input=block.text,
            cwd=place.folder,
            env=place.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"line {block.line}: {done.stdout}{done.stderr}"
    assert ask(place, "/api/v1/kill-switch")["engaged"] is False


def test_enough_is_runnable() -> None:
    """Configuration, runbooks and operations have commands that run; a page that loses its marks is noticed."""
    assert {path.name for path in RUNNABLE} >= {"configuration.md", "operations.md", "runbooks.md"}
    assert len(blocks(page("docs/operations.md"), "sh run")) >= 5


def test_the_fire_drill_works(place: Place) -> None:
    """The alert of the operations page becomes an incident that a person gets, and its end closes that incident."""
    fire, end = blocks(page("docs/operations.md"), "sh curl")
    for call, status in ((fire, "escalated"), (end, "closed")):
        assert curl(call.text, place.env["FIRSTRESPONDER_URL"], "")[0] == 200
        deadline = time.monotonic() + LONGEST
        found: list[Any] = []
        while [each["status"] for each in found] != [status]:
            assert time.monotonic() < deadline, found
            found = [each for each in ask(place, "/api/v1/incidents")["items"] if each["title"].startswith("FireDrill")]
            time.sleep(0.05)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_block_says_what_it_is(path: Path) -> None:
    """A fenced block carries one of the marks that the tests know, so that none is overlooked by a misspelt mark."""
    assert {block.info for block in blocks(path.read_text(encoding="utf-8"))} <= TAGS
