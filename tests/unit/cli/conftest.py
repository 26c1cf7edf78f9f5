"""The command line, run in this process, and a real server over the fake application for it to talk to."""

from __future__ import annotations

import os
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
OURS = ("FIRSTRESPONDER_", "SLACK_", "ALLOWED_", "PROMETHEUS_", "KUBE", "CHANNEL_NAME", "LOG_FILE_PATH", "USER")

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command in a folder of its own, with nothing of ours in the environment but what is given."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))  # a developer's .env is not the tests'

    def command(*words: str, **env: str) -> Result:
        return CliRunner().invoke(app, list(words), env=env, catch_exceptions=False)

    return command


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[FakeResponder, str]]:
    """Serve one fake application on a free loopback port for all tests."""
    fake = FakeResponder()
    running = server(create_app(fake, token=TOKEN, settings=Web(), clock=FakeClock()))
    ready = threading.Event()
    running.tell = ready.set
    with bound("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        assert ready.wait(10)
        yield fake, f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def responder(served: tuple[FakeResponder, str]) -> FakeResponder:
    """Return the application, holding one incident that asks and nothing of the test before."""
    vars(served[0]).clear()
    vars(served[0]).update(vars(FakeResponder()))
    return served[0]


@pytest.fixture
def url(served: tuple[FakeResponder, str], responder: FakeResponder) -> str:
    """Return the server's address."""
    del responder
    return served[1]


@pytest.fixture
def talk(run: Run, url: str) -> Run:
    """Run a command against that server, with its token."""

    def command(*words: str, **env: str) -> Result:
        return run(*words, FIRSTRESPONDER_URL=url, FIRSTRESPONDER_TOKEN=TOKEN, USER="ann", **env)

    return command
