"""The recordings of the demonstration: complete, small, diagnosed as they should be, and fit to be given away."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest

from demo.scenarios import DEMONSTRATED, SCENARIOS
from demo.scenarios.scenario import Scenario
from firstresponder.adapters.replay.form import read_bundle
from firstresponder.cli.diagnose import examine, shipped_runbooks
from firstresponder.redaction import Redactor
from firstresponder.runbooks.load import load
from firstresponder.runbooks.schema import Runbook
from tests.demo.conftest import ROOT

FOLDER = ROOT / "demo/recordings"
HUMAN = "escalate-human"
EXPECTED = {  # causes and actions that are right, the first of each is today's
    "bad-release": (("crash-after-deploy",), ("rollback-deployment",)),
    "bad-image": (("image-not-found",), ("rollback-deployment",)),
    "memory-limit": (("oom-killed-limit-too-low",), (HUMAN, "raise-memory-limit")),
    "dependency-down": (("", "dependency-down"), (HUMAN,)),
    "lone-survivor": (("crash-after-deploy",), ("rollback-deployment",)),  # diagnosis asks no guard: the server refuses it
}
TARGETS = {"bad-release": "api", "bad-image": "web", "memory-limit": "reports", "lone-survivor": "ledger"}
MACHINE = re.compile(r"/(?:home|root|Users|work|tmp/(?!www|why))\b|\.cache|machineID|systemUUID|bootID", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z0-9+_-]{32,}")
KNOWN = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^[0-9a-f]{64}$")
BITS = 4.3  # entropy per character from which a long word looks like a key


def path_of(scenario: Scenario) -> Path:
    """The file of a scenario."""
    return FOLDER / f"{scenario.name}.json"


@pytest.fixture(scope="module")
def runbooks() -> tuple[Runbook, ...]:
    """Those that the demonstration's server has."""
    own = [(str(path), path.read_text()) for path in sorted((ROOT / "demo/runbooks").glob("*.yaml"))]
    return (*shipped_runbooks(), *load(own, actions={"rollback-deployment"}, causes={"image-not-found"}))


def test_there_is_one_file_for_each_scenario() -> None:
    """Nothing is missing, nothing is left over, every scenario has its expectation, and what is played is recorded."""
    assert sorted(one.stem for one in FOLDER.iterdir()) == sorted(one.name for one in SCENARIOS) == sorted(EXPECTED)
    assert {one.name for one in DEMONSTRATED} <= set(EXPECTED)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
async def test_it_is_diagnosed_as_it_should_be(scenario: Scenario, runbooks: tuple[Runbook, ...]) -> None:
    """Offline, the first cause and the action are the right ones."""
    causes, actions = EXPECTED[scenario.name]
    opinion = await examine(path_of(scenario), runbooks)
    assert (opinion.diagnosis.hypotheses[0].cause_class if opinion.diagnosis.hypotheses else "") in causes
    assert opinion.action in actions
    assert str(opinion.target) == f"Deployment/{TARGETS.get(scenario.name, 'orders')}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_it_was_recorded_and_says_so(scenario: Scenario) -> None:
    """Below 300 kB, from a real kubelet, with the alert firing; one write and then an end of the alert where it was repaired."""
    assert path_of(scenario).stat().st_size < 300_000
    bundle = read_bundle(path_of(scenario))
    assert bundle.id == scenario.name
    assert bundle.recorded is not None
    assert re.fullmatch(r"v1\.\d+\.\d+", bundle.recorded.kubernetes)
    assert (bundle.gaps, bundle.recorded.notes) == ((), ())
    assert {each["labels"]["alertname"] for each in bundle.alert["alerts"]} == {scenario.alert}
    assert (bundle.firing or {})[scenario.alert]
    assert bool(bundle.repair) is scenario.repaired
    if bundle.repair is not None:
        (operation,) = bundle.repair.operations
        assert [(op.op, op.path) for op in operation.patch] == [("test", "/spec/template"), ("replace", "/spec/template")]
        assert next(one.firing for one in reversed(bundle.repair.after) if one.firing is not None) == {scenario.alert: []}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_it_may_be_given_away(scenario: Scenario) -> None:
    """No Secret, nothing that the redactor would take out, no long random word, nothing of the machine it was made on."""
    text = path_of(scenario).read_text()
    assert MACHINE.findall(text) == []
    assert '"kind": "Secret"' not in text
    bundle = read_bundle(path_of(scenario))
    logs = [*bundle.logs.values(), *(each for frame in bundle.frames for each in frame.logs.values() if each)]
    assert [Redactor().text(each) for each in logs] == logs
    random = [word for word in TOKEN.findall(text) if not KNOWN.match(word) and _entropy(word) > BITS]
    assert random == []


def _entropy(word: str) -> float:
    return -sum(count / len(word) * math.log2(count / len(word)) for count in Counter(word).values())


def test_what_is_missed_is_noticed() -> None:
    """The looks above find a token, a private key's line, a home folder."""
    assert _entropy("ghp_k29Xq0Lz7WvR4tYb8NcJ5mDs1FhPaE6uGi3o") > BITS
    assert MACHINE.search('"path": "/home/ann/.kube/config"')
    assert MACHINE.search('"path": "/tmp/firstresponder-ledger-x"')


def test_the_picture_is_there() -> None:
    """The console's page, taken from the demonstration, is small enough for a repository and is shown where it is explained."""
    picture = ROOT / "docs/pictures/demo.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000
    assert "](pictures/demo.png)" in (ROOT / "docs/demo.md").read_text()
