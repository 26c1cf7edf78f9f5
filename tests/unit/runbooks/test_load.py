"""Runbook files."""

from __future__ import annotations

import pytest

from firstresponder.config import Seconds
from firstresponder.errors import BadRunbook
from firstresponder.runbooks.load import load
from firstresponder.runbooks.schema import Cause, Proof, Runbook, Step, Where

ACTIONS = {"rollback-deployment", "restart-workload"}
CAUSES = {"crash-after-deploy", "memory-leak"}

FULL = """\
name: full
title: Everything a runbook can say
match:
  alerts: [KubePodCrashLooping]
  matchers:
    - severity="critical"
    - namespace=~"shop|pay"
causes:
  - cause: crash-after-deploy
    min_confidence: 0.75
    needs: [good_revision]
ladder:
  - action: rollback-deployment
    params: {revision: 4, deep: [1, {a: 0.5}]}
    undo_on: worse
    why: it began with the release
  - action: restart-workload
verification:
  timeout: 5m
  consecutive_successes: 5
"""


def read(*texts: str) -> tuple[Runbook, ...]:
    """Load these texts as a.yaml, b.yaml and so on."""
    named = [(f"{letter}.yaml", text) for letter, text in zip("abcd", texts, strict=False)]
    return load(named, actions=ACTIONS, causes=CAUSES)


def test_a_full_runbook() -> None:
    """Every field arrives as plain Python values."""
    (runbook,) = read(FULL)
    assert runbook == Runbook(
        name="full",
        title="Everything a runbook can say",
        match=Where(alerts=("KubePodCrashLooping",), matchers=('severity="critical"', 'namespace=~"shop|pay"')),
        causes=(Cause(cause="crash-after-deploy", min_confidence=0.75, needs=("good_revision",)),),
        ladder=(
            Step(
                action="rollback-deployment",
                params={"revision": 4, "deep": [1, {"a": 0.5}]},
                undo_on="worse",
                why="it began with the release",
            ),
            Step(action="restart-workload"),
        ),
        verification=Proof(timeout=Seconds(300), consecutive_successes=5),
    )
    assert type(runbook.ladder[0].params["revision"]) is int
    assert type(runbook.ladder[0].params["deep"]) is list


def small(name: str = "one", **change: str) -> str:
    """The smallest runbook, with lines replaced."""
    lines = {
        "name": name,
        "title": "t",
        "causes": "[{cause: memory-leak}]",
        "ladder": "[{action: restart-workload}]",
        **change,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items() if value)


def test_they_come_in_order_of_their_names() -> None:
    """The order of files does not decide anything."""
    names = [runbook.name for runbook in read(small("zeta"), small("alpha"))]
    assert names == ["alpha", "zeta"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (small(ladder="[{action: reboot}]"), "a.yaml:4:11: ladder.0.action: no such action 'reboot'; there are restart-workload"),
        (small(causes="[{cause: bad-luck}]"), "a.yaml:3:11: causes.0.cause: no detector finds the cause 'bad-luck'"),
        (small(causes="[{cause: memory-leak, min_confidence: 1.5}]"), "causes.0.min_confidence: expected a number from 0 to 1"),
        (small(ladder="[]"), "a.yaml:4:1: ladder: expected at least one action"),
        (small(ladder=""), "missing required field `ladder`"),
        (small(colour="red"), "a.yaml:5:1: colour: Object contains unknown field `colour`"),
        (small(ladder="[{action: restart-workload, undo: x}]"), "a.yaml:4:37: ladder.0.undo: Object contains unknown field"),
        (small(ladder="[{action: restart-workload, undo_on: always}]"), "a.yaml:4:37: ladder.0.undo_on: Invalid enum value"),
        (small(name="Bad Name"), "a.yaml:1:1: name: expected lower case words with hyphens"),
        (small(causes=""), "match: without causes it must name alerts or matchers"),
        (small(match="{matchers: ['a ~ b']}"), "a.yaml:5:20: match.matchers.0: expected a matcher"),
        (small(match="{matchers: ['a=~\"(\"']}"), "match.matchers.0: not a regular expression"),
        (small(verification="{timeout: soon}"), "a.yaml:5:16: verification.timeout: expected a duration"),
        (small(verification="{timeout: 0.5, patience: 1}"), "verification.patience"),
        (small() + "name: again\n", "a.yaml:5:1: not valid YAML: found duplicate key"),
        ("name: [", "not valid YAML"),
        ("name: \x00", "not valid YAML"),
        ("- a\n", "a.yaml:1:1: expected a mapping with name, title and ladder, got CommentedSeq"),
        ("", "a.yaml:1:1: expected a mapping with name, title and ladder, got NoneType"),
    ],
)
def test_a_fault_is_named_by_its_place(text: str, said: str) -> None:
    """Whatever is wrong with a file is said with file, line and column, what was expected and what was found."""
    with pytest.raises(BadRunbook) as refused:
        read(text)
    assert said in str(refused.value)
    assert str(refused.value).startswith("a.yaml")


def test_a_name_is_taken_once() -> None:
    """Two runbooks of one name are refused, and both files are named."""
    with pytest.raises(BadRunbook, match=r"b\.yaml:1:1: name: there is a runbook 'one' already, in a\.yaml"):
        read(small(), small())
