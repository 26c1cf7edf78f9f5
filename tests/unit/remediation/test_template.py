"""A revision's template, as the Deployment holds it."""

from __future__ import annotations

import copy

import pytest

from firstresponder.model import Json
from firstresponder.remediation.template import HASH_LABEL, of_revision


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ({"metadata": {"labels": {"app": "a", HASH_LABEL: "x"}}, "spec": {}}, {"metadata": {"labels": {"app": "a"}}, "spec": {}}),
        ({"metadata": {"labels": {HASH_LABEL: "x"}, "annotations": {"a": "b"}}}, {"metadata": {"annotations": {"a": "b"}}}),
        ({"metadata": {"labels": {"app": "a"}}}, {"metadata": {"labels": {"app": "a"}}}),
        ({"metadata": {"labels": None}}, {"metadata": {"labels": None}}),
        ({"metadata": None, "spec": {}}, {"metadata": None, "spec": {}}),
        ({"spec": {}}, {"spec": {}}),
    ],
)
def test_only_the_controllers_label_goes(held: Json, wanted: Json) -> None:
    """The hash label is left out, all else stays, and the ReplicaSet that was read is not changed."""
    replicaset = {"spec": {"template": held}}
    before = copy.deepcopy(replicaset)
    assert of_revision(replicaset) == wanted
    assert replicaset == before
