"""`make demo` as a newcomer runs it: real server, real pipeline, recorded cluster."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.demo.conftest import Demo

Start = Callable[..., Demo]
ASKED = "Approve it here"


def _listens(url: str) -> bool:
    place = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((place.hostname, place.port)) == 0


def test_two_repairs_are_proven_and_one_is_refused(start: Start) -> None:
    """With --yes it ends with 0: what is a recording is said first, then cause, diff, proof, the refusal, and the audit."""
    demo = start("--yes", "--no-browser")
    assert demo.ends() == 0, demo.said
    first = demo.said.index("1. The server")
    assert re.search(r"THE CLUSTER IS A RECORDING, made on 20\d\d-\d\d-\d\d on a real Kubernetes v1\.\d+", demo.said[:first])
    assert "Its clock runs 20 times as fast" in demo.said[:first]
    assert "a first look after 500ms (by default 30 s)" in demo.said[:first]
    release, image, refusal = re.split(r"^\d\. ", demo.said, flags=re.MULTILINE)[2:5]
    assert re.search(r"crash-after-deploy, \d\d% sure", release)
    assert "FATAL: cannot parse setting PAYMENTS_URL" in release
    assert "+        - image: docker.io/local/app:v1" in release
    assert re.search(r"^   PASS +Roll back Deployment api from revision 2 to 1: verified, 3 good looks", release, re.MULTILINE)
    assert re.search(r"image-not-found, \d\d% sure", image)
    assert re.search(r"^   PASS +Roll back Deployment web from revision 2 to 1: verified, 3 good looks", image, re.MULTILINE)
    assert "Refused by the guard last_replica" in refusal
    assert "1 of 3 ready; strategy Recreate stops all pods first" in refusal
    assert re.search(r"^   Clears when +it has more replicas", refusal, re.MULTILINE)
    assert "allowlist deny" not in demo.said
    assert re.search(r"verified: \d\d entries", demo.said)
    assert "make demo-cluster" in demo.said[demo.said.index("What next") :]
    assert "login?once" not in demo.said, "a link that logs in is a key: never where a log may be kept"


def test_silence_is_no(start: Start) -> None:
    """Where nobody can answer, nothing is approved, it says so, and it ends well."""
    demo = start()
    assert demo.ends() == 0, demo.said
    assert demo.said.count("Nothing was changed. A person has it now") == 2
    assert "Nobody was there to answer, and silence is no" in demo.said
    assert "approved" not in demo.said.replace("nothing was approved here", "")
    assert "Refused by the guard last_replica" in demo.said


def test_who_is_faster_decides(start: Start) -> None:
    """While the terminal waits, the API approves the first; the second is approved by a y in the terminal."""
    demo = start("--no-browser", stdin=subprocess.PIPE)
    demo.hears(ASKED)
    asking = demo.incident("shop")
    answer = demo.call(f"/incidents/{asking['id']}/approve", {"by": "ann", "plan_digest": asking["plan_digest"]})
    assert answer["accepted"]
    assert "approved by ann via api" in demo.hears(ASKED, 2)
    assert "PASS" in demo.said
    assert demo.incident("shop")["outcomes"][0]["word"] == "Successful"
    assert demo.incident("storefront")["status"] == "asking"
    assert demo.process.stdin is not None
    demo.process.stdin.write(b"y\n")
    demo.process.stdin.close()
    assert demo.ends() == 0, demo.said
    assert "approved by you" in demo.said
    assert demo.said.count("PASS") == 2


def test_interrupted_at_a_terminal(start: Start) -> None:
    """At a terminal there is a link that logs in; a no leaves everything as it is; Ctrl-C ends the server and the folder."""
    screen, terminal = pty.openpty()
    demo = start("--no-browser", stdin=terminal, screen=screen)
    os.close(terminal)
    try:
        assert re.search(r"/login\?once=\S{22}", demo.hears(ASKED))
        os.write(screen, b"\n")
        assert "Nothing was changed" in demo.hears(ASKED, 2)
        assert demo.incident("shop")["choice"]["reason"] == "not now"
        url = demo.url
        assert _listens(url)
        demo.process.send_signal(signal.SIGINT)
        assert demo.ends() == 130, demo.said
        assert "Interrupted: the server has been ended" in demo.said
        assert not _listens(url)
    finally:
        os.close(screen)
