"""A real server for the commands of the pages, and the fake application behind the web for the calls of the API page."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from firstresponder.config import Web
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.server import bound, server
from tests.docs.pages import ROOT

TOKEN = "correct-horse-battery"
START = 30.0


class Place(NamedTuple):
    """A folder as a user has it, with a server that runs on its `data`, and the environment of a shell in it."""

    folder: Path
    env: dict[str, str]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Run `firstresponder serve` on a free port, in a folder with the examples, as the pages tell one to."""
    folder = tmp_path_factory.mktemp("place")
    shutil.copytree(ROOT / "examples", folder / "examples")
    programs = str(Path(sys.executable).parent)
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "USER": "ann", "NO_COLOR": "1"}
    log = (folder / "server.log").open("w+", encoding="utf-8")
    process = subprocess.Popen(["firstresponder", "serve", "--port", "0"], cwd=folder, env=env, stderr=log, stdout=log)
    try:
        yield Place(folder, {**env, "FIRSTRESPONDER_URL": _address(folder / "server.log", process)})
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(20)
        log.close()
    assert ended == 0, (folder / "server.log").read_text()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until the server says where it listens and is ready; return that."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        if "listening on " in text:
            url = text.partition("listening on ")[2].partition(";")[0]
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own server on loopback
                return url
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """Serve the fake application, which holds one incident that asks, on a free loopback port; return its address."""
    running = server(create_app(FakeResponder(), token=TOKEN, settings=Web(), clock=FakeClock()))
    ready = threading.Event()
    running.tell = ready.set
    with bound("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        assert ready.wait(10)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join(10)
        assert not thread.is_alive()
