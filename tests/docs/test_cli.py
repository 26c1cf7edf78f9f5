"""The page of commands is what the commands themselves print."""

from __future__ import annotations

import sys

from firstresponder.cli import exits
from firstresponder.cli.main import Commands
from tests.docs.pages import ROOT, page, table


def test_the_page_is_what_help_prints() -> None:
    """docs/cli.md equals what its script makes now."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import make_cli  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - a script beside its page
    finally:
        sys.path.pop(0)
    assert page("docs/cli.md") == make_cli.make(), "run: python docs/make_cli.py"


def test_every_command_is_on_it() -> None:
    """Each command has its heading, so the script looks at all of them."""
    text = page("docs/cli.md")
    for name in Commands.listed:
        assert f"\n## firstresponder {name}\n" in text


def test_the_exit_codes_are_those_of_the_code() -> None:
    """The table of exit codes has exactly the codes that are used."""
    codes = [int(row[0]) for row in table(page("docs/cli.md"), "exit code")]
    assert codes == [exits.OK, exits.NO, exits.USAGE, exits.UNREACHABLE]
