"""examples/rbac.yaml grants what the program declares that it needs: nothing is missing, nothing is too much."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.model import Permission
from firstresponder.remediation.catalog import CATALOG, by_id
from firstresponder.runbooks.load import load
from firstresponder.runbooks.shipped import shipped
from firstresponder.workflow.rights import CLUSTER_WIDE, looking, repairing
from tests.docs.pages import ROOT, Block, blocks, page

ACTIONS = {action.id for action in CATALOG}
OBJECTS: list[Any] = list(YAML(typ="safe").load_all((ROOT / "examples/rbac.yaml").read_text(encoding="utf-8")))
IN_USE = {step.action for runbook in load(shipped(), actions=ACTIONS, causes=set(DETECTORS)) for step in runbook.ladder}
"""The actions of the shipped runbooks: the example grants theirs, on Deployments."""
REPAIRING = {right for action in IN_USE for right in repairing(action, "Deployment")}
OTHERS = [block for name in ("actions", "proposals") for block in blocks(page(f"docs/{name}.md"), "yaml rights")]


def named(block: Block) -> list[str]:
    """Return the actions that a rule to paste is for: its first line names them."""
    return block.text.splitlines()[0].removeprefix("# ").split(", ")


def of_rules(rules: Any) -> list[Permission]:
    """Return each right that some rules grant, as often as they do."""
    return [
        Permission(verb=verb, resource=resource, group=group)
        for rule in rules
        for verb in rule["verbs"]
        for resource in rule["resources"]
        for group in rule["apiGroups"]
    ]


def granted(kind: str) -> list[Permission]:
    """Return each right that the objects of this kind grant, as often as they do."""
    return [right for one in OBJECTS if one["kind"] == kind for right in of_rules(one["rules"])]


def test_the_roles_grant_what_is_declared_and_no_more() -> None:
    """In the namespace: all that is read there, and for the actions on Deployments the one right to change."""
    needed = {one for one in {*looking(), *REPAIRING} if one.resource not in CLUSTER_WIDE}
    assert set(granted("Role")) == needed
    assert len(granted("Role")) == len(needed), "a right is granted twice"


def test_the_cluster_role_grants_what_is_in_no_namespace() -> None:
    """Cluster-wide: nodes, and nothing else."""
    assert set(granted("ClusterRole")) == {one for one in looking() if one.resource in CLUSTER_WIDE}


def test_the_one_right_to_change_stands_alone() -> None:
    """Without the repair role nothing can be changed: all other rights read."""
    changing = {
        one["metadata"]["name"] for one in OBJECTS for rule in one.get("rules", ()) if set(rule["verbs"]) - {"get", "list"}
    }
    assert changing == {"firstresponder-repair"}


@pytest.mark.parametrize("block", OTHERS, ids=lambda block: named(block)[0])
def test_the_rules_to_paste_are_what_is_declared(block: Block) -> None:
    """The page's rule for an action grants what it needs beside the example's reading roles, and no more."""
    rules = of_rules(YAML(typ="safe").load(block.text))
    needed = {right for name in named(block) for kind in by_id(name).kinds for right in repairing(name, kind)}
    reading = {right for kind in ("Role", "ClusterRole") for right in granted(kind) if right.verb in {"get", "list"}}
    assert sorted(map(str, rules)) == sorted(map(str, needed - reading))


def test_every_other_action_has_its_rule() -> None:
    """Each action that the example does not grant has its rule on the page, once."""
    told = [name for block in OTHERS for name in named(block)]
    assert sorted(told) == sorted(ACTIONS - IN_USE)


def test_one_namespace_is_named_by_its_name() -> None:
    """The right to read a namespace is for this one only: resourceNames repeats the role's own namespace."""
    rules = [(one, rule) for one in OBJECTS for rule in one.get("rules", ()) if "namespaces" in rule["resources"]]
    assert [rule["resourceNames"] for _, rule in rules] == [[one["metadata"]["namespace"]] for one, _ in rules]
    assert rules


def test_no_account_is_bound_twice_or_elsewhere() -> None:
    """Each role is bound once, to the one account."""
    bindings = [one for one in OBJECTS if one["kind"].endswith("Binding")]
    roles = [one["metadata"]["name"] for one in OBJECTS if one["kind"].endswith("Role")]
    assert sorted(one["roleRef"]["name"] for one in bindings) == sorted(roles)
    assert {(s["name"], s["namespace"]) for one in bindings for s in one["subjects"]} == {("firstresponder", "monitoring")}
