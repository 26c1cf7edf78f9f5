"""Commands that talk to a server: what they send, say, and end with."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.errors import Unhealthy
from firstresponder.model import Phase
from firstresponder.testing.app import DIGEST, NOON, FakeResponder, example_view
from firstresponder.workflow.answers import Answer

Run = Any


def test_the_list(talk: Run, responder: FakeResponder) -> None:
    """`incidents` shows a line for each, newest first, and the cursor of what follows."""
    responder.views["inc-0002"] = example_view("inc-0002", phase=Phase.CLOSED)
    rows = talk("incidents").stdout.splitlines()
    assert rows[0].split() == ["ID", "STATUS", "SEVERITY", "FIRING", "OPENED", "TITLE"]
    assert [row.split()[:4] for row in rows[1:]] == [
        ["inc-0002", "closed", "critical", "1/2"],
        ["inc-0001", "asking", "critical", "1/2"],
    ]
    assert talk("incidents", "--limit", "1").stdout.splitlines()[-1] == "more: --before inc-0002"
    assert "inc-0002" not in talk("incidents", "--phase", "asking").stdout
    assert talk("incidents", "--phase", "acting").stdout == "no incidents in these phases\n"


def test_as_json(talk: Run) -> None:
    """`--format json` gives the API's own answer."""
    assert json.loads(talk("incidents", "--format", "json").stdout)["items"][0]["id"] == "inc-0001"
    assert json.loads(talk("incident", "show", "inc-0001", "--format", "json").stdout)["plan"]["digest"] == DIGEST
    assert json.loads(talk("kill-switch", "status", "--format", "json").stdout)["engaged"] is False
    assert json.loads(talk("approve", "inc-0001", "--format", "json").stdout)["decided_by"] == "ann"


def test_one_incident(talk: Run) -> None:
    """`incident show` prints the brief and the exact command to approve, the server's address included."""
    result = talk("incident", "show", "inc-0001")
    assert result.exit_code == 0
    assert result.stdout.startswith("Deployment api crash-loops since its release 5\n")
    assert "firstresponder approve inc-0001 --plan abababababab --by YOUR_NAME --url http://127.0.0.1:" in result.stdout
    assert "\x1b" not in result.stdout


def test_what_comes_from_outside_is_only_text(talk: Run, responder: FakeResponder) -> None:
    """Escape sequences and markup in a title are not obeyed, in text and in JSON."""
    view = responder.views["inc-0001"]
    title = "\x1b[2J\x9b1m[bold]api[/bold] :boom:\u202e"
    responder.views["inc-0001"] = replace(view, incident=replace(view.incident, title=title))
    text = talk("incidents").stdout
    assert "[bold]api[/bold] :boom:" in text
    assert text.isascii()
    assert "\x1b" not in text
    machine = talk("incidents", "--format", "json").stdout
    assert machine.isascii()
    assert "\x1b" not in machine
    assert json.loads(machine)["items"][0]["title"] == title


@pytest.mark.parametrize("plan", [[], ["--plan", DIGEST[:12]], ["--plan", DIGEST.upper()]])
def test_approving(talk: Run, responder: FakeResponder, plan: list[str]) -> None:
    """The plan is named by its digest, by the beginning of it, or is the one asked now; the person is $USER."""
    result = talk("approve", "inc-0001", *plan)
    assert (result.exit_code, result.stdout.partition(":")[0]) == (0, "accepted")
    (asked,) = responder.asked
    assert DIGEST.startswith(asked.pop("plan_digest"))
    assert asked == {"what": "approve", "id": "inc-0001", "by": "ann", "via": "cli"}


def test_a_second_approval(talk: Run) -> None:
    """Who is late is told who decided and when, and ends with 1."""
    talk("approve", "inc-0001", "--by", "bob")
    result = talk("approve", "inc-0001")
    assert result.exit_code == 1
    assert result.stdout.startswith("already decided: bob approved it before (bob, 2026-03-10 12:00:00Z)")


def test_another_plan(talk: Run, responder: FakeResponder) -> None:
    """A digest that is not the plan asked now approves nothing."""
    result = talk("approve", "inc-0001", "--plan", "cd" * 6)
    assert (result.exit_code, result.stdout.partition(":")[0]) == (1, "changed")
    assert responder.choices == {}


@pytest.mark.parametrize("plan", ["ab", "not hex at all", "f" * 65])
def test_a_digest_that_is_none(talk: Run, responder: FakeResponder, plan: str) -> None:
    """What cannot be a digest is refused before anything is sent."""
    result = talk("approve", "inc-0001", "--plan", plan)
    assert result.exit_code == 2
    assert "--plan: expected 8 to 64 hexadecimal digits" in result.stderr
    assert responder.asked == []


def test_rejecting_and_taking_over(talk: Run, responder: FakeResponder) -> None:
    """Both go through with their person and reason."""
    assert talk("reject", "inc-0001", "--reason", "not now", "--by", "bob").exit_code == 0
    assert talk("take-over", "inc-0001").exit_code == 0
    assert [(each["what"], each["by"], each.get("reason")) for each in responder.asked] == [
        ("reject", "bob", "not now"),
        ("take_over", "ann", None),
    ]


def test_looking_again_and_closing(talk: Run, responder: FakeResponder) -> None:
    """Both go through with their person, the close with its reason, and what came of it is said."""
    assert talk("look-again", "inc-0001").stdout.startswith("accepted: ")
    assert talk("close", "inc-0001", "--reason", "a drill", "--by", "bob").exit_code == 0
    assert [(each["what"], each["by"], each["via"], each.get("reason")) for each in responder.asked] == [
        ("look_again", "ann", "cli", None),
        ("dismiss", "bob", "cli", "a drill"),
    ]
    responder.answer = Answer(accepted=False, status="nothing_to_decide", message="it is acting")
    for words in (("look-again", "inc-0001"), ("close", "inc-0001")):
        result = talk(*words)
        assert (result.exit_code, result.stdout) == (1, "nothing to decide: it is acting\n")


