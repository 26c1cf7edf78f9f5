"""The whole server over a recording, as a process of its own: from its alert to a verified repair."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from firstresponder.adapters.replay.form import write_bundle
from tests.recorded import bad_release

LIMIT = 90  # seconds; a busy machine is slow, a stuck one is a failure
COMMAND = [sys.executable, "-c", "from firstresponder.cli.main import run; run()"]
CONFIG = {
    "cluster": {"kubeconfig": "/nowhere/kubeconfig"},
    "prometheus": {"url": "http://127.0.0.1:9"},
    "guards": {"allow": [{"action": "rollback-deployment", "namespace": "shop"}]},
    "verification": {"initial_delay": "100ms", "interval": "100ms", "consecutive_successes": 3, "timeout": "30s"},
}


def _environment() -> dict[str, str]:
    ours = ("FIRSTRESPONDER_", "KUBE", "PROMETHEUS_", "ALLOWED_", "LOG_FILE_", "SLACK_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {"FIRSTRESPONDER_TOKEN": "token-1"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[httpx2.Client, list[str]]]:
    """A server on a recording, with a configuration that names a real cluster; what it said until it listened."""
    recording, config = tmp_path / "recording.json", tmp_path / "config.yaml"
    write_bundle(recording, asyncio.run(bad_release()))
    config.write_text(json.dumps(CONFIG))
    words = ["serve", "--port", "0", "--data-dir", str(tmp_path / "data"), "--config", str(config)]
    command = [*COMMAND, *words, "--replay", str(recording), "--speed", "50"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=_environment(), text=True) as process:
        try:
            assert process.stderr
            said: list[str] = []
            while not said or "listening on" not in said[-1]:
                said.append(process.stderr.readline())
                assert said[-1], f"it ended before it listened: {said}"
            url = said[-1].split("listening on ")[1].split(";")[0]
            headers = {"authorization": "Bearer token-1"}
            with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=LIMIT) as client:
                yield client, said
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=LIMIT)
            assert process.returncode == 0
        finally:
            process.kill()


def _until(look: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + LIMIT
    while not done(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def test_a_recording_is_repaired_by_the_real_server(server: tuple[httpx2.Client, list[str]], tmp_path: Path) -> None:
    """Its alert comes by itself, the brief says what it is, an approval repairs it, the alert resolves, and the audit holds."""
    client, said = server
    assert any("THE CLUSTER IS A RECORDING" in line for line in said)
    assert "RECORDING" in client.get("/readyz").json()["parts"]["cluster"]

    def only() -> Any:
        items = client.get("/api/v1/incidents").json()["items"]
        return client.get(f"/api/v1/incidents/{items[0]['id']}").json() if items else {"status": ""}

    asking = _until(only, lambda found: found["status"] in ("asking", "escalated"))
    assert asking["status"] == "asking", asking["reason"]
    assert "RECORDING, no real cluster: bad-release" in asking["brief"]["unconfirmed"][0]
    answer = client.post(f"/api/v1/incidents/{asking['id']}/approve", json={"by": "ann", "plan_digest": asking["plan_digest"]})
    assert answer.status_code == 200, answer.text
    closed = _until(only, lambda found: found["status"] in ("closed", "escalated"))
    assert [outcome["word"] for outcome in closed["outcomes"]] == ["Successful"], closed["reason"]
    _until(only, lambda found: {one["alert"]["status"] for one in found["alert_list"]} == {"resolved"})
    verify = [*COMMAND, "audit", "verify", "--data-dir", str(tmp_path / "data")]
    assert subprocess.run(verify, check=False, env=_environment(), timeout=LIMIT).returncode == 0


def test_a_recording_that_cannot_be_read_starts_nothing(tmp_path: Path) -> None:
    """A bad file ends the start with 2 and its name; no data folder is begun."""
    (tmp_path / "bad.json").write_text("{}")
    command = [*COMMAND, "serve", "--port", "0", "--data-dir", str(tmp_path / "data"), "--replay", str(tmp_path / "bad.json")]
    done = subprocess.run(command, check=False, capture_output=True, env=_environment(), text=True, timeout=LIMIT)
    assert done.returncode == 2
    assert "bad.json: expected the keys now, alert and cluster" in done.stderr
    assert not (tmp_path / "data" / "app.db").exists()
