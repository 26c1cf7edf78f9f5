"""`firstresponder bundle`: over the API, to a file or to standard output."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from firstresponder.adapters.replay.form import read_bundle

Run = Callable[..., Result]


def test_it_goes_to_standard_output(talk: Run) -> None:
    """Without a file it is plain JSON, and nothing else is printed there."""
    done = talk("bundle", "inc-0001")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] == "inc-0001"


def test_it_goes_to_a_file_that_only_its_owner_reads(talk: Run, tmp_path: Path) -> None:
    """With -o it is a bundle file of mode 0600; what is missing is said on standard error."""
    path = tmp_path / "inc.json"
    done = talk("bundle", "inc-0001", "--frames", "-o", str(path))
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "firstresponder: note: there is one investigation, so there are no frames\n"
    assert read_bundle(path).id == "inc-0001"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unknown_incident(talk: Run, tmp_path: Path) -> None:
    """It ends with 1 and says so; no file is begun."""
    path = tmp_path / "inc.json"
    done = talk("bundle", "inc-9999", "-o", str(path))
    assert done.exit_code == 1
    assert "inc-9999" in done.stderr
    assert not path.exists()


def test_a_folder_that_is_not_there(talk: Run, tmp_path: Path) -> None:
    """A file that cannot be written ends with 2 and its name."""
    done = talk("bundle", "inc-0001", "-o", str(tmp_path / "none" / "x.json"))
    assert done.exit_code == 2
    assert "x.json: cannot be written" in done.stderr
