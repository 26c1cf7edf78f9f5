"""At least one pod keeps serving."""

from __future__ import annotations

from typing import Any

import pytest

GUARD = "last_replica"


def rolling(unavailable: Any, surge: Any) -> dict[str, Any]:
    """A rolling strategy."""
    return {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}}


@pytest.mark.parametrize(
    ("replicas", "strategy", "ready", "decision"),
    [
        (1, {}, 1, "allow"),  # the defaults come to 0 and 1: the new pod comes first
        (1, rolling(0, 1), 1, "allow"),
        (1, rolling("50%", "50%"), 1, "allow"),  # rounds to 0 and 1
        (1, rolling(1, 1), 1, "deny"),
        (1, rolling("100%", "50%"), 1, "deny"),
        (1, rolling(0, 0), 1, "deny"),  # comes to 1: otherwise nothing could move
        (1, rolling("10%", 0), 1, "deny"),  # rounds to 0, then as above
        (2, rolling(0, 0), 2, "allow"),
        (2, rolling(2, 0), 2, "deny"),
        (2, rolling("99%", 0), 2, "allow"),  # rounds down to 1
        (3, rolling(5, 0), 3, "deny"),
        (3, {}, 1, "allow"),  # the controller keeps the ready one and replaces the others first
        (3, {"strategy": {"type": "Recreate"}}, 3, "deny"),
        (3, {"strategy": {"type": "Recreate"}}, 0, "allow"),
        (1, rolling(1, 0), 0, "allow"),  # nothing is left to lose
        (0, {}, 0, "deny"),
        (3, rolling("a lot", 0), 3, "deny"),  # not understood
        (3, rolling(-1, 0), 3, "deny"),
    ],
)
@pytest.mark.parametrize("action", ["action", "restart"])
def test_a_deployment(case: Any, *, action: Any, replicas: Any, strategy: Any, ready: int, decision: str) -> None:
    """A change is fine while the rounded rolling budget leaves one pod serving, or none serves now; never at zero."""
    target = case.deployment(spec={"replicas": replicas, **strategy})
    facts = case.facts(action=getattr(case, action)(), target=target, pods=case.pods(ready=ready, unready=1))
    verdict = case.word(GUARD, facts)
    assert (verdict.decision, verdict.hard) == (decision, True)


def test_absent_replicas_are_one(case: Any) -> None:
    """Kubernetes' default of one replica counts where the field is absent."""
    target = case.deployment(spec={"replicas": None, **rolling(1, 0)})
    assert case.word(GUARD, case.facts(target=target, pods=case.pods(ready=1))).decision == "deny"


def test_a_pod_on_its_way_out_does_not_serve(case: Any) -> None:
    """A ready pod that is being deleted is not there to lose."""
    (pod,) = case.pods(ready=1)
    leaving = {**pod, "metadata": {"deletionTimestamp": "2026-03-10T14:29:00Z"}}
    target = case.deployment(spec={"replicas": 1, **rolling(1, 0)})
    assert case.word(GUARD, case.facts(target=target, pods=(leaving,))).decision == "allow"


@pytest.mark.parametrize(
    ("kind", "spec", "status", "ready", "decision"),
    [
        ("StatefulSet", {"replicas": 3}, {}, 3, "allow"),
        ("StatefulSet", {"replicas": 3}, {}, 1, "deny"),  # it goes by ordinal and may take the ready one first
        ("StatefulSet", {"replicas": 3}, {}, 0, "allow"),
        ("StatefulSet", {"replicas": 1}, {}, 1, "deny"),
        ("StatefulSet", {"replicas": 1, "updateStrategy": {"type": "OnDelete"}}, {}, 1, "allow"),
        ("StatefulSet", {"replicas": 3, "updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}}}, {}, 3, "deny"),
        ("DaemonSet", {}, {"desiredNumberScheduled": 3}, 3, "allow"),
        ("DaemonSet", {}, {"desiredNumberScheduled": 1}, 1, "deny"),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}}, {"desiredNumberScheduled": 1}, 1, "allow"),
        ("DaemonSet", {}, {"desiredNumberScheduled": 0}, 0, "deny"),
        ("Rollout", {"replicas": 3}, {}, 3, "deny"),
    ],
)
def test_other_kinds(case: Any, *, kind: str, spec: Any, status: Any, ready: int, decision: str) -> None:
    """StatefulSets and DaemonSets have their own rules; a kind whose rules we do not know is refused."""
    target = {"kind": kind, "metadata": {}, "spec": spec, "status": status}
    assert case.word(GUARD, case.facts(target=target, pods=case.pods(ready=ready))).decision == decision
