"""`doctor`: without a server, with one, and with everything wrong at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firstresponder import bootstrap
from firstresponder.model import Finding
from tests.unit.cli.conftest import TOKEN

Run = Any


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave this process's log alone: it would go on to write into the stream that a command had, and that is closed."""
    monkeypatch.setattr("firstresponder.bootstrap.examination.own_log.configure", lambda _: None)


def found(result: Any) -> dict[str, Any]:
    """The findings of a JSON answer, by part."""
    return {each["part"]: each for each in json.loads(result.stdout)}


def test_before_the_first_start(run: Run, tmp_path: Path) -> None:
    """With nothing configured it ends with 0, says that this is safe, and leaves nothing behind."""
    result = run("doctor", "--data-dir", str(tmp_path / "data"), "--url", "http://127.0.0.1:1", "--format", "json")
    assert result.exit_code == 0, result.output
    parts = found(result)
    assert "that is safe" in parts["settings"]["says"]
    assert {name for name, each in parts.items() if each["state"] == "off"} == {
        "store", "cluster", "Prometheus", "notifiers", "external_url", "token", "server",
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_beside_a_living_server(run: Run, tmp_path: Path, url: str) -> None:
    """On the folder of a process that works it takes no lock, writes nothing, and says that the server takes alerts."""
    data = tmp_path / "data"
    living = bootstrap.build(data, None, {})
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    try:
        result = run("doctor", "--data-dir", str(data), "--url", url, "--format", "json", FIRSTRESPONDER_TOKEN=TOKEN)
        assert {path.name: path.read_bytes() for path in data.iterdir() if path.suffix != ".db-shm"} == {
            name: content for name, content in before.items() if not name.endswith("-shm")
        }
    finally:
        living.stop()
    parts = found(result)
    assert (result.exit_code, parts["store"]["state"], parts["audit"]["state"]) == (0, "ok", "ok")
    assert (parts["server"]["state"], url in parts["server"]["says"]) == ("ok", True)
    assert parts["token"]["says"] == "in FIRSTRESPONDER_TOKEN"
    assert living.lock is None


def test_everything_that_cannot_be_built_is_told_at_once(run: Run, tmp_path: Path) -> None:
    """A bad kubeconfig, a folder of runbooks that is not there and a store of another program are three failures, and 1."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "app.db").write_bytes(b"this is no database at all, but it is long enough to look like one" * 9)
    (data / "token").write_text("known")
    (data / "token").chmod(0o644)
    config = tmp_path / "c.yaml"
    config.write_text(f"cluster: {{kubeconfig: {tmp_path}/none}}\nrunbooks: [{tmp_path}/nowhere]\n")
    words = ("doctor", "--config", str(config), "--data-dir", str(data), "--url", "http://127.0.0.1:1")
    result = run(*words, "--format", "json", SLACK_BOT_TOKEN="nonsense")
    parts = found(result)
    assert result.exit_code == 1
    assert {name for name, each in parts.items() if each["state"] == "fail"} == {"cluster", "runbooks", "store", "token", "Slack"}
    assert "notifiers" not in parts
    assert "nonsense" not in result.stdout


def test_a_configuration_that_is_not_understood(run: Run, tmp_path: Path) -> None:
    """It is one failure with file, line and column: nothing else can be judged without it."""
    config = tmp_path / "c.yaml"
    config.write_text("guards:\n  cooldown: soon\n")
    result = run(
        "doctor", "--config", str(config), "--data-dir", str(tmp_path), "--url", "http://127.0.0.1:1", "--format", "json"
    )
    assert result.exit_code == 1
    assert f"{config}:2:3" in found(result)["settings"]["says"]


def test_a_server_that_takes_no_alerts(run: Run, tmp_path: Path, url: str, responder: Any) -> None:
    """A server that is not ready is a failure, part by part in its own words."""
    responder.state = type(responder.state)(ready=False, parts={"store": "the disk is full"})
    result = run("doctor", "--data-dir", str(tmp_path), "--url", url, "--format", "json")
    server = found(result)["server"]
    assert (result.exit_code, server["state"], "the disk is full" in server["says"]) == (1, "fail", True)


def test_what_a_person_reads(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each part with a word for its state, what to do indented below it, and a sum; nothing moves the cursor."""

    async def look(*_: object) -> list[Finding]:
        return [
            Finding(part="cluster", state="ok", says="reachable"),
            Finding(part="disk", state="warn", says="0.5 GiB free", fix="make room"),
            Finding(
                part="right: patch x", state="fail", says="not granted \x1b[2J", fix="add:\n- apiGroups: [apps]\n  verbs: [patch]"
            ),
            Finding(part="Slack", state="off", says="not configured"),
        ]

    monkeypatch.setattr("firstresponder.cli.doctor.look_over", look)
    result = run("doctor", "--data-dir", str(tmp_path), "--url", "http://127.0.0.1:1")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["✓", "ok", "cluster", "reachable"]
    assert lines[1].split()[:3] == ["!", "warn", "disk"]
    assert lines[2] == "        make room"
    assert lines[3].startswith("✗ FAIL  right: patch x  not granted")
    assert lines[4:7] == ["        add:", "        - apiGroups: [apps]", "          verbs: [patch]"]
    assert lines[7].split()[:3] == ["-", "off", "Slack"]
    assert lines[-1] == "1 failed, 1 to look at, of 6"
    assert "\x1b" not in result.stdout
    assert result.exit_code == 1


def test_what_is_wrong_with_the_env_file_is_a_finding(run: Run, tmp_path: Path) -> None:
    """A line of `.env` that does not count is told among the parts."""
    Path(".env").write_text("what is this\n")
    result = run("doctor", "--data-dir", str(tmp_path / "d"), "--url", "http://127.0.0.1:1", "--format", "json")
    assert found(result)[".env"]["state"] == "warn"
