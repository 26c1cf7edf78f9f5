"""A Firstresponder of the demonstration's own: a process, a data folder, and the command line that drives it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

START_LIMIT = 30.0


class Responder:
    """Started with a configuration; everything it keeps lies in one folder."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        """Nothing runs yet."""
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "config.yaml"
        self.config.write_text(json.dumps(config, indent=2))  # JSON is YAML
        self.log = folder / "server.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._token = secrets.token_urlsafe(16)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes alerts."""
        words = ["serve", "--port", str(self.port), "--data-dir", str(self.data), "--config", str(self.config)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(*words), stdout=log, stderr=log, env=self._environment(), start_new_session=True
            )
        deadline = time.monotonic() + START_LIMIT
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start; its log says:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it, politely first."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `firstresponder WORDS` as a person would, and return what it prints."""
        return subprocess.run(self._command(*words), capture_output=True, text=True, env=self._environment(), check=False)

    def incidents(self) -> list[dict[str, Any]]:
        """All incidents, newest first."""
        found: list[dict[str, Any]] = self._get("/api/v1/incidents")["items"]
        return found

    def incident(self, incident_id: str) -> dict[str, Any]:
        """One incident with all that belongs to it."""
        found: dict[str, Any] = self._get(f"/api/v1/incidents/{incident_id}")
        return found

    def send(self, body: dict[str, Any]) -> None:
        """Deliver an alert as Alertmanager would."""
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            f"{self.url}/webhooks/alertmanager", data=json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass

    def _get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self.url + path, headers=headers)  # noqa: S310 - our own server on loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)  # noqa: PLR2004
        except OSError:
            return False

    def _command(self, *words: str) -> list[str]:
        return [str(Path(sys.executable).with_name("firstresponder")), *words]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "FIRSTRESPONDER_TOKEN": self._token, "FIRSTRESPONDER_URL": self.url, "COLUMNS": "110"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
