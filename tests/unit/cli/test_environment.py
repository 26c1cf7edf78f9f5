"""`.env`: what counts, what is complained about, and that no content of a line is ever repeated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.cli.environment import adopt, environment, secrets
from firstresponder.config.load import SECRETS

Run = Any


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    """Write the folder's `.env`."""
    path = folder / ".env"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_without_a_file_the_process_counts(tmp_path: Path) -> None:
    """No file is no complaint; a folder of that name (a virtual environment) is none either."""
    assert environment({"A": "1"}, tmp_path) == ({"A": "1"}, ())
    (tmp_path / ".env").mkdir()
    assert environment({"A": "1"}, tmp_path) == ({"A": "1"}, ())


def test_the_process_goes_before_the_file(tmp_path: Path) -> None:
    """What the process has set wins, even where it is set to nothing; what is empty in the file is not set."""
    write(tmp_path, "A=file\nB=file\nC=file\nD=\nexport E='two words' # why\n")
    assert environment({"A": "process", "B": ""}, tmp_path).values == {"A": "process", "B": "", "C": "file", "E": "two words"}


def test_nothing_is_interpolated(tmp_path: Path) -> None:
    """A dollar in a secret stays a dollar, whatever follows it."""
    write(tmp_path, "A=x$B\nB='${HOME}'\nC=\"$(ls)\"\n")
    assert environment({}, tmp_path).values == {"A": "x$B", "B": "${HOME}", "C": "$(ls)"}


@pytest.mark.parametrize(
    ("text", "number"),
    [("A=1\nhunter2 is=it\n", 2), ("hunter2\n", 1), ("A=1\n\n\nB='hunter2\n", 4), ("# x\n  hunter2 =\n =\n", 3)],
)
def test_a_line_that_is_not_understood_is_named_by_its_number(tmp_path: Path, text: str, number: int) -> None:
    """The complaint has the line's number and nothing of its content; the lines around it count."""
    write(tmp_path, text)
    values, complaints = environment({}, tmp_path)
    assert f"line {number} " in complaints[0]
    assert "hunter2" not in "".join(complaints)
    assert ("A" in values) == ("A=1" in text)


@given(st.text(alphabet=st.sampled_from("AB=\"'# \n\\$x"), max_size=40))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    """Whatever stands in the file, no exception comes out, and every complaint names a line of it."""
    import tempfile  # noqa: PLC0415 - hypothesis wants no fixture here

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), text)
        values, complaints = environment({}, Path(folder))
        assert all(values.values())
        assert all("line " in each for each in complaints)


@pytest.mark.parametrize(("mode", "text", "warned"), [
    (0o600, "SLACK_BOT_TOKEN=xoxb-1\n", False),
    (0o640, "SLACK_BOT_TOKEN=xoxb-1\n", True),
    (0o604, "FIRSTRESPONDER_TOKEN=t\n", True),
    (0o644, "PROMETHEUS_URL=http://p\n", False),
    (0o644, "SLACK_BOT_TOKEN=\n", False),
])  # fmt: skip
def test_a_file_that_others_may_read(tmp_path: Path, mode: int, text: str, warned: bool) -> None:  # noqa: FBT001
    """It is complained about where it holds a secret; the value is not repeated."""
    write(tmp_path, text, mode)
    complaints = environment({}, tmp_path).complaints
    assert bool(complaints) is warned
    assert "xoxb-1" not in "".join(complaints)
    assert not warned or "chmod 600" in complaints[0]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are said, and nothing of the file counts."""
    (tmp_path / ".env").write_bytes(b"A=1\n\xff\n")
    values, complaints = environment({"B": "2"}, tmp_path)
    assert values == {"B": "2"}
    assert "UTF-8" in complaints[0]


def test_every_secret_is_known() -> None:
    """The token and all that the configuration calls a secret."""
    assert secrets() == {"FIRSTRESPONDER_TOKEN", *(name for section in SECRETS.values() for name in section.values())}


def test_adopting_fills_what_is_not_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what the process has not set is added; complaints go to standard error, one line each."""
    write(tmp_path, "A=file\nB=file\nnonsense here\n")
    process = {"A": "process"}
    adopt(process, tmp_path)
    assert process == {"A": "process", "B": "file"}
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("firstresponder: warning: ")
    assert said.err.count("\n") == 1


def test_commands_take_it_in(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that reads a variable, and the token, come from the file of the working directory."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    write(Path(), f"FIRSTRESPONDER_URL={url}\nFIRSTRESPONDER_TOKEN=correct-horse-battery\nFIRSTRESPONDER_BY=dora\n")
    result = run("take-over", "inc-0001", USER="root")
    assert result.exit_code == 0, result.stderr
    assert "dora" in result.stdout
