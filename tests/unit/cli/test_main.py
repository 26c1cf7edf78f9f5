"""The list of commands, and what it costs to look at it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest
from typer.testing import Result

from firstresponder import __version__
from firstresponder.cli import main
from firstresponder.cli.group import load

HEAVY = ("dbos", "sqlalchemy", "fastapi", "starlette", "pydantic", "uvicorn", "lightkube", "httpx2", "rich", "ruamel", "msgspec")


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_help_loads_nothing_heavy() -> None:
    """`--help` imports no database, no server, no cluster client and no command's own file."""
    code = (
        "import sys\n"
        "from firstresponder.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    loaded = set(_python(code).rpartition("LOADED ")[2].split())
    assert "typer" in loaded
    assert not loaded & set(HEAVY)
    assert {each for each in loaded if each.startswith("firstresponder.cli.")} <= {
        f"firstresponder.cli.{name}" for name in ("main", "group", "environment", "exits", "text")
    }


def test_help_is_quick() -> None:
    """`--help` costs less than half a second of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _python("import sys; sys.argv = ['firstresponder', '--help']; from firstresponder.cli.main import run; run()")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.5


@pytest.mark.parametrize("name", sorted(main.Commands.listed))
def test_the_list_tells_what_the_commands_say(name: str) -> None:
    """Each listed command can be loaded, and its own help begins with the words of the list or tells more."""
    command = load(name, main.Commands.listed[name])
    assert command.name == name
    assert command.help


@pytest.mark.parametrize(
    "words",
    [
        ("nope",),
        ("incident", "nope"),
        ("incident", "show"),
        ("incidents", "--limit", "0"),
        ("incidents", "--format", "xml"),
        ("serve", "--port", "x"),
        ("kill-switch",),
        (),
    ],
)
def test_wrong_use(run: object, words: tuple[str, ...]) -> None:
    """Wrong use ends with 2."""
    result: Result = run(*words)  # type: ignore[operator]
    assert result.exit_code == 2


def test_version(run: object) -> None:
    """`version` says the version of the package."""
    result: Result = run("version")  # type: ignore[operator]
    assert (result.exit_code, result.stdout) == (0, f"firstresponder {__version__}\n")


def test_the_installed_command_answers() -> None:
    """The entry point `run` is what the installed program calls: it ends with the command's exit code."""
    code = "import sys; sys.argv = ['firstresponder', 'alerts', 'export', '--data-dir', '/nonexistent']; "
    done = subprocess.run(
        [sys.executable, "-c", code + "from firstresponder.cli.main import run; run()"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.returncode == 2
    assert done.stderr.startswith("firstresponder: error: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
