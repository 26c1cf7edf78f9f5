"""A Deployment whose new release crashes, the plan to roll it back, and every fact known: the case that guards let through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Allow, Approval, Guards
from firstresponder.guard.catalog import CATALOG
from firstresponder.guard.decide import decide
from firstresponder.guard.facts import Facts
from firstresponder.model import (
    Alert,
    ChangeSeen,
    Choice,
    Diagnosis,
    Hypothesis,
    Incident,
    JournalEntry,
    Json,
    Operation,
    PatchObject,
    PatchOp,
    Phase,
    Plan,
    PlannedAction,
    TargetRef,
    Touched,
    Verdict,
)

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
UID = "7f0e8f4e-0001"
TARGET = TargetRef(kind="Deployment", name="api", namespace="shop", api_version="apps/v1", uid=UID)


def an_alert(**change: Any) -> Alert:
    """A crash loop that began 10 minutes ago."""
    alert = Alert(
        fingerprint="00000000000000aa",
        labels={"alertname": "KubePodCrashLooping", "namespace": "shop"},
        annotations={},
        status="firing",
        starts_at=NOW - timedelta(minutes=10),
        received_at=NOW - timedelta(minutes=9),
    )
    return replace(alert, **change)


def an_action(**change: Any) -> PlannedAction:
    """The rollback from revision 5 to 4."""
    action = PlannedAction(
        action="rollback-deployment",
        target=TARGET,
        tier=2,
        summary="Roll back Deployment api from revision 5 to 4",
        why="",
        do=PatchObject(target=TARGET, ops=(PatchOp(op="replace", path="/spec/template/image", value="api:4"),)),
        undo=None,
        touched=(Touched(path="/spec/template/image", old="api:5", new="api:4"),),
        generation=5,
        template_hash="t5",
        probes=(),
    )
    return replace(action, **change)


def a_restart(**change: Any) -> PlannedAction:
    """A rolling restart of the same Deployment."""
    return an_action(action="restart-workload", tier=1, **change)


def a_deployment(**change: Any) -> Json:
    """Revision 5 is being rolled out over 3 replicas and crashes; two pods of revision 4 still serve."""
    return {
        "kind": "Deployment",
        "metadata": {
            "name": "api",
            "namespace": "shop",
            "uid": UID,
            "generation": 5,
            "annotations": {"deployment.kubernetes.io/revision": "5"},
            **change.get("metadata", {}),
        },
        "spec": {
            "replicas": 3,
            "template": {"image": "api:5", "metadata": {"labels": {"app": "api"}}, "spec": {}},
            **change.get("spec", {}),
        },
        "status": {
            "observedGeneration": 5,
            "replicas": 4,
            "updatedReplicas": 1,
            "availableReplicas": 2,
            "conditions": [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}],
            **change.get("status", {}),
        },
    }


def settled(**change: Any) -> Json:
    """The same Deployment, its rollout complete."""
    done = {"conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]}
    return a_deployment(**{**change, "status": {**done, **change.get("status", {})}})


def a_replicaset(revision: int, *, replicas: int, ready: int, owner: str = UID) -> Json:
    """A ReplicaSet of the Deployment."""
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"api-{revision}",
            "namespace": "shop",
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [{"controller": True, "kind": "Deployment", "name": "api", "uid": owner}],
        },
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": ready},
    }


def pods(*, ready: int, unready: int = 0) -> tuple[Json, ...]:
    """So many pods that serve and that do not."""
    words = ["True"] * ready + ["False"] * unready
    return tuple({"kind": "Pod", "metadata": {}, "status": {"conditions": [{"type": "Ready", "status": w}]}} for w in words)


def a_cause(**change: Any) -> Hypothesis:
    """Revision 5 is to blame."""
    cause = Hypothesis(
        cause_class="crash-after-deploy",
        confidence=0.9,
        statement="",
        target=TARGET,
        citations=(),
        sources=("alert", "pod_status", "revision"),
        change=ChangeSeen(what="image", at=None, revision_from=4, revision_to=5),
        facts={"good_revision": 4},
    )
    return replace(cause, **change)


def a_plan(**change: Any) -> Plan:
    """The plan as it was offered 5 minutes ago."""
    plan = Plan(
        incident_id="i1",
        n=1,
        rung=0,
        runbook="bad-release",
        ladder=(),
        action=an_action(),
        created_at=NOW - timedelta(minutes=5),
        digest="d1",
    )
    return replace(plan, **change)


def a_choice(**change: Any) -> Choice:
    """An approval of that plan a minute ago."""
    choice = Choice(incident_id="i1", plan_digest="d1", word="approved", by="ann", via="cli", at=NOW - timedelta(minutes=1))
    return replace(choice, **change)


def done_before(minutes: float, *, state: Any = "done", incident: str = "i0", **change: Any) -> JournalEntry:
    """The same action on the same target, so many minutes ago, in another incident."""
    operation = Operation(
        id=f"op{minutes}",
        incident_id=incident,
        n=1,
        rung=0,
        direction="do",
        plan_digest="d0",
        action="rollback-deployment",
        target=TARGET,
    )
    return JournalEntry(operation=replace(operation, **change), state=state, epoch=1, at=NOW - timedelta(minutes=minutes))


def make_facts(**change: Any) -> Facts:
    """Everything known, nothing against it; nobody was asked yet."""
    cause = change.pop("cause", a_cause())
    facts = Facts(
        now=NOW,
        action=an_action(),
        incident=Incident(
            id="i1", title="", severity="critical", phase=Phase.ASKING, opened_at=NOW, updated_at=NOW, n=1, firing=1
        ),
        alerts=(an_alert(),),
        diagnosis=Diagnosis(hypotheses=(cause,)) if cause else None,
        cause=cause,
        settings=some_guards(),
        approval=Approval(),
        hold=None,
        rival=None,
        target=a_deployment(),
        owners=(),
        namespace={"kind": "Namespace", "metadata": {"name": "shop"}},
        pods=pods(ready=2, unready=1),
        replicasets=(a_replicaset(4, replicas=3, ready=2), a_replicaset(5, replicas=1, ready=0)),
        history=(),
        busy=(),
        opened_lately=1,
        still_firing=True,
    )
    return replace(facts, **change)


def some_guards(**change: Any) -> Guards:
    """Rollback and restart are allowed for Deployments in shop."""
    allow = tuple(Allow(action=name, namespace="shop") for name in ("rollback-deployment", "restart-workload"))
    return replace(Guards(allow=allow), **change)


def approved(**change: Any) -> dict[str, Any]:
    """What facts hold at the gate after an approval."""
    return {"at_gate": True, "approved": a_choice(), "bound": a_plan(), "fresh_digest": "d1", **change}


def word_of(guard: str, facts: Facts) -> Verdict:
    """One guard's word, as `decide` hears it."""
    check = next(each for each in CATALOG if each.guard.name == guard)
    return decide(facts, [check]).verdicts[0]


