"""Setting one container's image."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from firstresponder.model import Json, TargetRef
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.actions.fix_image import FixImage
from firstresponder.remediation.patch import Unmet, apply

AT = datetime(2026, 3, 10, tzinfo=UTC)
ACTION = FixImage()
DIGEST = "sha256:" + "a" * 64


def workload(*names: str, **images: str) -> Json:
    """A Deployment with these containers, `app` with i:broken."""
    containers = [{"name": name, "image": images.get(name, "i:broken")} for name in names or ("app",)]
    spec = {"containers": containers, "initContainers": [{"name": "init", "image": "init:1"}] if len(names) > 1 else []}
    return {"kind": "Deployment", "metadata": {"name": "api"}, "spec": {"template": {"spec": spec}}}


def ask(target: Json, facts: Json = None, **params: Json) -> Any:
    """Ask the action."""
    return ACTION.apply(target, [], params, facts or {}, AT)


def test_only_the_failing_container_changes() -> None:
    """The named container gets the image; the others, init containers too, keep theirs, and undo restores exactly."""
    before = workload("app", "mesh")
    made = ask(before, {"container": "app", "good_image": "i:good"})
    after = apply(before, made.ops)
    images = {
        each["name"]: each["image"]
        for kind in ("containers", "initContainers")
        for each in after["spec"]["template"]["spec"][kind]
    }
    assert images == {"app": "i:good", "mesh": "i:broken", "init": "init:1"}
    assert made.summary == "Change the image of container app of Deployment api from i:broken to i:good"
    undo = ACTION.undo(TargetRef(kind="Deployment", name="api"), before, after)
    assert undo is not None
    assert apply(after, undo.ops) == before


def test_an_init_container_can_be_the_failing_one() -> None:
    """The name is looked for among all of them."""
    after = apply(workload("app", "mesh"), ask(workload("app", "mesh"), container="init", image="init:2").ops)
    assert after["spec"]["template"]["spec"]["initContainers"][0]["image"] == "init:2"


@pytest.mark.parametrize("image", ["i:1", "reg:5000/a/b_c:v1.2-x", f"reg.example.com/a@{DIGEST}", f"a:latest@{DIGEST}"])
def test_references_that_say_which_image_are_set(image: str) -> None:
    """A tag other than latest, or a digest."""
    assert apply(workload(), ask(workload(), image=image).ops)["spec"]["template"]["spec"]["containers"][0]["image"] == image


@pytest.mark.parametrize(
    "image",
    ["i", "i:latest", "reg:5000/i", "i:", "i:1 ", "I:1", "-i:1", "i@sha256:abc", "i:1\n", "http://i:1", "a" * 300 + ":1", ""],
)
def test_latest_and_nonsense_are_refused(image: str) -> None:
    """Without tag, with latest, or no reference at all: a reason, whichever it is."""
    refused = ask(workload(), image=image)
    assert isinstance(refused, CannotPlan)
    assert "latest is never set" in refused.reason or "no image reference" in refused.reason


@pytest.mark.parametrize(
    ("target", "facts", "params", "word"),
    [
        (workload(), {}, {}, "none is guessed"),
        (workload(), {"image": "i:1"}, {}, "none is guessed"),  # that is the image that fails
        (workload("app", "mesh"), {"good_image": "i:1"}, {}, "which of them fails is not known"),
        (workload("app", "mesh"), {"container": "web", "good_image": "i:1"}, {}, "has no container web"),
        (workload("app", "mesh"), {"container": "app"}, {"container": "mesh", "image": "i:1"}, "the one that fails is app"),
        (workload(app="i:1"), {"good_image": "i:1"}, {}, "has the image i:1 already"),
    ],
)
def test_it_refuses_with_the_reason(target: Json, facts: Json, params: Any, word: str) -> None:
    """Unknown image, unknown or another container, nothing to change."""
    refused = ask(target, facts, **params)
    assert isinstance(refused, CannotPlan)
    assert word in refused.reason


def test_a_container_that_moved_fails_the_test() -> None:
    """The patch is bound to the container's name and its old image."""
    ops = ask(workload("app", "mesh"), container="app", image="i:1").ops
    for other in (workload("mesh", "app"), workload("app", "mesh", app="i:hotfix")):
        with pytest.raises(Unmet):
            apply(other, ops)
    assert ACTION.always_asks
