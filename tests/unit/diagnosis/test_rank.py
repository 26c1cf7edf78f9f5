"""Ranking, and the honest nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

from firstresponder.diagnosis.rank import rank
from firstresponder.diagnosis.view import View
from firstresponder.model import Alert, Diagnosis, Hypothesis, TargetRef
from firstresponder.testing.objects import NOW, bad_release, deployment, pod, replicaset, running, template

Diagnosed = Callable[..., Awaitable[Diagnosis]]
TARGET = TargetRef(kind="Deployment", name="api", namespace="shop")
CLASSES = st.sampled_from(["crash-after-deploy", "bad-command", "image-not-found"])


def hypothesis(cause: str, confidence: float, target: TargetRef = TARGET) -> Hypothesis:
    """Return a bare hypothesis."""
    return Hypothesis(cause_class=cause, confidence=confidence, statement="", target=target, citations=())


@given(st.lists(st.builds(hypothesis, CLASSES, st.floats(0.05, 0.95)), max_size=5))
def test_the_best_comes_first_and_nothing_is_lost(found: list[Hypothesis]) -> None:
    """Confidences fall, and every hypothesis is still there."""
    ranked = rank(found)
    assert [h.confidence for h in ranked] == sorted((h.confidence for h in ranked), reverse=True)
    assert sorted(h.cause_class for h in ranked) == sorted(h.cause_class for h in found)


def test_a_likely_specific_cause_leads_before_the_general_one() -> None:
    """bad-command at 0.8 goes before crash-after-deploy at 0.95, whose confidence it caps, and that is said."""
    ranked = rank([hypothesis("crash-after-deploy", 0.95), hypothesis("bad-command", 0.8)])
    assert [h.cause_class for h in ranked] == ["bad-command", "crash-after-deploy"]
    assert ranked[1].confidence == 0.75
    assert "bad-command" in ranked[1].against[-1]


def test_a_weak_specific_cause_does_not_lead() -> None:
    """bad-command at 0.4 stays behind crash-after-deploy at 0.9."""
    ranked = rank([hypothesis("crash-after-deploy", 0.9), hypothesis("bad-command", 0.4)])
    assert [(h.cause_class, h.confidence) for h in ranked] == [("crash-after-deploy", 0.9), ("bad-command", 0.4)]


def test_a_cause_of_another_target_does_not_lead() -> None:
    """What is wrong with another object does not cap the general cause here."""
    other = TargetRef(kind="Deployment", name="web", namespace="shop")
    ranked = rank([hypothesis("crash-after-deploy", 0.95), hypothesis("bad-command", 0.8, other)])
    assert ranked[0].cause_class == "crash-after-deploy"


async def test_a_healthy_workload_gets_no_cause(diagnosed: Diagnosed) -> None:
    """Ready pods of one revision: no hypothesis, and the reason says what was looked at."""
    owner = deployment()
    rs = replicaset(owner, 1, template(), made=9999, replicas=1, ready=1)
    found = await diagnosed([owner, rs, pod(rs, "a", [running(since=9999)], made=9999)])
    assert found.hypotheses == ()
    assert "1 pods" in found.abstained


async def test_a_healthy_release_gets_no_cause(diagnosed: Diagnosed) -> None:
    """A newer revision whose pods are well is never blamed."""
    found = await diagnosed(bad_release(new_status=running(since=8)))
    assert found.hypotheses == ()


async def test_an_alert_that_names_nothing_is_told_so(diagnosed: Diagnosed) -> None:
    """Without a target the abstention repeats why."""
    watchdog = Alert(
        fingerprint="ab" * 8, labels={"alertname": "Watchdog"}, annotations={}, status="firing", starts_at=NOW, received_at=NOW
    )
    found = await diagnosed([], alerts=[watchdog])
    assert found.hypotheses == ()
    assert "no label names" in found.abstained


async def test_only_gaps_are_not_enough(diagnosed: Diagnosed) -> None:
    """When the target cannot be read, nothing is said about it."""
    found = await diagnosed([])
    assert found.hypotheses == ()
    assert found.abstained.startswith("Not enough to say")


async def test_a_diagnosis_is_a_function_of_its_input(look: Callable[..., Awaitable[View]], diagnosed: Diagnosed) -> None:
    """Twice the same evidence gives twice the same diagnosis."""
    assert await diagnosed(bad_release()) == await diagnosed(bad_release())
    assert (await look(bad_release())).evidence == (await look(bad_release())).evidence
