"""One incident on one screen."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from firstresponder.cli.brief import render
from firstresponder.model import Choice, Incident, OutcomeWord, Phase
from firstresponder.testing.app import DIGEST, NOON, example_outcome, example_view
from firstresponder.web.views import details
from firstresponder.workflow.answers import IncidentView


def shown(view: IncidentView, extra: str = "") -> str:
    """Render it as it stands ten minutes after noon."""
    return "\n".join(text.plain for text in render(details(view), NOON + timedelta(minutes=10), extra))


def incident(view: IncidentView, **changes: object) -> IncidentView:
    """Return the view with another row."""
    row: Incident = replace(view.incident, **changes)
    return replace(view, incident=row)


def test_it_starts_with_the_headline_and_says_everything() -> None:
    """Headline first; then since, cause with certainty, proof, change, proposal, diff, what is open, how to say yes."""
    text = shown(example_view())
    marks = [
        "Deployment api crash-loops since its release 5",
        "inc-0001 · asking · critical · Deployment/api in shop",
        "2026-03-10 11:55:00Z (15 min ago), 1 of 2 alerts firing",
        "The new version exits with code 3 at start (90% sure)",
        "log: FATAL missing setting DB_URL",
        "Revision 4 → 5 at 11:54",
        "Roll back Deployment api from revision 5 to 4",
        "-        image: api:1.5",
        "+        image: api:1.4",
        "Fix the setting and release again",
        "Prometheus could not be read",
        "evidence_quorum says ask: one source of two (measured 1, limit 2)",
        f"firstresponder approve inc-0001 --plan {DIGEST[:12]} --by YOUR_NAME",
        f"firstresponder reject inc-0001 --plan {DIGEST[:12]} --by YOUR_NAME --reason 'WHY'",
        "2026-03-10 12:30:00Z (in 20 min); silence is no",
        "2026-03-10 12:00:00Z alert firing (firstresponder)",
    ]
    assert text.startswith(marks[0])
    places = [text.find(mark) for mark in marks]
    assert -1 not in places
    assert places == sorted(places)


def test_the_command_to_type_is_whole() -> None:
    """A server elsewhere is part of the command."""
    assert "--by YOUR_NAME --url https://fr.example" in shown(example_view(), " --url https://fr.example")


def test_what_is_not_asked_is_not_offered() -> None:
    """In every phase but asking no command to approve is shown: it would do nothing, or the wrong thing."""
    for phase in Phase:
        assert ("To approve" in shown(example_view(phase=phase))) == (phase is Phase.ASKING)


def test_diff_lines_are_coloured() -> None:
    """Added lines are green, removed ones red, the heads bold."""
    styles = {text.plain.strip(): str(text.style) for text in render(details(example_view()), NOON)}
    assert styles["+        image: api:1.4"] == "green"
    assert styles["-        image: api:1.5"] == "red"
    assert styles["--- Deployment/api"] == "bold"


def test_the_outcome() -> None:
    """PASS or FAIL comes with the word, the reason and the figures; who decided stands before it."""
    outcomes = [example_outcome(OutcomeWord.FAILED), example_outcome(OutcomeWord.SUCCESSFUL)]
    choice = Choice(incident_id="inc-0001", plan_digest=DIGEST, word="approved", by="ann", via="cli", at=NOON, reason="go")
    text = shown(replace(example_view(phase=Phase.CLOSED), outcomes=outcomes, choice=choice))
    assert "approved by ann via cli at 2026-03-10 12:00:00Z: go" in text
    assert "FAIL Failed (repair, 1 look in 1 min): 1 of 3 ready" in text
    assert "PASS Successful (repair, 1 look in 1 min): 3 of 3 ready, 3 times in a row" in text
    assert "at the end: desired 3, updated 3, ready 3, available 3, max_restarts 0" in text


def test_before_anything_is_known() -> None:
    """Without a brief the title, the state and what could not be read are shown."""
    bare = replace(example_view(phase=Phase.INVESTIGATING), brief=None, plan=None, decision=None, diagnosis=None)
    text = shown(incident(bare, subject=None, owner="ann", recurrence=2))
    assert text.startswith("KubePodCrashLooping: Deployment api\n")
    assert "subject unknown" in text
    assert "relapse no. 2" in text
    assert "Owner          ann" in text
    assert "Prometheus: connection refused" in text
    assert "Proposal" not in text


def test_why_not() -> None:
    """Where nothing is proposed it says so, and why."""
    view = example_view(phase=Phase.ESCALATED)
    assert view.brief
    brief = replace(view.brief, proposal="", diff="", confidence=None, why_not=("last_replica: 1 of 1; clears when 2 are ready",))
    text = shown(replace(view, brief=brief))
    assert "Proposal       none" in text
    assert "Why not        last_replica: 1 of 1; clears when 2 are ready" in text
    assert "sure)" not in text


def test_nothing_from_outside_speaks_to_the_terminal() -> None:
    """Escape sequences and markup in any text of an incident are not obeyed: sequences go, markup is shown as it is."""
    evil = "\x1b[2J[red]x[/red]\x9b1m\u202e"
    tree = msgspec.json.decode(msgspec.json.encode(example_view()))

    def spoil(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: spoil(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [spoil(each, key) for each in value]
        words = {"title", "severity", "reason", "headline", "cause", "proof", "change", "proposal", "diff", "alternatives"}
        words |= {"unconfirmed", "why_not", "actor", "name", "namespace", "guard", "clears_when", "owner"}
        return f"{value}{evil}" if isinstance(value, str) and key in words else value

    view = msgspec.convert(spoil(tree), IncidentView)
    text = shown(view)
    assert "[red]x[/red]" in text
    assert not {c for c in text if c < " " and c != "\n"} | ({"\x9b", "\u202e"} & set(text))
