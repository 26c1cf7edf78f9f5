"""Proposals: each with its effect, each configuration complete, nothing that could hide an outage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from firstresponder.noise import alertmanager as am
from firstresponder.noise.proposal import Proposal
from firstresponder.noise.report import Report
from tests.unit.noise.made import alert, body, flapping
from tests.unit.noise.reading import answer, stream


def of_kind(report: Report, kind: str) -> list[Proposal]:
    """Return the proposals of one kind."""
    return [each for each in report.proposals if each.kind == kind]


def inhibitions(alerts: list[dict[str, Any]]) -> list[Proposal]:
    """Return the inhibitions that are proposed for alerts."""
    return of_kind(answer(body(alerts)), "inhibit")


def test_an_inhibition_with_measured_support() -> None:
    """It names both alerts with their severities, the labels that were equal each time, and what it would have hidden."""
    (proposal,) = inhibitions(flapping())
    (rule,) = YAML(typ="safe").load(proposal.config)["inhibit_rules"]
    assert rule["equal"] == ["cluster", "node"]
    assert rule["source_matchers"][:2] == ['alertname="NodeNetworkInterfaceFlapping"', 'severity="warning"']
    assert rule["target_matchers"][:2] == ['alertname="KubePodNotReady"', 'severity="warning"']
    assert proposal.effect.startswith("12 of 12 KubePodNotReady began while NodeNetworkInterfaceFlapping was on")
    assert "12 of 12 times" in proposal.why


def test_equal_labels_must_be_there() -> None:
    """To Alertmanager two absent labels are equal, so the matchers ask for each equal label on both sides."""
    (proposal,) = inhibitions(flapping())
    (rule,) = YAML(typ="safe").load(proposal.config)["inhibit_rules"]
    for side in ("source_matchers", "target_matchers"):
        assert {'cluster=~".+"', 'node=~".+"'} <= set(rule[side])


SEVERE = [
    ("critical", "warning"),
    ("", "warning"),
    ("warning", "critical"),
    ("warning", ""),
    ("info", "warning"),
    ("odd", "warning"),
]


@pytest.mark.parametrize(("source", "target"), SEVERE)
def test_no_inhibition_by_or_of_the_critical_or_unknown(source: str, target: str) -> None:
    """Neither a source nor a target that is critical or does not say, nor one that is more severe than its source."""
    assert inhibitions(flapping(source=source, target=target)) == []


def test_one_alert_that_does_not_say_is_enough() -> None:
    """A rule matches every alert of that name; a single one without severity, anywhere, forbids it."""
    odd = alert("KubePodNotReady", 5000, severity="", cluster="c2", node="x")
    assert inhibitions([*flapping(), odd]) == []


def test_no_inhibition_without_an_equal_label() -> None:
    """Where the node differs in some cases and nothing else is shared, nothing is proposed; the lead is still told."""
    alerts = flapping()
    for number, each in enumerate(alerts):
        each["labels"].pop("cluster")
        if each["labels"]["alertname"] == "KubePodNotReady":
            each["labels"]["node"] = f"other-{number}"
    report = answer(body(alerts))
    assert of_kind(report, "inhibit") == []
    assert any(incident.leads for incident in report.incidents)


def test_no_inhibition_from_words() -> None:
    """A list without labels and times never gets one."""
    assert of_kind(answer(stream("regions.txt")), "inhibit") == []


def test_close_waits_as_long_as_nine_of_ten_need() -> None:
    """The wait and its effect are those of the stream: 18 of 20 ended within it."""
    alerts = [alert("DiskFull", n * 600, 2 if n < 18 else 14, namespace="shop") for n in range(20)]
    (proposal,) = of_kind(answer(body(alerts)), "close")
    assert "18 of 20 ended within 2 min: with that wait 2 of 20 are notified" in proposal.effect
    (route,) = YAML(typ="safe").load(proposal.config)["route"]["routes"]
    assert route["group_wait"] == "2m"
    assert route["group_by"] == ["..."]


def test_quietening_never_takes_a_critical_alert() -> None:
    """Routes that close or lower ask for alerts that are not critical, and nothing critical is ever in their incident."""
    alerts = [alert("DiskFull", n * 600, 2) for n in range(20)] + [alert("Deploy", n * 500, 200, "info") for n in range(20)]
    quiet = [each for each in answer(body(alerts)).proposals if each.kind in {"close", "lower"}]
    assert {each.kind for each in quiet} == {"close", "lower"}
    for proposal in quiet:
        (route,) = YAML(typ="safe").load(proposal.config)["route"]["routes"]
        assert 'severity!="critical"' in route["matchers"]
    critical = [alert("DiskFull", n * 600, 2, "critical") for n in range(20)]
    assert not [each for each in answer(body(critical)).proposals if each.kind in {"close", "lower"}]


def test_information_is_read_in_working_hours() -> None:
    """What is mere information goes to a list, at times at which somebody reads it."""
    alerts = [alert("Deploy", n * 500, 200, "info") for n in range(5)]
    (proposal,) = of_kind(answer(body(alerts)), "lower")
    config = YAML(typ="safe").load(proposal.config)
    (route,) = config["route"]["routes"]
    assert route["active_time_intervals"] == [config["time_intervals"][0]["name"]]


def test_a_watchdog_is_not_delayed() -> None:
    """What shows that alerting works gets no route that waits, mutes or repeats seldom: its absence is the alarm."""
    report = answer(body([alert("Watchdog", n * 60, 3, "none") for n in range(20)]))
    (proposal,) = report.proposals
    assert (proposal.kind, proposal.config) == ("lower", "")


def test_grouping_counts_bursts() -> None:
    """Thirty alerts in three bursts become three notifications."""
    alerts = [alert("DiskSlow", day * 1440 + n * 0.2, 300, namespace="shop", pod=f"p{n}") for day in range(3) for n in range(10)]
    (proposal,) = of_kind(answer(body(alerts)), "group")
    assert proposal.effect.startswith("30 alerts of this stream become 3 notifications")
    (route,) = YAML(typ="safe").load(proposal.config)["route"]["routes"]
    assert route["group_by"] == ["alertname", "namespace"]


REPAIRS = {
    "KubePodCrashLooping": "rollback-deployment",
    "KubeHpaMaxedOut": "raise-hpa-max",
    "KubePersistentVolumeFillingUp": "expand-pvc",
    "KubeNodeNotReady": "cordon-node",
    "KubeJobFailed": "escalate-human",
}


@pytest.mark.parametrize("name", REPAIRS)
def test_repairs_are_names_of_actions(name: str) -> None:
    """What an action of the catalog answers names it with its condition; everything else that is broken goes to a person."""
    text = body([alert(name, n * 600, 300, namespace="shop") for n in range(4)])
    (proposal,) = of_kind(answer(text, actions=frozenset(REPAIRS.values())), "repair")
    assert (proposal.action, proposal.config) == (REPAIRS[name], "")
    assert "escalate-human" in proposal.why


def test_an_action_that_does_not_exist_is_not_proposed() -> None:
    """Without the action in the catalog a crash goes to a person, and what only gets worse gets no repair."""
    crash = body([alert("KubePodCrashLooping", n * 600, 300, namespace="shop") for n in range(4)])
    (proposal,) = of_kind(answer(crash, actions=frozenset()), "repair")
    assert proposal.action == "escalate-human"
    filling = body([alert("KubePersistentVolumeFillingUp", n * 600, 300, namespace="shop") for n in range(4)])
    assert of_kind(answer(filling, actions=frozenset()), "repair") == []


def test_what_is_not_in_a_cluster_is_not_rolled_back() -> None:
    """A process that crashes somewhere is for a person: nothing says that it is a Deployment."""
    (proposal,) = of_kind(answer("Zone A: billing process crashed\n"), "repair")
    assert proposal.action == "escalate-human"


def test_labels_are_those_of_the_alerts() -> None:
    """Where the stream's own label for a place has another name, the configuration uses that."""
    alerts = [alert("DiskSlow", n * 0.5, 300, kubernetes_cluster="c1") for n in range(9)]
    (proposal,) = of_kind(answer(body(alerts)), "group")
    (route,) = YAML(typ="safe").load(proposal.config)["route"]["routes"]
    assert route["group_by"] == ["alertname", "kubernetes_cluster"]


