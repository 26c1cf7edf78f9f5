"""The runbooks that come with the program, a made-up case each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firstresponder.model import Alert, Diagnosis, Hypothesis, TargetRef
from firstresponder.runbooks.load import load
from firstresponder.runbooks.match import match
from firstresponder.runbooks.schema import Runbook
from firstresponder.runbooks.shipped import shipped

NOW = datetime(2026, 3, 10, tzinfo=UTC)
ACTIONS = {"rollback-deployment", "restart-workload"}
CAUSES = {"crash-after-deploy"}

CRASH = Diagnosis(
    hypotheses=(
        Hypothesis(
            cause_class="crash-after-deploy",
            confidence=0.9,
            statement="",
            target=TargetRef(kind="Deployment", name="api", namespace="shop"),
            citations=(),
            facts={"good_revision": 4},
        ),
    )
)
NOTHING = Diagnosis(hypotheses=(), abstained="nothing found")

MADE_UP: dict[str, tuple[str, Diagnosis, str, str]] = {
    "bad-release": ("KubePodCrashLooping", CRASH, "rollback-deployment", "worse"),
    "restart": ("High5xxErrorRate", NOTHING, "restart-workload", "never"),
}


@pytest.fixture(scope="module")
def library() -> tuple[Runbook, ...]:
    """All shipped runbooks."""
    return load(shipped(), actions=ACTIONS, causes=CAUSES)


def an_alert(name: str) -> Alert:
    """A firing alert with a name only."""
    return Alert(fingerprint="f", labels={"alertname": name}, annotations={}, status="firing", starts_at=NOW, received_at=NOW)


def test_each_has_its_case(library: tuple[Runbook, ...]) -> None:
    """Every shipped file loads against the real actions, is called by its runbook's name, and has a case here."""
    assert sorted(MADE_UP) == [runbook.name for runbook in library]
    assert [f"{name}.yaml" for name in sorted(MADE_UP)] == [name for name, _ in shipped()]


@pytest.mark.parametrize("name", sorted(MADE_UP))
def test_it_answers_its_case(library: tuple[Runbook, ...], name: str) -> None:
    """Each shipped runbook answers its case with its action, undone when the runbook says so, and says why."""
    alert, diagnosis, action, undo_on = MADE_UP[name]
    best = match(library, [an_alert(alert)], diagnosis)
    assert best is not None
    assert best.runbook.name == name
    (rung,) = best.ladder
    assert (rung.action, rung.undo_on) == (action, undo_on)
    assert rung.why


def test_nothing_is_restarted_by_default_for_other_alerts(library: tuple[Runbook, ...]) -> None:
    """A crash loop without a cause is not met with a restart: nothing shipped answers it."""
    assert match(library, [an_alert("KubePodCrashLooping")], NOTHING) is None


def test_without_a_good_revision_nothing_is_rolled_back(library: tuple[Runbook, ...]) -> None:
    """A release that crashes and has no revision known to be good goes to a person."""
    (cause,) = CRASH.hypotheses
    bare = Hypothesis(cause_class=cause.cause_class, confidence=0.9, statement="", target=cause.target, citations=(), facts={})
    assert match(library, [an_alert("KubePodCrashLooping")], Diagnosis(hypotheses=(bare,))) is None
