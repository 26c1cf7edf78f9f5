"""Another image for the one container that fails: `params` or the diagnosis name it; nothing is looked up here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from firstresponder.model import Change, Json, PatchObject, PatchOp, Permission, Probe, TargetRef
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.rights import patching

POD: Final = "/spec/template/spec"
LISTS: Final = ("containers", "initContainers")
REPOSITORY: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
TAG: Final = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
"""The parts of an image reference (github.com/distribution/reference); a bare name may hold `_` and `.` too."""
LONGEST: Final = 200


class FixImage:
    """Set the image of `params["container"]` (else the diagnosis's) to `params["image"]` (else its `good_image`)."""

    id = "fix-image"
    tier = 2
    irreversible = False
    always_asks = True
    reads: tuple[str, ...] = ()
    kinds = ("Deployment", "StatefulSet", "DaemonSet")

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read it and to patch it."""
        return patching(kind)

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],  # noqa: ARG002  # which image is good is known before
        params: Mapping[str, Json],
        facts: Mapping[str, Json],
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Replace one image, with a test on the container's name and on its old image."""
        name = f"{target['kind']} {target['metadata']['name']}"
        image = params.get("image", facts.get("good_image"))
        if not isinstance(image, str):
            return CannotPlan(reason=f"no good image for {name} is known, and none is guessed")
        if why := _unfit(image):
            return CannotPlan(reason=f"image {image[:LONGEST]} is not set on {name}: {why}")
        failing, wanted = facts.get("container"), params.get("container")
        if wanted is not None and failing is not None and wanted != failing:
            return CannotPlan(reason=f"the runbook names container {wanted} of {name}, and the one that fails is {failing}")
        found = _container(target, wanted if wanted is not None else failing)
        if isinstance(found, str):
            return CannotPlan(reason=f"{name} {found}")
        path, called, old = found
        if old == image:
            return CannotPlan(reason=f"container {called} of {name} has the image {image} already")
        return Draft(
            ops=(
                PatchOp(op="test", path=f"{path}/name", value=called),
                PatchOp(op="test", path=f"{path}/image", value=old),
                PatchOp(op="replace", path=f"{path}/image", value=image),
            ),
            touches=(f"{path}/image",),
            title=f"Fix image of {called}"[:40],
            summary=f"Change the image of container {called} of {name} from {old} to {image}",
            undo_note=f"puts the image {old} back",
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the earlier images back, where the new ones still stand."""
        ops: list[PatchOp] = []
        for kind in LISTS:
            pairs = zip(_all(before, kind), _all(after, kind), strict=False)
            for index, (old, new) in enumerate(pairs):
                if old.get("name") == new.get("name") and old.get("image") != new.get("image"):
                    path = f"{POD}/{kind}/{index}/image"
                    ops.append(PatchOp(op="test", path=path, value=new.get("image")))
                    ops.append(PatchOp(op="replace", path=path, value=old.get("image")))
        return PatchObject(target=ref, ops=tuple(ops)) if ops else None

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:  # noqa: ARG002  # it is the same for all
        """The rollout must become and stay healthy."""
        return (Probe(kind="rollout", target=ref),)


def _all(workload: Json, kind: str) -> list[Json]:
    return workload["spec"]["template"]["spec"].get(kind) or []


def _container(target: Json, name: Json) -> tuple[str, str, str] | str:
    """The place, name and image of the container, or why it is not known."""
    rows = [(f"{POD}/{kind}/{i}", each["name"], each["image"]) for kind in LISTS for i, each in enumerate(_all(target, kind))]
    if name is None and len(rows) == 1:
        return rows[0]
    if name is None:
        return f"has {len(rows)} containers, and which of them fails is not known"
    return next((row for row in rows if row[1] == name), f"has no container {name}")


def _unfit(image: str) -> str:
    """Why a reference is not one to set: `latest`, whether written or meant, is whatever somebody pushed last."""
    rest, at, digest = image.partition("@")
    head, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    repository = re.sub("_", "-", f"{head}{slash}{name}")
    whole = REPOSITORY.fullmatch(repository) and (not colon or TAG.fullmatch(tag)) and (not at or DIGEST.fullmatch(digest))
    if not whole or len(image) > LONGEST:
        return "it is no image reference"
    return "the tag latest is never set" if not digest and tag in {"", "latest"} else ""
