"""Which runbook answers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from firstresponder.model import Alert, Diagnosis, Hypothesis, Rung, TargetRef
from firstresponder.runbooks.match import match, why_none
from firstresponder.runbooks.schema import Cause, Runbook, Step, Where

NOW = datetime(2026, 3, 10, tzinfo=UTC)
TARGET = TargetRef(kind="Deployment", name="api", namespace="shop")


def an_alert(name: str = "KubePodCrashLooping", **labels: str) -> Alert:
    """A firing alert."""
    labels = {"alertname": name, "namespace": "shop", **labels}
    return Alert(fingerprint="f", labels=labels, annotations={}, status="firing", starts_at=NOW, received_at=NOW)


def found(*causes: tuple[str, float], **facts: Any) -> Diagnosis:
    """A diagnosis of these causes, best first."""
    return Diagnosis(
        hypotheses=tuple(
            Hypothesis(cause_class=name, confidence=sure, statement="", target=TARGET, citations=(), facts=facts)
            for name, sure in causes
        )
    )


def for_cause(name: str, cause: str = "crash-after-deploy", *, least: float = 0.5, **change: Any) -> Runbook:
    """A runbook for a cause."""
    causes = (Cause(cause=cause, min_confidence=least, needs=change.pop("needs", ())),)
    return Runbook(name=name, title="", ladder=(Step(action="rollback-deployment"),), causes=causes, **change)


def for_alerts(name: str, *alerts: str, matchers: tuple[str, ...] = ()) -> Runbook:
    """A runbook that is mapped to alerts."""
    step = Step(action="restart-workload", why="try it")
    return Runbook(name=name, title="", ladder=(step,), match=Where(alerts=alerts, matchers=matchers))


def name_of(runbooks: list[Runbook], alerts: list[Alert], diagnosis: Diagnosis | None) -> str | None:
    """The runbook that answers, in whatever order they come."""
    names = set()
    for order in itertools.permutations(runbooks):
        best = match(order, alerts, diagnosis)
        names.add(best.runbook.name if best else None)
    (name,) = names
    return name


CRASH = found(("crash-after-deploy", 0.8))
NOTHING = Diagnosis(hypotheses=(), abstained="not enough to say")


def test_a_runbook_for_the_cause() -> None:
    """The runbook for the best hypothesis answers, with that hypothesis, its ladder and the reason."""
    best = match([for_cause("a")], [an_alert()], CRASH)
    assert best is not None
    assert best.cause == CRASH.hypotheses[0]
    assert best.ladder == (Rung(action="rollback-deployment"),)
    assert best.reason == "a is for crash-after-deploy, found with 80% confidence"


@pytest.mark.parametrize(
    ("runbook", "diagnosis", "answers"),
    [
        (for_cause("a"), found(("crash-after-deploy", 0.5)), True),
        (for_cause("a"), found(("crash-after-deploy", 0.49)), False),
        (for_cause("a", needs=("good_revision",)), found(("crash-after-deploy", 0.9)), False),
        (for_cause("a", needs=("good_revision",)), found(("crash-after-deploy", 0.9), good_revision=None), False),
        (for_cause("a", needs=("good_revision",)), found(("crash-after-deploy", 0.9), good_revision=4), True),
        (for_cause("a", match=Where(alerts=("Other",))), found(("crash-after-deploy", 0.9)), False),
        (for_cause("a", match=Where(matchers=('namespace="pay"',))), found(("crash-after-deploy", 0.9)), False),
        (for_cause("a", match=Where(matchers=('namespace="shop"',))), found(("crash-after-deploy", 0.9)), True),
        (for_cause("a"), found(("memory-leak", 0.9), ("crash-after-deploy", 0.8)), False),  # only the best counts
        (for_cause("a"), NOTHING, False),
        (for_cause("a"), None, False),
    ],
)
def test_what_a_cause_must_be(runbook: Runbook, diagnosis: Diagnosis | None, *, answers: bool) -> None:
    """A runbook answers the best hypothesis only, sure enough, with what it needs, for its alerts."""
    assert (match([runbook], [an_alert()], diagnosis) is not None) is answers


@pytest.mark.parametrize(
    ("diagnosis", "answers"),
    [
        (None, True),
        (NOTHING, True),
        (found(("memory-leak", 0.49)), True),
        (found(("memory-leak", 0.5)), False),
        (found(("crash-after-deploy", 0.9)), False),
    ],
)
def test_a_mapped_runbook_yields_to_a_diagnosis(diagnosis: Diagnosis | None, *, answers: bool) -> None:
    """An action that is mapped to an alert is offered only where no likely cause speaks against it."""
    best = match([for_alerts("a", "High5xx")], [an_alert("High5xx")], diagnosis)
    assert (best is not None) is answers
    if best:
        assert best.cause is None
        assert best.reason == "a is mapped to High5xx; no diagnosis speaks against it"


def test_a_cause_comes_before_a_mapping() -> None:
    """Where both answer, the runbook for the cause does."""
    assert name_of([for_alerts("a", "High5xx"), for_cause("b")], [an_alert("High5xx")], CRASH) == "b"


def test_the_most_specific_answers() -> None:
    """Alerts by name come before any alert, more matchers before fewer, a shorter list before a longer, then the name."""
    books = [
        for_alerts("any", matchers=('namespace=~".+"',)),
        for_alerts("long", "X", "Y", "Z"),
        for_alerts("both", "X", matchers=('namespace="shop"',)),
    ]
    assert name_of(books, [an_alert("X")], None) == "both"
    assert name_of(books, [an_alert("Y")], None) == "long"
    assert name_of([*books, for_alerts("short", "Y")], [an_alert("Y")], None) == "short"
    assert name_of(books, [an_alert("W")], None) == "any"
    assert name_of([for_alerts("b", "X"), for_alerts("a", "X")], [an_alert("X")], None) == "a"


def test_any_alert_of_the_incident_counts() -> None:
    """Name and matchers must hold on one and the same alert, whichever of the incident's it is."""
    book = for_alerts("a", "X", matchers=('tier="web"',))
    assert match([book], [an_alert("Y"), an_alert("X", tier="web")], None) is not None
    assert match([book], [an_alert("Y", tier="web"), an_alert("X")], None) is None


@pytest.mark.parametrize(
    ("diagnosis", "said"),
    [
        (NOTHING, "no cause was found, and no runbook is mapped to KubePodCrashLooping"),
        (found(("memory-leak", 0.9)), "no runbook is for memory-leak"),
        (found(("memory-leak", 0.1)), "no runbook is for memory-leak, and none is mapped to KubePodCrashLooping"),
        (
            found(("crash-after-deploy", 0.3)),
            "a runbook for crash-after-deploy does not fit (a: it wants 60% confidence, and there is 30%)",
        ),
        (
            found(("crash-after-deploy", 0.9)),
            "a runbook for crash-after-deploy does not fit (a: it needs good_revision, which was not found)",
        ),
        (
            found(("crash-after-deploy", 0.9), good_revision=4),
            "a runbook for crash-after-deploy does not fit (a: it is for other alerts)",
        ),
    ],
)
def test_why_nothing_answers(diagnosis: Diagnosis, said: str) -> None:
    """Where nothing answers, the nearest runbook and what it lacks are named."""
    books = [for_cause("a", least=0.6, needs=("good_revision",), match=Where(alerts=("Other",)))]
    assert match(books, [an_alert()], diagnosis) is None
    assert why_none(books, [an_alert()], diagnosis) == said