@pytest.mark.parametrize(
    "words",
    [
        ("look-again", "nope"),
        ("close", "nope"),
        ("approve", "nope"),
        ("reject", "nope"),
        ("take-over", "nope"),
        ("incident", "show", "nope"),
    ],
)
def test_an_unknown_incident(talk: Run, words: tuple[str, ...]) -> None:
    """It ends with 1 and names it."""
    result = talk(*words)
    assert result.exit_code == 1
    assert "nope" in result.output


def test_a_person_who_may_not(talk: Run, responder: FakeResponder) -> None:
    """A refusal of the person is told in its words and ends with 1."""
    responder.answer = Answer(accepted=False, status="not_allowed", message="ann is no approver", decided_by="", decided_at=NOON)
    result = talk("approve", "inc-0001")
    assert (result.exit_code, result.stdout) == (1, f"not allowed: ann is no approver [plan {DIGEST[:12]}]\n")


def test_an_id_is_no_path(talk: Run, responder: FakeResponder) -> None:
    """An id with slashes or dots stays one part of the path: it reaches no other route."""
    assert talk("take-over", "../kill-switch").exit_code == 1
    assert talk("incident", "show", "inc-0001/approve").exit_code == 1
    assert talk("incident", "show", "inc-0001?x#y").exit_code == 1
    assert responder.hold is None


@pytest.mark.parametrize("words", [("approve", "inc-0001"), ("kill-switch", "on"), ("kill-switch", "off")])
def test_nobody_decides(run: Run, url: str, words: tuple[str, ...]) -> None:
    """Without --by and without USER nothing is sent."""
    result = run(*words, FIRSTRESPONDER_URL=url, FIRSTRESPONDER_TOKEN="x")
    assert result.exit_code == 2
    assert "--by" in result.stderr


def test_the_kill_switch(talk: Run, responder: FakeResponder) -> None:
    """On, status and off say who and why; off ends with 1 while a file holds it."""
    assert talk("kill-switch", "status").stdout == "off: approved changes are carried out\n"
    engaged = "ENGAGED by ann at 2026-03-10 12:00:00Z: storm; nothing is written to any cluster\n"
    assert talk("kill-switch", "on", "--why", "storm").stdout == engaged
    result = talk("kill-switch", "status")
    assert (result.exit_code, result.stdout) == (0, engaged)
    responder.held_by_file = True
    result = talk("kill-switch", "off")
    assert result.exit_code == 1
    assert "held by the file kill-switch; remove it" in result.stdout
    responder.held_by_file = False
    assert talk("kill-switch", "off").exit_code == 0


def _nobody() -> str:
    """Return the address of a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize(
    "words",
    [
        ("incidents",),
        ("incident", "show", "x"),
        ("approve", "x"),
        ("reject", "x"),
        ("take-over", "x"),
        ("look-again", "x"),
        ("close", "x"),
        ("kill-switch", "on"),
    ],
)
def test_no_server(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Where nobody answers it ends with 3, in one line that says what to try; the kill switch names its file."""
    result = run(*words, "--url", _nobody(), "--data-dir", str(tmp_path), USER="ann")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "is 'firstresponder serve' running there?" in result.stderr
    assert (f"touch {tmp_path}/KILL" in result.stderr) == (words[0] == "kill-switch")


@pytest.mark.parametrize("given", ["127.0.0.1:8000", "ftp://x", "http://", "http://[", "", "http://a b"])
def test_no_url(run: Run, given: str) -> None:
    """What is no URL of a server ends with 2."""
    result = run("incidents", "--url", given)
    assert result.exit_code == 2
    assert "--url" in result.stderr


def test_a_server_that_cannot_answer_now(talk: Run, responder: FakeResponder) -> None:
    """A 503 ends with 3 and the server's own words."""
    responder.broken = Unhealthy("the disk is full")
    result = talk("incidents")
    assert (result.exit_code, result.stderr) == (3, "firstresponder: error: the disk is full\n")


def test_the_token(run: Run, url: str, tmp_path: Path) -> None:
    """It comes from the data folder's file; without it, or with a wrong one, it ends with 2 and says where it looked."""
    result = run("incidents", "--url", url, "--data-dir", str(tmp_path))
    assert result.exit_code == 2
    assert f"no token was found in FIRSTRESPONDER_TOKEN or {tmp_path}/token" in result.stderr
    result = run("incidents", "--url", url, FIRSTRESPONDER_TOKEN="wrong")
    assert (result.exit_code, "not the server's" in result.stderr, "wrong" in result.stderr) == (2, True, False)
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("correct-horse-battery\n")
    assert run("incidents", "--url", url, "--data-dir", str(tmp_path)).exit_code == 0


def test_somebody_else_answers(run: Run, url: str) -> None:
    """An answer that is not ours is named with what came, not with a trace."""
    result = run("incidents", "--url", f"{url}/docs", FIRSTRESPONDER_TOKEN="correct-horse-battery")
    assert result.exit_code == 1
    assert "no such path" in result.stderr


def test_a_proxy_never_sees_a_local_request(talk: Run) -> None:
    """A proxy in the environment is not used for a loopback address: it would see the token."""
    assert talk("incidents", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9").exit_code == 0
