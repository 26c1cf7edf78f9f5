"""A Firstresponder of the demonstration's own: a process, a data folder, and the command line that drives it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

START_LIMIT = 30.0
RUNBOOKS = Path(__file__).with_name("runbooks")
ACTION = "rollback-deployment"
LINK = re.compile(rb"http://\S+/login\?once=\S+")
HEARD = ("ALLOWED_", "CHANNEL_", "FIRSTRESPONDER_", "KUBE", "LOG_FILE_", "PROMETHEUS_", "SLACK_")
"""How variables begin that a server listens to."""


PROOF = {"initial_delay": "3s", "interval": "2s", "consecutive_successes": 4, "timeout": "2m"}
"""Verification on a real cluster, in less time than by default."""


def settings(*namespaces: str) -> dict[str, Any]:
    """The configuration of the demonstrations: one action is allowed in these namespaces; everything else is denied."""
    return {
        "guards": {"allow": [{"action": ACTION, "namespace": each} for each in namespaces]},
        "verification": PROOF,
        "runbooks": [str(RUNBOOKS)],
    }


class Responder:
    """Started with a configuration; everything it keeps lies in one folder."""

    def __init__(self, folder: Path, config: dict[str, Any], *, replay: Sequence[Path] = (), speed: float = 1.0) -> None:
        """Nothing runs yet. `replay`: recordings in the place of a cluster; then nothing of the environment is heard."""
        self.folder = folder
        self._replay = [word for file in replay for word in ("--replay", str(file.absolute()))]
        self._replay += ["--speed", str(speed)] if replay else []
        self.data = folder / "data"
        self.config = folder / "config.yaml"
        self.config.write_text(json.dumps(config, indent=2))  # JSON is YAML
        self.log = folder / "server.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # A proxy from the environment has nothing to do with what stays on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.token = os.environ.get("FIRSTRESPONDER_TOKEN", "").strip() or secrets.token_urlsafe(16)
        self._process: subprocess.Popen[bytes] | None = None
        self.login = ""
        """The address of the console with a code that opens it once; empty where the server gave none."""

    def start(self, *, terminal: bool = False) -> None:
        """Start it and wait until it takes alerts. With `terminal` it speaks to one, and so gives a login link."""
        words = ["serve", "--port", str(self.port), "--data-dir", str(self.data), "--config", str(self.config), *self._replay]
        ear = mouth = -1
        if terminal:
            with contextlib.suppress(OSError):  # a container may have none; then there is no link
                ear, mouth = os.openpty()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(*words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log if mouth < 0 else mouth,
                env=self._environment(),
                cwd=self.folder,
                start_new_session=True,
            )
        if mouth >= 0:
            os.close(mouth)
            threading.Thread(target=self._listen, args=(ear,), daemon=True).start()
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
        found: list[dict[str, Any]] = self._call("/api/v1/incidents")["items"]
        return found

    def incident(self, incident_id: str) -> dict[str, Any]:
        """One incident with all that belongs to it."""
        found: dict[str, Any] = self._call(f"/api/v1/incidents/{incident_id}")
        return found

    def decide(self, word: str, incident: dict[str, Any], *, by: str, reason: str = "") -> dict[str, Any]:
        """Approve or reject (with a reason) exactly the plan that this incident asks about; the answer says whether it counts."""
        body = {"by": by, "plan_digest": incident["plan_digest"]} | ({"reason": reason} if reason else {})
        answer: dict[str, Any] = self._call(f"/api/v1/incidents/{incident['id']}/{word}", body)
        return answer

    def send(self, body: dict[str, Any]) -> None:
        """Deliver an alert as Alertmanager would."""
        self._call("/webhooks/alertmanager", body)

    def _call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET, or POST with a body. A conflict (somebody was faster) is an answer too."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers)  # noqa: S310 - our own server on loopback
        try:
            with self._opener.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.CONFLICT:
                raise
            return json.load(error)

    def _ready(self) -> bool:
        try:
            with self._opener.open(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def _listen(self, ear: int) -> None:
        """Keep what the server says to its terminal, but the login link, which is a key."""
        with contextlib.suppress(OSError), os.fdopen(ear, "rb") as lines, self.log.open("ab") as log:  # an end is an error there
            for line in lines:
                if (found := LINK.search(line)) is not None:
                    self.login = found[0].decode()
                else:
                    log.write(line)
                    log.flush()

    def _command(self, *words: str) -> list[str]:
        return [str(Path(sys.executable).with_name("firstresponder")), *words]

    def _environment(self) -> dict[str, str]:
        given = {name: text for name, text in os.environ.items() if not (self._replay and name.startswith(HEARD))}
        return {**given, "FIRSTRESPONDER_TOKEN": self.token, "FIRSTRESPONDER_URL": self.url, "COLUMNS": "110"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
