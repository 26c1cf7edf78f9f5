"""The demonstration as a process of its own, driven from outside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 120.0  # seconds; a busy machine is slow, a stuck one is a failure
TOKEN = "token-of-the-tests"
OURS = ("FIRSTRESPONDER_", "KUBE", "PROMETHEUS_", "ALLOWED_", "LOG_FILE_", "SLACK_", "CHANNEL_", "BROWSER", "DISPLAY", "WAYLAND_")


class Demo:
    """`python -m demo`, what it said so far, and its server's API."""

    def __init__(self, folder: Path, *words: str, stdin: int | IO[Any] = subprocess.DEVNULL, screen: int = -1) -> None:
        """`screen`: a terminal to speak to, in the place of a pipe; `folder` is where it may leave something behind."""
        self.folder, self.said = folder, ""
        given = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        env = given | {"FIRSTRESPONDER_TOKEN": TOKEN, "TMPDIR": str(folder), "HOME": str(folder), "COLUMNS": "120"}
        reader, writer = os.pipe() if screen < 0 else (os.dup(screen), -1)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo", *words],
            cwd=ROOT,
            env=env,
            stdin=stdin,
            stdout=stdin if screen >= 0 else writer,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if writer >= 0:
            os.close(writer)
        self._thread = threading.Thread(target=self._read, args=(reader,))
        self._thread.start()

    def _read(self, reader: int) -> None:
        with contextlib.suppress(OSError):  # how a terminal ends
            while more := os.read(reader, 65536):
                self.said += more.decode(errors="replace").replace("\r\n", "\n")
        os.close(reader)

    def hears(self, words: str, times: int = 1) -> str:
        """Wait until it has said this so often, and return all that it said."""
        self.until(lambda: self.said.count(words) >= times, words)
        return self.said

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for a condition."""
        end = time.monotonic() + LIMIT
        while not (found := condition()):
            assert self.process.poll() is None, f"it ended ({self.process.returncode}) before {what!r}:\n{self.said}"
            assert time.monotonic() < end, f"{what!r} never came:\n{self.said}"
            time.sleep(0.05)
        return found

    def ends(self) -> int:
        """Wait for its end and return its exit code."""
        code = self.process.wait(timeout=LIMIT)
        self._thread.join(LIMIT)
        return code

    @property
    def url(self) -> str:
        """Where its server listens."""
        found: str = re.findall(r"http://127\.0\.0\.1:\d+", self.hears("console: "))[0]
        return found

    def call(self, path: str, body: Any = None) -> Any:
        """One request to the server's API."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=data, headers=headers)  # noqa: S310 - on loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def incident(self, namespace: str) -> Any:
        """The incident about this namespace."""
        (row,) = [one for one in self.call("/incidents")["items"] if one["namespace"] == namespace]
        return self.call(f"/incidents/{row['id']}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start demonstrations; what still runs at the end is ended, and nothing may be left behind."""
    begun: list[Demo] = []

    def begin(*words: str, **more: Any) -> Demo:
        begun.append(Demo(tmp_path, *words, **more))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGTERM)
        one.ends()
    assert list(tmp_path.glob("firstresponder-demo-*")) == [], "its folder is left behind"
