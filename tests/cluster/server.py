"""A Firstresponder server as a user would run it: its own process, its own data folder, driven over HTTP and the CLI."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from testbed.bed import Testbed

T = TypeVar("T")
TOKEN = "token-of-the-tests"
ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("firstresponder"))


class Server:
    """Start, ask, kill, start again: the data folder stays."""

    def __init__(self, bed: Testbed, folder: Path, *, database_url: str = "", **settings: Any) -> None:
        """`settings` are laid over the configuration of the tests, section by section; a URL puts the store on PostgreSQL."""
        self.bed = bed
        folder.mkdir(exist_ok=True)
        self.env = {"FIRSTRESPONDER_DATABASE_URL": database_url, "FIRSTRESPONDER_TOKEN": TOKEN}
        self.data = folder / "data"
        self.config = folder / "config.yaml"
        self.log = folder / "server.log"
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.between: Callable[[], None] = lambda: None  # called between two looks of `wait`
        self._configure(settings)

    def _configure(self, settings: dict[str, Any]) -> None:
        tree: dict[str, Any] = {
            "cluster": {"kubeconfig": str(self.bed.kubeconfig), "context": self.bed.context},
            "guards": {"cooldown": "0s", "repeat_cap": 100},
            "verification": {
                "initial_delay": "1s", "interval": "500ms", "consecutive_successes": 4, "failure_limit": 4, "timeout": "60s",
            },
        }  # fmt: skip
        for section, values in settings.items():
            tree.setdefault(section, {}).update(values)
        self.config.write_text(json.dumps(tree))  # JSON is YAML

    def allow(self, namespace: str, *actions: str) -> None:
        """Allow actions in a namespace (before the start)."""
        tree = json.loads(self.config.read_text())
        rules = tree["guards"].setdefault("allow", [])
        rules += [{"action": action, "namespace": namespace} for action in actions]
        self.config.write_text(json.dumps(tree))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, kill_at: str = "", stop_at: str = "", cwd: Path = ROOT) -> None:
        """Start it in a working directory and wait until it takes alerts.

        At the mark named it ends itself with SIGKILL, or SIGSTOPs.
        """
        command = [PROGRAM]
        if kill_at or stop_at:
            signal_name = "SIGKILL" if kill_at else "SIGSTOP"
            command = [sys.executable, str(Path(__file__).with_name("dying.py")), signal_name, kill_at or stop_at]
        command += ["serve", "--port", str(self.port), "--data-dir", str(self.data), "--config", str(self.config)]
        env = {**os.environ, **self.env, "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=cwd)
        self.wait(self.ready, "the server to take alerts", timeout=60)

    def ready(self) -> bool:
        """Whether it takes alerts."""
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def wait_dead(self) -> None:
        """Wait until it has ended itself."""
        assert self.process is not None
        assert self.process.wait(timeout=90) == -signal.SIGKILL, self.tail()

    def stop(self) -> None:
        """End it politely, or at last by force."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """End it with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One HTTP request with the token; the status and the JSON answer (or text)."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            self.url + path,
            data=data,
            method=method,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode(errors="replace")

    def send(self, body: Any) -> None:
        """Deliver a webhook body; it must be taken."""
        status, answer = self.call("POST", "/webhooks/alertmanager", body)
        assert status == 200, answer

    def incidents(self, namespace: str) -> list[dict[str, Any]]:
        """The incidents that are about this namespace, newest first."""
        found = self.call("GET", "/api/v1/incidents?limit=200")[1]["items"]
        return [each for each in found if namespace in json.dumps(each)]

    def incident(self, incident_id: str) -> dict[str, Any]:
        """One incident with all that belongs to it."""
        status, view = self.call("GET", f"/api/v1/incidents/{incident_id}")
        assert status == 200, view
        found: dict[str, Any] = view
        return found

    def wait(self, condition: Callable[[], T | None], what: str, timeout: float = 90.0) -> T:
        """Ask again until the condition gives something true."""
        deadline = time.monotonic() + timeout
        last: object = None
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the server ended ({self.process.returncode}) while we waited for {what}:\n{self.tail()}")
            self.between()
            last = found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited {timeout:g} s for {what}; last: {str(last)[:1500]}\n{self.tail()}")

    def wait_phase(self, namespace: str, *phases: str, timeout: float = 90.0) -> dict[str, Any]:
        """Wait until the newest incident about this namespace is in one of these phases; return its view."""
        seen: dict[str, Any] = {}

        def there() -> dict[str, Any] | None:
            found = self.incidents(namespace)
            if not found:
                return None
            seen.update(found[0])
            return found[0] if found[0]["status"] in phases else None

        try:
            found = self.wait(there, f"an incident about {namespace} to be {' or '.join(phases)}", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\nseen last: {json.dumps(seen)[:1500]}") from None
        return self.incident(found["id"])

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `firstresponder WORDS` as a user would."""
        env = {**os.environ, **self.env, "FIRSTRESPONDER_CONFIG": str(self.config), "NO_COLOR": "1", "COLUMNS": "200"}
        return subprocess.run(
            [PROGRAM, *words],
            capture_output=True,
            text=True,
            env=env,
            check=False,
            timeout=60,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
