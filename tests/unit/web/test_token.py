"""Where the token lives."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from firstresponder.errors import BadConfig
from firstresponder.web.token import find_token, load_or_make_token


def never() -> str:
    """Fail: nothing was to be made."""
    raise AssertionError("a token was made")


def test_the_environment_decides(tmp_path: Path) -> None:
    """`FIRSTRESPONDER_TOKEN` is taken as it is, and no file is made."""
    assert load_or_make_token(tmp_path, {"FIRSTRESPONDER_TOKEN": " given "}, never) == "given"
    assert list(tmp_path.iterdir()) == []


def test_it_is_made_once(tmp_path: Path) -> None:
    """The first start makes a 0600 file in a 0700 folder; later starts read it; nothing else is left behind."""
    folder = tmp_path / "deep" / "data"
    assert load_or_make_token(folder, {"FIRSTRESPONDER_TOKEN": ""}, lambda: "fresh") == "fresh"
    assert load_or_make_token(folder, {}, never) == "fresh"
    assert find_token(folder, {}) == "fresh"
    assert [each.name for each in folder.iterdir()] == ["token"]
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_none_yet(tmp_path: Path) -> None:
    """Who only looks finds nothing before the first start, and makes nothing."""
    assert find_token(tmp_path, {}) is None
    assert list(tmp_path.iterdir()) == []


def test_somebody_was_faster(tmp_path: Path) -> None:
    """Where another process made the file meanwhile, its token is taken and not replaced."""

    def made_meanwhile() -> str:
        (tmp_path / "token").write_text("theirs\n")
        (tmp_path / "token").chmod(0o600)
        return "mine"

    assert load_or_make_token(tmp_path, {}, made_meanwhile) == "theirs"
    assert (tmp_path / "token").read_text() == "theirs\n"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o666])
def test_a_file_for_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    """A token that everybody can read or write is no secret; the error names the cure."""
    (tmp_path / "token").write_text("sesame")
    (tmp_path / "token").chmod(mode)
    with pytest.raises(BadConfig, match=r"chmod 600 .*token"):
        load_or_make_token(tmp_path, {}, never)


def test_a_file_for_the_group_is_read(tmp_path: Path) -> None:
    """Group bits are accepted: a volume with an fsGroup gets them at each mount."""
    (tmp_path / "token").write_text("sesame")
    (tmp_path / "token").chmod(0o660)
    assert load_or_make_token(tmp_path, {}, never) == "sesame"


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_text("sesame")
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, _link], ids=["folder", "pipe", "link"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder, a pipe or a link in its place is refused and never waited for."""
    make(tmp_path / "token")
    with pytest.raises(BadConfig, match="token"):
        find_token(tmp_path, {})


@pytest.mark.parametrize("text", ["", "\n", "two words", "tab\tbed", "\u00fcmlaut"])
def test_what_cannot_be_sent_is_refused(tmp_path: Path, text: str) -> None:
    """A token that does not fit a header is refused when it is read, and its text is not repeated in the error."""
    (tmp_path / "token").write_text(text, encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(BadConfig, match="printable ASCII") as caught:
        find_token(tmp_path, {})
    assert "words" not in str(caught.value)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A data folder that is a file is an error of the configuration, not a trace."""
    (tmp_path / "data").write_text("")
    with pytest.raises(BadConfig, match="cannot be read"):
        load_or_make_token(tmp_path / "data", {}, lambda: "fresh")
