"""The command line, run in this process, and a real server over the fake application for it to talk to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from firstresponder.cli.main import app
from firstresponder.config import Web
from firstresponder.testing.app import FakeResponder
from firstresponder.testing.clock import FakeClock
from firstresponder.web.app import create_app
from firstresponder.web.server import bound, server

TOKEN = "correct-horse-battery"

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with nothing of ours in the environment but what is given."""
    for name in ("FIRSTRESPONDER_URL", "FIRSTRESPONDER_TOKEN", "FIRSTRESPONDER_DATA_DIR", "FIRSTRESPONDER_BY", "USER"):
        monkeypatch.delenv(name, raising=False)

    def command(*words: str, **env: str) -> Result:
        return CliRunner().invoke(app, list(words), env=env, catch_exceptions=False)

    return command


@pytest.fixture
def responder() -> FakeResponder:
    """Return the application that holds one incident that asks."""
    return FakeResponder()


@pytest.fixture
def url(responder: FakeResponder) -> Iterator[str]:
    """Serve it on a free loopback port."""
    running = server(create_app(responder, token=TOKEN, settings=Web(), clock=FakeClock()))
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


@pytest.fixture
def talk(run: Run, url: str) -> Run:
    """Run a command against that server, with its token."""

    def command(*words: str, **env: str) -> Result:
        return run(*words, FIRSTRESPONDER_URL=url, FIRSTRESPONDER_TOKEN=TOKEN, USER="ann", **env)

    return command
