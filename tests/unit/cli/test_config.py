"""Checking a configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Run = Any


def test_what_it_allows(run: Run, tmp_path: Path) -> None:
    """A good file ends with 0 and says in words what may be done where, the environment's share included."""
    file = tmp_path / "c.yaml"
    file.write_text("guards:\n  allow:\n    - {action: rollback-deployment, namespace: shop}\n")
    result = run("config", "check", str(file), ALLOWED_NAMESPACES="web", ALLOWED_ACTIONS="rollback")
    assert result.exit_code == 0
    assert "may rollback-deployment on any Deployment in shop, after approval" in result.stdout
    assert "may rollback-deployment on any Deployment in web, after approval" in result.stdout
    report = json.loads(run("config", "check", str(file), "--format", "json").stdout)
    assert report["guards"]["allow"][0]["namespace"] == "shop"


def test_no_secret_is_shown(run: Run, tmp_path: Path) -> None:
    """Of a secret from the environment only that it is there is shown, in either form."""
    (tmp_path / "c.yaml").write_text("slack: {channel: C1}\n")
    for form in ("text", "json"):
        result = run("config", "check", str(tmp_path / "c.yaml"), "--format", form, SLACK_BOT_TOKEN="xoxb-hunter2")
        assert (result.exit_code, "hunter2" in result.output) == (0, False)
    assert json.loads(result.stdout)["slack"]["bot_token"] == "***"


def test_an_empty_one_allows_nothing(run: Run, tmp_path: Path) -> None:
    """An empty file is good, and says that nothing may be changed."""
    (tmp_path / "c.yaml").write_text("")
    result = run("config", "check", str(tmp_path / "c.yaml"))
    assert (result.exit_code, "nothing may be changed" in result.stdout) == (0, True)


def test_a_bad_one(run: Run, tmp_path: Path) -> None:
    """A bad file ends with 2 and names file, line and column."""
    (tmp_path / "c.yaml").write_text("guards:\n  cooldown: soon\n")
    result = run("config", "check", str(tmp_path / "c.yaml"))
    assert result.exit_code == 2
    assert f"{tmp_path}/c.yaml:2:3: guards.cooldown" in result.stderr


def test_what_the_server_would_refuse(run: Run, tmp_path: Path) -> None:
    """An unknown action, or a folder of runbooks that is not there, is refused here as it is at the start."""
    (tmp_path / "a.yaml").write_text("guards:\n  allow:\n    - {action: reboot-the-moon, namespace: shop}\n")
    result = run("config", "check", str(tmp_path / "a.yaml"))
    assert (result.exit_code, "reboot-the-moon" in result.stderr) == (2, True)
    (tmp_path / "b.yaml").write_text(f"runbooks: [{tmp_path}/nowhere]\n")
    result = run("config", "check", str(tmp_path / "b.yaml"))
    assert (result.exit_code, "nowhere" in result.stderr) == (2, True)