def test_prose_has_no_configuration() -> None:
    """What has no name that Alertmanager could match gets words only."""
    assert [each.config for each in of_kind(answer("Zone A: the disk is full\n" * 5), "group")] == [""]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, max_size=4))
def test_any_name_is_quoted_or_refused(names: list[str]) -> None:
    """Whatever an alert is called, its matcher is one YAML scalar that holds the value escaped, or none is made."""
    scalar = am.matcher("alertname", names)
    if scalar is None:
        assert not all(name.isprintable() for name in names)
        return
    text = YAML(typ="safe").load(am.route("x\ny: z", [scalar], ["repeat_interval: 24h"]))["route"]["routes"][0]["matchers"][0]
    assert text.startswith(('alertname="', 'alertname=~"'))
    value = text.partition('"')[2][:-1]
    if len(set(names)) == 1:
        assert value.replace('\\"', '"').replace("\\\\", "\\") == names[0]
    assert json.loads(scalar) == text


def test_every_configuration_stands_alone() -> None:
    """Every receiver and time interval that a configuration names is in it."""
    for text in (stream("zones.txt"), stream("pager.csv"), body(flapping())):
        for proposal in answer(text).proposals:
            if proposal.config:
                config = YAML(typ="safe").load(proposal.config)
                names = {receiver["name"] for receiver in config["receivers"]}
                routes = [config["route"], *config["route"].get("routes", [])]
                assert {route["receiver"] for route in routes} <= names
