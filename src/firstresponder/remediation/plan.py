"""Make a rung of a runbook concrete: read the target afresh, say what to do, preview it, record the way back.

Nothing is written here: a preview is a server-side dry run. The stamp that the gate puts on the object's own annotations
(`firstresponder.internal/operation`) is not part of the plan, and not of its diff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from firstresponder.errors import Forbidden, NotFound, PreconditionFailed
from firstresponder.model import Json, PatchObject, PatchOp, PlannedAction, Rung, TargetRef, Touched, digest
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.cluster_write import ClusterWrite
from firstresponder.remediation import catalog, diff, patch
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.words import said
from firstresponder.selectors import written

UID = "/metadata/uid"
MANY = 1000
"""Objects of one kind beside the target that are read."""


async def plan_action(  # noqa: PLR0917  # what, on what, by which ports, when: the order of the sentence
    rung: Rung,
    target_ref: TargetRef,
    facts: Mapping[str, Json],
    read: ClusterRead,
    write: ClusterWrite,
    at: datetime,
    redact: Callable[[Json], Json] | None = None,
) -> PlannedAction | CannotPlan:
    """Return the action fixed to the target as it is now, or why there is none.

    `facts` are the hypothesis's, `at` becomes any time that the change writes, `redact` is applied to what the diff shows
    (before this room's own redaction). A dry run that we are not permitted to make is a gap: `dry_run` says so, and the
    new values are then worked out here. One that the server refuses (a failed test, admission) is CannotPlan in its words.
    Raises Unreachable when the cluster does not answer, NotFound when no action has the rung's name.
    """
    action = catalog.by_id(rung.action)
    if target_ref.kind not in action.kinds:
        return CannotPlan(reason=f"{action.id} works on {', '.join(action.kinds)}; {target_ref} is none of these")
    seen = await _look(target_ref, action.reads, read)
    if isinstance(seen, CannotPlan):
        return seen
    ref, before, beside = seen
    draft = action.apply(before, beside, rung.params, facts, at)
    if isinstance(draft, CannotPlan):
        return draft
    previewed = await _preview(ref, before, draft, write)
    if isinstance(previewed, CannotPlan):
        return previewed
    after, dry_run = previewed
    touched = tuple(Touched(path=path, old=_value(before, path), new=_value(after, path)) for path in draft.touches)
    if all(patch.same(value.old, value.new) for value in touched):
        return CannotPlan(reason=f"the dry run shows that nothing would change in {target_ref}")
    return PlannedAction(
        action=action.id,
        target=ref,
        tier=action.tier,
        title=draft.title,
        summary=draft.summary,
        why=rung.why,
        do=PatchObject(target=ref, ops=draft.ops),
        undo=action.undo(ref, before, after),
        touched=touched,
        generation=before["metadata"].get("generation", 0),
        template_hash=_template_hash(before),
        probes=action.probes(ref, before, after),
        diff=diff.unified(before, after, redact),
        dry_run=dry_run,
        undo_on=rung.undo_on,
        undo_note=draft.undo_note,
        always_asks=action.always_asks,
    )


async def _look(target: TargetRef, reads: Sequence[str], read: ClusterRead) -> tuple[TargetRef, Json, list[Json]] | CannotPlan:
    """Read the target, what it controls and what else the action must see; the reference has the UID that it has now."""
    try:
        before = await read.get(target.kind, target.namespace, target.name)
        beside = await controlled(before, read) if target.kind == "Deployment" else []
        for kind in reads:
            found = await read.list(kind, target.namespace, limit=MANY)
            if len(found) >= MANY:
                return CannotPlan(reason=f"there are {MANY} {kind}s or more: the one that matters may not be among those read")
            beside += found
    except NotFound:
        place = f" in namespace {target.namespace!r}" if target.namespace else ""
        return CannotPlan(reason=f"{target} does not exist{place} any more")
    except Forbidden as error:
        parts = [
            str(target),
            *(["its ReplicaSets"] if target.kind == "Deployment" else []),
            *(f"the {kind}s there" for kind in reads),
        ]
        what = " or ".join(parts)
        return CannotPlan(reason=f"{what} may not be read: {said(error)}")
    ref = msgspec.structs.replace(target, uid=before["metadata"]["uid"], api_version=before["apiVersion"])
    if target.uid not in {"", ref.uid}:
        return CannotPlan(reason=f"{target} was replaced: its UID is {ref.uid}, expected {target.uid}")
    return ref, before, beside


async def _preview(ref: TargetRef, before: Json, draft: Draft, write: ClusterWrite) -> tuple[Json, str] | CannotPlan:
    """Return the object as it would be stored, and "ok" or why the server did not say so."""
    try:
        after = await write.preview(PatchObject(target=ref, ops=(PatchOp(op="test", path=UID, value=ref.uid), *draft.ops)))
    except Forbidden as error:
        return patch.apply(before, draft.ops), f"not permitted: {said(error, draft.ops)}"
    except PreconditionFailed as error:
        return CannotPlan(reason=f"the API server refused the dry run: {said(error, draft.ops)}")
    except NotFound:
        return CannotPlan(reason=f"{ref} went away while it was planned for")
    return after, "ok"


def _template_hash(before: Json) -> str:
    """What binds the pods that a change rolls; a kind without a pod template is bound by its UID and the touched values."""
    template = (before.get("spec") or {}).get("template")
    return digest(template) if template is not None else ""


def _value(document: Json, path: str) -> Json:
    """The value at a path; absent is null, as in a `test`."""
    value = patch.look_up(document, path)
    return None if isinstance(value, patch.Absent) else value


async def controlled(deployment: Json, read: ClusterRead) -> list[Json]:
    """Return the ReplicaSets that a Deployment controls, found by UID; the selector only narrows what is listed."""
    uid, namespace = deployment["metadata"]["uid"], deployment["metadata"].get("namespace", "")
    listed = await read.list("ReplicaSet", namespace, labels=written(deployment["spec"].get("selector")))
    return [
        item
        for item in listed
        if any(owner.get("controller") and owner.get("uid") == uid for owner in item["metadata"].get("ownerReferences") or ())
    ]
