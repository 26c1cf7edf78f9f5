"""Noise, from the command line."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from firstresponder.adapters.store import open_store
from firstresponder.cli.main import app
from firstresponder.testing.app import NOON, example_alert
from firstresponder.testing.clock import FakeClock

Run = Any
TICKETS = str(Path(__file__).parents[3] / "examples" / "tickets.txt")


def test_text_for_people(run: Run) -> None:
    """The example list: the numbers first, then the incidents in order, then the proposals with their effect."""
    result = run("noise", TICKETS)
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert rows[0] == "31 alerts in 3 incidents, 2 of them P1 or P2"
    assert [row.split()[1] for row in rows if row[:1].isdigit() and "P" in row[:6]] == ["P1", "P2", "P4"]
    assert "  effect: 23 of 31 alerts (74%) go to a list instead of to a person" in rows


def test_json_for_machines(run: Run) -> None:
    """It has the fields that are promised, in the order of importance, and every line of the list."""
    result = run("noise", TICKETS, "--format", "json")
    assert result.stdout.isascii()
    answer = json.loads(result.stdout)
    assert (answer["input"], answer["unparsed"]) == (31, [])
    assert [(each["priority"], each["alerts"], len(each["members"])) for each in answer["incidents"]] == [
        ("P1", 3, 3),
        ("P2", 5, 5),
        ("P4", 23, 23),
    ]
    assert all(each["title"] and each["reason"] for each in answer["incidents"])
    members = sorted(member for each in answer["incidents"] for member in each["members"])
    assert members == sorted(Path(TICKETS).read_text(encoding="utf-8").splitlines())
    assert {each["kind"] for each in answer["proposals"]} == {"repair", "lower", "group"}
    assert all(each["why"] and each["effect"] and "config" in each for each in answer["proposals"])


def test_markdown_for_a_page(run: Run) -> None:
    """A table with one row per incident, and the configurations as blocks."""
    result = run("noise", TICKETS, "--format", "markdown")
    assert "| 1 | P1 | EndpointRegistrationFailure in zone AB, then TooFewEndpointsRegistered | 3 |" in result.stdout
    assert result.stdout.count("```yaml") == 4


@pytest.mark.parametrize("shape", ["text", "markdown"])
def test_nothing_from_outside_reaches_the_terminal_or_the_page(run: Run, tmp_path: Path, shape: str) -> None:
    """Control sequences are dropped; in Markdown no text of an alert is markup."""
    file = tmp_path / "list.txt"
    file.write_text("Zone A: \x1b[2Jdisk failed <img src=x> [a](javascript:b) | `c` @all\n" * 3, encoding="utf-8")
    result = run("noise", str(file), "--format", shape)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    if shape == "markdown":
        assert "<img" not in result.stdout
        assert "[a](" not in result.stdout
        assert "\\[a\\]\\(" in result.stdout


def test_the_standard_input_and_several_files(tmp_path: Path) -> None:
    """`-` is the standard input; several inputs are one stream, and each is named with its form."""
    file = tmp_path / "more.csv"
    file.write_text("title,created\nZone AB: LLMModelStale,2024-05-01\n", encoding="utf-8")
    result = CliRunner().invoke(
        app, ["noise", "-", str(file), "--format", "json"], input=Path(TICKETS).read_text(encoding="utf-8")
    )
    answer = json.loads(result.stdout)
    assert answer["input"] == 32
    assert [(each["name"], each["form"]) for each in answer["read"]] == [("standard input", "lines"), (str(file), "table")]


def test_a_real_pipe(tmp_path: Path) -> None:
    """Bytes through a pipe, UTF-16 with its mark: read as what they are."""
    command = [sys.executable, "-c", "from firstresponder.cli.main import run; run()", "noise", "-"]
    done = subprocess.run(command, input="Zone A: DiskFull\r\n".encode("utf-16"), capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout.decode().startswith("1 alert in 1 incident, ")


BYTES = {
    "empty": (b"", 0, 0),
    "no text at all": (bytes(range(256)) * 20, 0, None),
    "old encoding": ("Zone A: Gerät failed\n".encode("latin-1"), 1, 0),
    "utf-16": ("Zone A: DiskFull\n".encode("utf-16"), 1, 0),
    "half a character": (b"Zone A: disk failed \xe6\x97\n", 1, 0),
    "old line ends": (b"Zone A: DiskFull\rZone B: DiskFull\r", 2, 0),
}


@pytest.mark.parametrize("name", BYTES)
def test_any_bytes(run: Run, tmp_path: Path, name: str) -> None:
    """Whatever a file holds, the answer is an answer: no trace, and its counts are right."""
    data, alerts, unparsed = BYTES[name]
    file = tmp_path / "list"
    file.write_bytes(data)
    result = run("noise", str(file), "--format", "json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    if unparsed is not None:
        assert (answer["input"], len(answer["unparsed"])) == (alerts, unparsed)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected a FILE, - for the standard input, or --history"),
        (["missing.txt"], "missing.txt: cannot be read (No such file or directory)"),
        (["."], "cannot be read (Is a directory)"),
        (["broken.json"], "broken.json: it begins as JSON, and cannot be read"),
    ],
)
def test_what_cannot_be_read(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    """It ends with 2 and one line that says what is wrong."""
    (tmp_path / "broken.json").write_text('{"alerts": [\n{', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("noise", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_the_own_history(run: Run, tmp_path: Path) -> None:
    """Stored alerts with their starts and ends, also while a server has the store open; nothing is written."""

    async def fill() -> None:
        store = open_store(tmp_path, FakeClock())
        alert = example_alert()
        for number in range(5):
            start = NOON + timedelta(hours=number)
            firing = replace(alert, starts_at=start, received_at=start)
            over = replace(
                firing, status="resolved", ends_at=start + timedelta(minutes=4), received_at=start + timedelta(minutes=5)
            )
            await store.alerts.append([firing])
            await store.alerts.append([over])
        await store.close()

    asyncio.run(fill())
    result = run("noise", "--history", "--data-dir", str(tmp_path), "--format", "json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["input"] == 5
    assert answer["read"][0]["form"] == "history"
    (incident,) = answer["incidents"]
    assert "median 4 min" in incident["heals"]


def test_no_store(run: Run, tmp_path: Path) -> None:
    """A folder without a store is bad input, and none is made there."""
    assert run("noise", "--history", "--data-dir", str(tmp_path)).exit_code == 2
    assert list(tmp_path.iterdir()) == []