class Case:
    """The builders above, for tests: files here cannot import each other."""

    now = NOW
    uid = UID
    target = TARGET
    alert: Callable[..., Alert] = staticmethod(an_alert)
    action: Callable[..., PlannedAction] = staticmethod(an_action)
    restart: Callable[..., PlannedAction] = staticmethod(a_restart)
    deployment: Callable[..., Json] = staticmethod(a_deployment)
    settled: Callable[..., Json] = staticmethod(settled)
    replicaset: Callable[..., Json] = staticmethod(a_replicaset)
    pods: Callable[..., tuple[Json, ...]] = staticmethod(pods)
    cause: Callable[..., Hypothesis] = staticmethod(a_cause)
    plan: Callable[..., Plan] = staticmethod(a_plan)
    choice: Callable[..., Choice] = staticmethod(a_choice)
    done_before: Callable[..., JournalEntry] = staticmethod(done_before)
    facts: Callable[..., Facts] = staticmethod(make_facts)
    guards: Callable[..., Guards] = staticmethod(some_guards)
    approved: Callable[..., dict[str, Any]] = staticmethod(approved)
    word: Callable[[str, Facts], Verdict] = staticmethod(word_of)


@pytest.fixture(scope="session")
def case() -> type[Case]:
    """Builders of facts around one crashing release."""
    return Case
