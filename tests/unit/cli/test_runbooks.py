"""Listing runbooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Run = Any


def test_the_shipped_ones(run: Run) -> None:
    """The shipped runbooks are listed with what they answer and what they would do."""
    rows = run("runbooks", "list").stdout.splitlines()
    assert rows[0].split() == ["NAME", "ANSWERS", "LADDER", "TITLE"]
    assert any(row.startswith("bad-release ") and "rollback-deployment" in row for row in rows)
    names = [each["name"] for each in json.loads(run("runbooks", "list", "--format", "json").stdout)]
    assert names == [row.split()[0] for row in rows[1:]]


def test_one_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    """A bad file in a configured folder ends with 2 and is named."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "bad.yaml").write_text("name: [\n")
    (tmp_path / "c.yaml").write_text(f"runbooks: [{tmp_path}/more]\n")
    result = run("runbooks", "list", "--config", str(tmp_path / "c.yaml"))
    assert result.exit_code == 2
    assert f"{tmp_path}/more/bad.yaml" in result.stderr
