"""Every action in the list keeps the promises that plan and gate rely on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firstresponder.config import ALIASES
from firstresponder.errors import NotFound
from firstresponder.model import Json, TargetRef
from firstresponder.remediation.action import Action, Draft
from firstresponder.remediation.actions.rollback_deployment import REVISION
from firstresponder.remediation.catalog import CATALOG, by_id
from firstresponder.remediation.patch import apply, look_up, same

AT = datetime(2026, 3, 10, tzinfo=UTC)


SPECS: dict[str, Json] = {
    "HorizontalPodAutoscaler": {"maxReplicas": 3},
    "CronJob": {"schedule": "0 3 * * *", "suspend": False},
    "Node": {"podCIDR": "10.0.0.0/24"},
    "Service": {"selector": {"app": "web"}},
}
"""What the kinds without a pod template hold."""
SCALING: Json = {"by": 1, "ceiling": 9, "floor": 1, "replicas": 5}
"""Parameters of whatever scales."""
C = "/spec/template/spec/containers/0"
PATCHES: dict[str, Json] = {
    "raise-memory-limit": {"op": "replace", "path": f"{C}/resources/limits/memory", "value": "256Mi"},
    "raise-cpu-limit": {"op": "replace", "path": f"{C}/resources/limits/cpu", "value": "2"},
    "add-resource-requests": {"op": "add", "path": f"{C}/resources/requests", "value": {"cpu": "100m", "memory": "64Mi"}},
    "fix-command": {"op": "replace", "path": f"{C}/command", "value": ["serve", "--old"]},
    "fix-config": {"op": "replace", "path": f"{C}/env/0/name", "value": "MODE"},
    "fix-probe": {"op": "replace", "path": f"{C}/livenessProbe/httpGet/port", "value": 8080},
    "fix-scheduling-constraint": {"op": "remove", "path": "/spec/template/spec/nodeSelector"},
    "fix-security-context": {"op": "add", "path": f"{C}/securityContext", "value": {"runAsUser": 1000}},
    "fix-service": {"op": "replace", "path": "/spec/selector/app", "value": "api"},
    "fix-hpa": {"op": "add", "path": "/spec/minReplicas", "value": 2},
}
"""What a diagnosis may say, one for each proposal."""


OLD: Json = {
    "name": "a",
    "image": "i:2",
    "command": ["serve", "--new"],
    "env": [{"name": "MOOD", "value": "prod"}],
    "resources": {"limits": {"memory": "128Mi", "cpu": "1"}},
    "livenessProbe": {"httpGet": {"port": 80}},
}
"""A container of which something is wrong."""


def sample(action: Action, kind: str) -> Json:
    """A target of a kind that has no pod template."""
    spec = dict(SPECS[kind])
    if action.id == "uncordon-node":
        spec["unschedulable"] = True
    return {"kind": kind, "metadata": {"name": "api", "annotations": {}}, "spec": spec}


def drafted(action: Action, kind: str) -> tuple[Json, Draft]:
    """A draft on a target that suits the action."""
    if kind in SPECS:
        target = sample(action, kind)
        made = action.apply(target, [], SCALING, {"patch": [PATCHES.get(action.id)]}, AT)
        assert isinstance(made, Draft)
        return target, made
    old = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [OLD], "nodeSelector": {"disk": "ssd"}}}
    new = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{**OLD, "image": "i:1", "command": ["serve", "--old"]}]}}
    target = {"kind": kind, "metadata": {"name": "api", "annotations": {REVISION: "2"}}, "spec": {"replicas": 3, "template": old}}
    sets = [{"metadata": {"annotations": {REVISION: "1"}}, "spec": {"template": new}}]
    facts = {"good_revision": 1, "good_image": "i:1", "patch": [PATCHES.get(action.id)]}
    draft = action.apply(target, sets, SCALING, facts, AT)
    assert isinstance(draft, Draft)
    return target, draft


CASES = [pytest.param(action, kind, id=f"{action.id}-{kind}") for action in CATALOG for kind in action.kinds]


@pytest.mark.parametrize(("action", "kind"), CASES)
def test_every_touched_path_is_tested_and_changes(action: Action, kind: str) -> None:
    """A draft tests a value at or above each path that it touches, before it changes it, and each really changes."""
    target, draft = drafted(action, kind)
    after = apply(target, draft.ops)
    assert draft.touches
    for path in draft.touches:
        tested = [op.path for op in draft.ops if op.op == "test"]
        assert any(path == place or path.startswith(place + "/") for place in tested)
        assert not same(look_up(target, path), look_up(after, path))


@pytest.mark.parametrize(("action", "kind"), CASES)
def test_an_undo_restores_or_is_absent_with_a_note(action: Action, kind: str) -> None:
    """What has an inverse is restored exactly by it; either way the note says what undo would do."""
    target, draft = drafted(action, kind)
    after = apply(target, draft.ops)
    undo = action.undo(TargetRef(kind=kind, name="api"), target, after)
    assert undo is None or apply(after, undo.ops) == target
    assert draft.undo_note


@pytest.mark.parametrize(("action", "kind"), CASES)
def test_a_draft_names_its_target_and_probes_it(action: Action, kind: str) -> None:
    """A person reads the kind and name; something looks afterwards; the tier is one of four."""
    target, draft = drafted(action, kind)
    after = apply(target, draft.ops)
    ref = TargetRef(kind=kind, name="api")
    assert f"{kind} api" in draft.summary
    assert 0 < len(draft.title) <= 40, "it goes on a button, after 'Approve: '"
    assert [probe.target for probe in action.probes(ref, target, after)] == [ref]
    assert action.tier in range(4)
    assert action.tier == 3 or not action.irreversible


def test_names_are_unique_and_found() -> None:
    """Each action is found by its id; an unknown id is an error that names those there are."""
    assert [by_id(action.id) for action in CATALOG] == list(CATALOG)
    assert len({action.id for action in CATALOG}) == len(CATALOG)
    with pytest.raises(NotFound, match="no action is called 'reboot'"):
        by_id("reboot")


def test_other_tools_names_lead_to_actions() -> None:
    """Each alias of the configuration means an action that exists."""
    assert set(ALIASES.values()) <= {action.id for action in CATALOG}
