"""Which alerts are one incident, and how urgent it is."""

from __future__ import annotations

import pytest

from tests.unit.noise.made import alert, body, flapping
from tests.unit.noise.reading import answer


def told(text: str) -> list[tuple[str, int]]:
    """Return priority and count of each incident."""
    return [(each.priority, each.alerts) for each in answer(text).incidents]


def test_hypotheses_need_the_same_place() -> None:
    """DNS fails and jobs fail: together in one zone, apart in two."""
    assert told("Zone A: DNS lookups failing\nZone A: Report job failed\nZone B: DiskLow") == [("P1", 2), ("P3", 1)]
    assert len(told("Zone A: DNS lookups failing\nZone B: Report job failed\nZone B: DiskLow")) == 3


def test_a_place_that_everything_has_tells_nothing() -> None:
    """In a list of one cluster, a network alert does not swallow every job of that cluster."""
    assert len(told("cluster c1: Network link down\ncluster c1: Report job failed\ncluster c1: Mail login failed")) == 3


def test_a_queue_that_grows_after_its_consumer_failed() -> None:
    """They are together where they are about one thing, and not where they are about two."""
    assert told("Zone A: mail-consumer crashed\nZone A: mail queue growing") == [("P2", 2)]
    assert len(told("Zone A: mail-consumer crashed\nZone A: invoice queue growing")) == 2


def test_a_node_and_its_pods() -> None:
    """By the words alone only pods on that very node follow from it."""
    rows = [
        "alertname,node,namespace,severity",
        "KubeNodeNotReady,n1,,warning",
        "KubePodNotReady,n1,shop,warning",
        "KubePodNotReady,n2,pay,warning",
    ]
    report = answer("\n".join(rows))
    assert [each.alerts for each in report.incidents] == [2, 1]
    assert "both are on n1" in report.incidents[0].hypotheses[0]


def test_times_may_speak_against_the_words() -> None:
    """A queue that grew long before its consumer crashed is not put under it."""
    early = "2024-05-01 01:00 mail queue growing\n2024-05-01 09:00 mail-consumer crashed\n"
    late = "2024-05-01 09:05 mail queue growing\n2024-05-01 09:00 mail-consumer crashed\n"
    assert len(told(early)) == 2
    (incident,) = answer(late).incidents
    assert "1 of 1 began within 30 min after it" in incident.hypotheses[0]


def test_a_measured_lead_joins_namespaces() -> None:
    """Pods that follow their node's network by the clock are one incident with it, with the numbers."""
    (incident,) = answer(body(flapping())).incidents
    assert incident.title == "NodeNetworkInterfaceFlapping in cluster c1, then KubePodNotReady"
    assert "12 of 12 times within 10 min" in incident.leads[0]


def test_the_same_alert_everywhere_is_one() -> None:
    """In six places it is one incident; in two it is two, for one may be an outage that the other is not."""
    assert len(told("".join(f"Zone Z{n}: DiskFull\n" for n in range(6)))) == 1
    assert len(told("Zone A: DiskFull\nZone B: DiskFull\n")) == 2


LADDER = {
    "P1": [alert("DiskFull", 0, None, "critical")],
    "P2": [alert("DiskFull", n * 600, 300) for n in range(4)],
    "P3": [alert("DiskSlow", n * 600, 300) for n in range(4)],
    "P4": [alert("DiskFull", n * 600, 3) for n in range(9)],
    "P5": [alert("DiskFull", n * 600, 300, "info") for n in range(4)],
}


@pytest.mark.parametrize("priority", LADDER)
def test_the_ladder(priority: str) -> None:
    """Critical, broken, worse, passing, information: each has its step and a reason with a number in it."""
    (incident,) = answer(body(LADDER[priority])).incidents
    assert incident.priority == priority
    assert incident.reason[0].isdigit()


def test_critical_is_never_noise() -> None:
    """What calls itself critical stays at least P3, however quickly it heals."""
    (incident,) = answer(body([alert("DiskFull", n * 600, 1, "critical") for n in range(20)])).incidents
    assert incident.priority == "P3"
    assert "yet 20 of 20 ended" in incident.reason


def test_words_that_nobody_knows_are_read_by_a_person() -> None:
    """An unknown title is P3 and says that it is not understood, not P5."""
    (incident,) = answer("title,created\nBlorp gronk,2024-05-01\n").incidents
    assert incident.priority == "P3"
    assert "a person must read it" in incident.reason


def test_watchdog_needs_nobody() -> None:
    """What fires to show that alerting works is P5."""
    (incident,) = answer(body([alert("Watchdog", n * 60, 30, "none") for n in range(5)])).incidents
    assert (incident.priority, "alerting works" in incident.reason) == ("P5", True)
