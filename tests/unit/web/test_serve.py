"""The whole server as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2

LIMIT = 60  # seconds; a busy machine is slow, a stuck one is a failure


def test_from_start_to_end(tmp_path: Path) -> None:
    """It says where it listens, keeps the token to itself, stores before it answers, and ends with 0 after SIGTERM."""
    data, config = tmp_path / "data", tmp_path / "config.yaml"
    config.write_text("")
    code = "from firstresponder.cli.main import run; run()"
    command = [sys.executable, "-c", code]
    ours = ("FIRSTRESPONDER_", "KUBE", "PROMETHEUS_", "ALLOWED_", "LOG_FILE_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    words = ["serve", "--port", "0", "--data-dir", str(data), "--config", str(config)]
    with subprocess.Popen([*command, *words], stderr=subprocess.PIPE, env=env, text=True) as process:
        try:
            assert process.stderr
            before, said = "", ""
            while "listening on" not in said:
                before += said
                said = process.stderr.readline()
                assert said, f"it ended before it listened: {before}"
            url = said.split()[3].rstrip(";")
            assert said.endswith(f"the token is in {data}/token\n")
            with httpx2.Client(trust_env=False, timeout=LIMIT) as client:
                assert client.post(f"{url}/alert", json={"labels": {"alertname": "A"}}).json() == {"status": "success"}
                assert client.get(f"{url}/readyz").status_code == 200
            listed = subprocess.run(
                [*command, "incidents", "--url", url, "--data-dir", str(data)], check=False, env=env, timeout=LIMIT
            )
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=LIMIT)[1]
        finally:
            process.kill()
    assert (process.returncode, listed.returncode) == (0, 0)
    assert (data / "token").read_text().strip() not in said + rest
    assert "login" not in said + rest  # a login link is a key: it is for a terminal, never for a log
    exported = subprocess.run(
        [*command, "alerts", "export", "--data-dir", str(data)], check=True, capture_output=True, env=env, timeout=LIMIT
    )
    assert [json.loads(row)["labels"] for row in exported.stdout.splitlines()] == [{"alertname": "A"}]
