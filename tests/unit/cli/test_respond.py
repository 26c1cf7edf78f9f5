"""`firstresponder respond`: what it sends, waits for, shows, and ends with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.cli import respond
from firstresponder.model import Phase
from firstresponder.testing.app import FakeResponder, example_view
from firstresponder.workflow.answers import IncidentView, Requested

Run = Any


def test_it_names_the_object_and_shows_the_brief(talk: Run, responder: FakeResponder) -> None:
    """The object, its namespace, the reason and the person go through; the brief is printed as `incident show` prints it."""
    result = talk("respond", "deploy/web", "-n", "shop", "--why", "slow", "--severity", "critical")
    assert result.exit_code == 0
    assert responder.asked == [
        {
            "what": "respond",
            "kind": "deploy",
            "name": "web",
            "namespace": "shop",
            "by": "ann",
            "via": "cli",
            "why": "slow",
            "severity": "critical",
        }
    ]
    assert result.stdout == talk("incident", "show", "inc-0002").stdout
    assert result.stderr.splitlines() == ["opened: web is looked into", "inc-0002: escalated, waits for approval"]


def test_joining_is_said(talk: Run) -> None:
    """Where an incident was open about it, that is said first, and it is shown."""
    result = talk("respond", "deploy/api", "-n", "shop")
    assert result.stderr.startswith("joined: inc-0001 is about it already\n")
    assert "firstresponder approve inc-0001" in result.stdout


def test_it_waits_until_the_investigation_is_through(
    talk: Run, responder: FakeResponder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks again while nothing was found yet, says each change once, and prints the brief when it is there."""
    seen: list[Phase] = []
    phases = [Phase.RECEIVED, Phase.INVESTIGATING, Phase.INVESTIGATING, Phase.ASKING]

    async def moving(incident_id: str) -> IncidentView:
        seen.append(phases[len(seen)])
        view = example_view(incident_id, phase=seen[-1])
        return replace(view, incident=replace(view.incident, reason=""), brief=view.brief if seen[-1] is Phase.ASKING else None)

    monkeypatch.setattr(respond, "POLL", 0.0)
    monkeypatch.setattr(responder, "incident", moving)
    result = talk("respond", "deploy/web")
    assert seen == phases
    assert result.stderr.splitlines()[1:] == ["inc-0002: received", "inc-0002: investigating", "inc-0002: asking"]
    assert "Deployment api crash-loops" in result.stdout


def test_it_does_not_wait_for_ever(talk: Run, responder: FakeResponder, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time it says where the brief will be, shows what there is, and ends well: the request counts."""
    monkeypatch.setattr(respond, "WAIT", 0.0)
    responder.views["inc-0001"] = replace(example_view(phase=Phase.INVESTIGATING), brief=None)
    result = talk("respond", "deploy/api")
    assert result.exit_code == 0
    assert "'firstresponder incident show inc-0001' shows it when there is one" in result.stderr


def test_without_waiting(talk: Run) -> None:
    """`--no-wait` names the incident and ends; as JSON it is the API's answer."""
    assert talk("respond", "deploy/web", "--no-wait").stdout == "inc-0002: opened: web is looked into\n"
    answer = json.loads(talk("respond", "deploy/web", "--no-wait", "--format", "json").stdout)
    assert answer == {"status": "opened", "message": "web is looked into", "incident_id": "inc-0002"}
    assert json.loads(talk("respond", "deploy/web", "--format", "json").stdout)["id"] == "inc-0002"


def test_nobody_files(talk: Run, responder: FakeResponder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the request waits on disk there is nothing to wait for here."""

    async def waits(**_: object) -> Requested:
        return Requested(status="waits", message="it is on disk", incident_id="")

    monkeypatch.setattr(responder, "respond", waits)
    result = talk("respond", "deploy/web")
    assert (result.exit_code, result.stdout) == (0, "waits: it is on disk\n")


def test_an_object_that_is_not_there(talk: Run) -> None:
    """It ends with 1 and the server's words."""
    result = talk("respond", "deploy/missing", "-n", "shop")
    assert (result.exit_code, "there is no Deployment shop/missing" in result.stderr) == (1, True)


@pytest.mark.parametrize("target", ["api", "deploy/", "/api", ""])
def test_no_object_is_named(talk: Run, responder: FakeResponder, target: str) -> None:
    """What is not KIND/NAME is refused before anything is sent."""
    result = talk("respond", target)
    assert (result.exit_code, "expected KIND/NAME, such as deploy/api" in result.stderr) == (2, True)
    assert responder.asked == []
