"""What every demonstration tells: the brief, the decision, how it ended, and the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from demo.console import EVERY, GREEN, NAMES, RED, YELLOW, Console
from demo.manifests import Json
from demo.server import Responder

ME = "you"
NOT_YET, ENDED = ("received", "investigating"), ("closed", "escalated")
PATIENCE = 180.0
STORY = {
    "approved": "a person said yes to exactly this plan",
    "acted": "guards asked again, intent on record, one patch with tests on the old values",
    "verified": "watched until it had held for a while",
}


def wait(condition: Callable[[], Any], what: str) -> Any:
    """Return the first answer that is something. TimeoutError names what was awaited."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:g} s for {what} in vain")
        time.sleep(EVERY)
    return found


def looked_into(responder: Responder, namespace: str) -> Json | None:
    """Return the incident about this namespace as soon as there is something to say about it."""
    for row in responder.incidents():
        if row["namespace"] == namespace and row["status"] not in NOT_YET:
            return responder.incident(row["id"])
    return None


def ended(responder: Responder, incident: Json) -> Json:
    """Wait for its end and return it as it is then."""

    def found() -> Json | None:
        view = responder.incident(incident["id"])
        return view if view["status"] in ENDED else None

    view: Json = wait(found, "the incident to end")
    return view


def proven(incident: Json) -> bool:
    """Whether it was repaired, and verification says so."""
    return [each["word"] for each in incident["outcomes"]] == ["Successful"]


def brief(console: Console, incident: Json) -> None:
    """What broke, how sure that is, what says so, what changed, and what is proposed."""
    told, hypotheses = incident["brief"], (incident["diagnosis"] or {"hypotheses": ()})["hypotheses"]
    sure = "" if told["confidence"] is None else f"{hypotheses[0]['cause_class']}, {told['confidence']:.0%} sure"
    considered = (incident["plan"] or {}).get("action")
    console.fields(
        ("Alert", f"{told['headline']}, since {told['since'][11:19]} UTC"),
        ("Cause", sure),
        ("", told["cause"]),
    )
    console.fields(*(("" if number else "Proof", text) for number, text in enumerate(told["proof"])), lines=1)
    console.fields(
        ("Change", told["change"]),
        ("Proposal", told["proposal"]),
        ("Considered", considered["summary"] if considered and not told["proposal"] else ""),
    )
    console.diff(told["diff"])
    console.fields(
        ("Not confirmed", "; ".join(told["unconfirmed"])),
        ("Guards", guards(incident["decision"]["verdicts"] if incident["decision"] else [])),
    )


def guards(verdicts: list[Json]) -> str:
    """Count what they said, and name those that did not simply allow."""
    held = [f"{one['guard']} {one['decision']}" for one in verdicts if one["decision"] != "allow"]
    return f"{len(verdicts)} asked: {len(verdicts) - len(held)} allow" + "".join(f", {each}" for each in held)


def decision(console: Console, responder: Responder, incident: Json, *, yes: bool, where: str = "") -> bool:
    """Ask in the terminal, and look whether somebody was faster elsewhere; return whether the repair was approved."""

    def decided() -> bool:
        return bool(responder.incident(incident["id"])["status"] != "asking")

    while not decided():
        said = True if yes else console.ask(f"Approve it here{where}?", decided)
        if said is None:
            break
        no = "nobody was there to answer" if console.ended else "not now"
        answer = responder.decide("approve" if said else "reject", incident, by=ME, reason="" if said else no)
        console.note(answer["message"])
        if answer["status"] != "changed":  # another plan is asked by now, and nobody has seen that one yet
            break
        incident = responder.incident(incident["id"])
        brief(console, incident)

    def settled() -> Json | None:
        view = responder.incident(incident["id"])
        return view if view["choice"] or view["status"] in ENDED else None

    view = wait(settled, "the decision")
    choice = view["choice"] or {"word": view["status"], "by": view["owner"] or "nobody", "via": view["reason"]}
    if choice["by"] != ME:
        console.note(f"{choice['word']} by {choice['by']} via {choice['via']}")
    return bool(choice["word"] == "approved")


def outcome(console: Console, responder: Responder, incident: Json) -> bool:
    """Tell what happens until the end; return whether the repair is proven."""
    told: set[str] = set()
    with console.waiting("from the decision to the proof"):
        while True:
            view = responder.incident(incident["id"])
            begun = datetime.fromisoformat(view["choice"]["at"])
            for event in view["events"]:
                if event["kind"] in STORY and event["kind"] not in told:
                    told.add(event["kind"])
                    after = datetime.fromisoformat(event["at"]) - begun
                    console.fields((f"{event['kind']}", f"{STORY[event['kind']]} (after {after.total_seconds():.1f} s)"))
            if view["status"] in ENDED:
                break
            time.sleep(EVERY)
    passed = proven(view)
    console.fields((console.paint(f"{'PASS' if passed else 'FAIL':<{NAMES}}", GREEN if passed else RED), view["reason"]))
    return passed


def refusal(console: Console, incident: Json) -> bool:
    """Say why nothing is offered, by the guards' own words and measures; return whether one of them refused."""
    denied = [one for one in incident["decision"]["verdicts"] if one["decision"] == "deny"] if incident["decision"] else []
    for one in denied:
        console.say()
        console.note(console.paint(f"Refused by the guard {one['guard']}: nobody is asked, and nobody can approve it.", YELLOW))
        console.fields(
            ("Why not", one["reason"]),
            ("Measured", one["measured"]),
            ("Limit", one["limit"]),
            ("Clears when", one["clears_when"]),
        )
    refused = incident["status"] == "escalated" and bool(denied)
    (console.good if refused else console.bad)(
        "It goes to a person, with all of the above."
        if refused
        else f"expected a refusal, got {incident['status']}: {incident['reason']}"
    )
    return refused


def record(console: Console, responder: Responder) -> bool:
    """Check the audit as anybody can, offline; return whether it holds."""
    verified = responder.run("audit", "verify", "--data-dir", str(responder.data))
    (console.good if verified.returncode == 0 else console.bad)((verified.stdout + verified.stderr).strip())
    return verified.returncode == 0
