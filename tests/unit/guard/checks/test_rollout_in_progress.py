"""Somebody else's rollout, and the exception."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

GUARD = "rollout_in_progress"


def progressing(reason: str, **status: Any) -> dict[str, Any]:
    """The status of a Deployment that tracks its progress."""
    return {"conditions": [{"type": "Progressing", "status": "True", "reason": reason}], **status}


def untracked(*, updated: int, total: int, available: int) -> dict[str, Any]:
    """The status of a Deployment that does not."""
    return {"conditions": [], "updatedReplicas": updated, "replicas": total, "availableReplicas": available}


def test_the_failing_release_is_taken_back(case: Any) -> None:
    """A rollback of exactly the newest revision, which fails and is blamed, does not wait for its rollout."""
    verdict = case.word(GUARD, case.facts())
    assert verdict.decision == "allow"
    assert "revision 5" in verdict.reason


def test_a_restart_waits(case: Any) -> None:
    """The exception is for the rollback: a restart into the same rollout is refused, and says to wait."""
    verdict = case.word(GUARD, case.facts(action=case.restart()))
    assert (verdict.decision, verdict.hard, verdict.then) == ("deny", True, "wait")


def test_a_newer_release_is_not_the_blamed_one(case: Any) -> None:
    """Where somebody rolled out revision 6 since, revision 5's blame does not cover it."""
    target = case.deployment(metadata={"annotations": {"deployment.kubernetes.io/revision": "6"}})
    replicasets = (case.replicaset(5, replicas=0, ready=0), case.replicaset(6, replicas=1, ready=0))
    verdict = case.word(GUARD, case.facts(target=target, replicasets=replicasets))
    assert verdict.decision == "deny"
    assert "revision 6" in verdict.reason
    assert "revision 5" in verdict.reason


def test_a_release_whose_pods_are_ready(case: Any) -> None:
    """A rollout that goes well is left alone, blamed or not."""
    replicasets = (case.replicaset(4, replicas=3, ready=2), case.replicaset(5, replicas=1, ready=1))
    assert case.word(GUARD, case.facts(replicasets=replicasets)).decision == "deny"


@pytest.mark.parametrize(("reason", "decision"), [("ReplicaSetUpdated", "deny"), ("ProgressDeadlineExceeded", "allow")])
def test_without_a_blamed_revision(case: Any, reason: str, decision: str) -> None:
    """Where no diagnosis blames a revision, only a rollout that ran out of time counts as failed."""
    facts = case.facts(cause=None, target=case.deployment(status=progressing(reason)))
    assert case.word(GUARD, facts).decision == decision


@pytest.mark.parametrize(
    "replicasets",
    [None, (), "foreign", "older"],
)
def test_the_newest_revision_must_be_known(case: Any, replicasets: Any) -> None:
    """Without the ReplicaSet of the present revision, under this Deployment's UID, nothing is exempt."""
    if replicasets == "foreign":
        replicasets = (case.replicaset(5, replicas=1, ready=0, owner="other"),)
    if replicasets == "older":
        replicasets = (case.replicaset(4, replicas=3, ready=0),)
    assert case.word(GUARD, case.facts(replicasets=replicasets)).decision == "deny"


def test_a_rollout_that_ran_out_of_time_needs_its_replicaset(case: Any) -> None:
    """Where the present revision has no ReplicaSet, an older one that is not ready does not stand in for it."""
    stuck = case.deployment(status=progressing("ProgressDeadlineExceeded"))
    facts = case.facts(cause=None, target=stuck, replicasets=(case.replicaset(4, replicas=3, ready=0),))
    assert case.word(GUARD, facts).decision == "deny"


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        (progressing("NewReplicaSetAvailable"), "allow"),
        (progressing("NewReplicaSetAvailable", availableReplicas=0), "allow"),  # an old release that crashes is no rollout
        (progressing("ReplicaSetUpdated"), "deny"),
        (progressing("ProgressDeadlineExceeded"), "deny"),
        (progressing("NewReplicaSetAvailable", observedGeneration=4), "deny"),
        (untracked(updated=3, total=3, available=3), "allow"),
        (untracked(updated=2, total=4, available=3), "deny"),
        (untracked(updated=3, total=4, available=3), "deny"),
        (untracked(updated=3, total=3, available=2), "deny"),
    ],
)
def test_when_a_deployment_rolls(case: Any, status: Any, decision: str) -> None:
    """A Deployment rolls until its condition says complete; the counts decide where progress is not tracked."""
    facts = case.facts(action=case.restart(), target=case.deployment(status=status))
    assert case.word(GUARD, facts).decision == decision


@pytest.mark.parametrize("action", ["action", "restart"])
def test_paused_is_somebody_at_work(case: Any, action: Any) -> None:
    """A paused Deployment is left to whoever paused it."""
    target = case.settled(spec={"paused": True})
    verdict = case.word(GUARD, case.facts(action=getattr(case, action)(), target=target))
    assert verdict.decision == "deny"
    assert "paused" in verdict.reason


@pytest.mark.parametrize(
    ("kind", "status", "decision"),
    [
        ("StatefulSet", {"currentRevision": "a", "updateRevision": "a"}, "allow"),
        ("StatefulSet", {"currentRevision": "a", "updateRevision": "b", "updatedReplicas": 1}, "deny"),
        ("StatefulSet", {"currentRevision": "a", "updateRevision": "b", "updatedReplicas": 3}, "allow"),
        ("DaemonSet", {"desiredNumberScheduled": 3, "updatedNumberScheduled": 3}, "allow"),
        ("DaemonSet", {"desiredNumberScheduled": 3, "updatedNumberScheduled": 2}, "deny"),
        ("Rollout", {}, "deny"),
    ],
)
def test_other_kinds(case: Any, kind: str, status: Any, decision: str) -> None:
    """StatefulSets and DaemonSets are judged by their counts; a kind that we cannot read is unknown."""
    target = {"kind": kind, "metadata": {"generation": 1}, "spec": {"replicas": 3}, "status": {"observedGeneration": 1, **status}}
    action = case.restart(target=replace(case.target, kind=kind))
    assert case.word(GUARD, case.facts(action=action, target=target)).decision == decision
