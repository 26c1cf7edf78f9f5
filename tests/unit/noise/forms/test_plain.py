"""One line, in the forms that people and programs write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from firstresponder.noise.entry import Entry
from firstresponder.noise.forms.plain import has_head, read_line

NOON = datetime(2024, 5, 1, 12, 3, tzinfo=UTC).timestamp()

LINES: dict[str, dict[str, Any]] = {
    "Zone AB: LLMModelStale": {"title": "LLMModelStale", "name": "LLMModelStale", "scope": (("zone", "AB"),)},
    "Zone OH-1:DiskFull": {"title": "DiskFull", "scope": (("zone", "OH-1"),)},
    "[FIRING:3] KubePodCrashLooping (api critical)": {
        "name": "KubePodCrashLooping",
        "status": "firing",
        "severity": "critical",
        "scope": (("service", "api"),),
        "whole": False,
    },
    '[RESOLVED] KubePodCrashLooping (alertname="KubePodCrashLooping" namespace="shop" severity="warning")': {
        "name": "KubePodCrashLooping",
        "status": "resolved",
        "severity": "warning",
        "scope": (("namespace", "shop"),),
    },
    "P2 | 2024-05-01 12:03 | Disk full on db-03 | prod": {
        "title": "Disk full on db-03",
        "severity": "high",
        "at": NOON,
        "instance": "db-03",
        "scope": (("environment", "prod"),),
    },
    "Disk full on db-03\t2024-05-01 12:03\tP2": {"title": "Disk full on db-03", "severity": "high", "at": NOON},
    "May  1 12:03:00 web-01 kernel: Out of memory: Killed process 1234 (java)": {
        "instance": "web-01",
        "scope": (("service", "kernel"),),
        "title": "Out of memory: Killed process 1234 (java)",
    },
    "<34>2024-05-01T12:03:00Z db1 postgres[17]: connection refused": {
        "at": NOON,
        "instance": "db1",
        "title": "connection refused",
        "scope": (("service", "postgres"),),
    },
    "2024-05-01 12:03:00 ERROR payments: connection refused": {"severity": "high", "at": NOON},
    'time=2024-05-01T12:03:00Z level=error msg="disk full on /var" host=db1': {
        "at": NOON,
        "severity": "high",
        "title": "disk full on /var",
        "instance": "db1",
    },
    "[prod-eu] DiskFull": {"scope": (("environment", "prod-eu"),), "title": "DiskFull"},
    "- OPS-123: Login broken": {"title": "Login broken"},
    "INC0012345 - SEV-1: Login broken": {"title": "Login broken", "severity": "critical"},
    "RESOLVED: Disk full on db-3 after 4m": {"status": "resolved", "lasted": 240.0, "whole": False},
    "Checkout timeout (recovered after 90s)": {"status": "resolved", "lasted": 90.0, "whole": True},
    "High latency in cluster prod-eu-1": {"title": "High latency", "scope": (("cluster", "prod-eu-1"),)},
    "Login fails in eu-west-1": {"title": "Login fails", "scope": (("region", "eu-west-1"),)},
    "** PROBLEM Service Alert: web01/HTTP is CRITICAL **": {"status": "firing"},
    'KubePodCrashLooping{namespace="shop",pod="api-1"}': {"name": "KubePodCrashLooping", "scope": (("namespace", "shop"),)},
    "Cluster is down": {"title": "Cluster is down", "scope": ()},
    "Zone transfer failed": {"title": "Zone transfer failed", "scope": ()},
    "Disk full not resolved": {"status": ""},
    "CRITICAL: 磁盘已满 node-3": {"title": "磁盘已满 node-3", "severity": "critical", "instance": "node-3"},
}


@pytest.mark.parametrize("text", LINES, ids=lambda text: text[:40])
def test_a_line(text: str) -> None:
    """Each form gives its time, place, severity, status and title, and keeps the line as it came."""
    entry = read_line(text)
    assert isinstance(entry, Entry), entry
    assert entry.text == text
    found = {name: getattr(entry, name) for name in LINES[text]}
    assert found == LINES[text]


REFUSED = {
    "-----": "no words",
    "12345": "no words",
    "# Alerts of May": "a heading",
    "```": "no words",
    "We went to the beach": "no sign of an alert",
    "\ufffd\ufffd\ufffdab": "not readable",
    "the disk failed " * 20: "a paragraph",
    "Zone AB:": "no title",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_a_line_that_is_no_alert(text: str) -> None:
    """What shows no sign of an alert is refused with the reason."""
    answer = read_line(text)
    assert isinstance(answer, str)
    assert answer.startswith(REFUSED[text])


def test_the_day_may_come_first() -> None:
    """03/04 is the third of April or the fourth of March, as the caller found out from the rest."""
    first = read_line("03/04/2024 12:00 disk failed", day_first=True)
    second = read_line("03/04/2024 12:00 disk failed", day_first=False)
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert (first.at or 0) - (second.at or 0) == 30 * 86400


@pytest.mark.parametrize(
    ("text", "head"), [("Failures", False), ("P2 x", True), ("Zone A: x", True), ("[x] y", True), ("DiskFull", False)]
)
def test_heads(text: str, *, head: bool) -> None:
    """A time, place, severity, status, number or bracket begins a record; a mere name does not."""
    assert has_head(text) is head
