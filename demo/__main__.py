"""`make demo`: three recorded incidents through the real program, from the alert to the proof.

Everything is real but the cluster: a server process with its webhook, rules, guards, write gate, verification, audit and
console. The cluster is a recording that was made on a real Kubernetes (`python -m demo.record`).
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import signal
import sys
import tempfile
import time
from pathlib import Path

from demo import browser, chapters, played
from demo.console import BOLD, CYAN, Console
from demo.manifests import Json
from demo.played import QUICK, SPEED
from demo.scenarios import DEMONSTRATED
from demo.scenarios.scenario import Scenario
from demo.server import Responder
from firstresponder.adapters.replay.form import read_bundle
from firstresponder.config import Verification
from firstresponder.errors import FirstresponderError


def main() -> int:
    """Run it; 0 when what was approved is proven, the refusal was one, and the audit holds."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="approve by itself (make demo YES=1)")
    parser.add_argument("--no-browser", action="store_true", help="open no browser (make demo BROWSER=none)")
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    console = Console()
    try:
        with contextlib.ExitStack() as ends:
            return _play(console, ends, yes=given.yes, no_browser=given.no_browser)
    except KeyboardInterrupt:
        console.say("\nInterrupted: the server has been ended and its folder removed.")
        return 130
    except (FirstresponderError, RuntimeError, TimeoutError, OSError) as error:
        return console.fails(error)


def _play(console: Console, ends: contextlib.ExitStack, *, yes: bool, no_browser: bool) -> int:
    began = time.monotonic()
    console.say(console.paint("Firstresponder: three incidents, from the alert to the proof.", BOLD))
    console.note(_plainly(played.files()[0]))

    console.step("The server, with its data in a temporary folder")
    folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="firstresponder-demo-")))
    responder = played.responder(folder)
    ends.callback(responder.stop)
    with console.waiting("until it takes alerts"):
        responder.start(terminal=browser.present())
    console.note(f"allowed: rollback-deployment in {', '.join(one.namespace for one in DEMONSTRATED)}; all else is denied")
    where = _console(console, responder, no_browser=no_browser)

    well = True
    for one in DEMONSTRATED:
        console.step(one.title)
        with console.waiting("until the alert was delivered, looked into and briefed"):
            incident = chapters.wait(functools.partial(chapters.looked_into, responder, one.namespace), "the incident")
        chapters.brief(console, incident)
        if one.note:
            console.note(one.note)
        well &= _told(console, responder, one, incident, yes=yes, where=where)

    console.step("The record: every entry is chained to the one before, and checked offline")
    well &= chapters.record(console, responder)
    if console.ended and not yes:
        console.note(
            "Nobody was there to answer, and silence is no: nothing was approved here. make demo YES=1 approves by itself."
        )
    _next(console, took=time.monotonic() - began)
    if where and not yes:
        console.pause("The console stays until you press Enter here.")
    return 0 if well else 1


def _console(console: Console, responder: Responder, *, no_browser: bool) -> str:
    """Say where the console is; return the words that remind of it, or nothing where nobody could look."""
    if not responder.login:
        console.note(f"console: {responder.url} (run this in a terminal to get a link that logs you in)")
        return ""
    console.note("console: " + console.paint(responder.login, CYAN))
    console.note("         the link opens it once, within ten minutes; give any name there")
    if browser.opens(refused=no_browser) and browser.show(responder.login):
        console.note("         it opens in your browser now")
    return " or in the console"


def _told(console: Console, responder: Responder, one: Scenario, incident: Json, *, yes: bool, where: str) -> bool:
    """Tell how one incident goes on; return whether it went as a good program would have it."""
    if not one.repaired:
        return chapters.refusal(console, incident)
    if incident["decision"] is None or incident["decision"]["outcome"] != "ask":
        console.bad(f"nothing was offered: {incident['reason']}")
        return False
    if chapters.decision(console, responder, incident, yes=yes, where=where):
        return chapters.outcome(console, responder, incident)
    console.good(f"Nothing was changed. A person has it now: {chapters.ended(responder, incident)['reason']}")
    return True


def _next(console: Console, *, took: float) -> None:
    console.step(f"That was it, in {took:.0f} seconds. What next")
    console.note("the same on a real cluster (the testbed, or your own local one with CONTEXT=kind-…):")
    console.note("    make demo-cluster")
    console.note("two more recordings, diagnosed offline:")
    console.note("    .venv/bin/firstresponder diagnose demo/recordings/*.json")
    console.note("your own alerts: README.md, Connect your Alertmanager. Nothing is allowed until you say so.")


def _plainly(file: Path) -> str:
    """What is real here, and what is not."""
    recorded = read_bundle(file).recorded
    if recorded is None:
        raise RuntimeError(f"{file}: says nothing about where it was recorded; make it again: python -m demo.record")
    usual, often, first = Verification(), QUICK["consecutive_successes"], QUICK["initial_delay"]
    kubernetes, day = recorded.kubernetes, f"{recorded.start:%Y-%m-%d}"
    return f"""\
THE CLUSTER IS A RECORDING, made on {day} on a real Kubernetes {kubernetes}. Its clock runs {SPEED:g} times as fast.
No cluster, network or root is needed, and nothing real is read or changed. All else is the real program:
server, webhook, diagnosis, guards, write gate, verification, audit, console.
Verification keeps its rules and gets short times: a first look after {first} (by default {usual.initial_delay:g} s),
then every {QUICK["interval"]} ({usual.interval:g} s), and {often} good ones in a row ({usual.consecutive_successes})."""


if __name__ == "__main__":
    sys.exit(main())
