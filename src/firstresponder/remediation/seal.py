"""A plan on disk holds no values that may be secret: whole objects are named by their digest, and found again later.

A rollback writes a whole pod template, and a template may hold a password in its environment. The cluster itself keeps
both templates (in the Deployment and in its ReplicaSets), so the plan keeps their SHA-256 and `unseal` looks them up when
it is time to write. A value that is nowhere any more cannot be unsealed: then the world has changed, and one asks anew.
Digests of plans are always taken of the sealed form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from firstresponder.errors import FirstresponderError
from firstresponder.model import SEALED, Change, Json, PlannedAction, TargetRef, digest, is_sealed
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.redaction import Redactor
from firstresponder.remediation import patch, template
from firstresponder.remediation.kept import is_plain
from firstresponder.remediation.plan import controlled

TEXTS = ("summary", "why", "diff", "dry_run", "undo_note")
"""What of an action is for people."""


class CannotUnseal(FirstresponderError):
    """A value that the plan names by its digest is nowhere in the cluster any more."""


def seal(action: PlannedAction) -> PlannedAction:
    """Return the action with every object, list, long or secret-looking value replaced by its digest. Idempotent.

    What the values give away is taken out of the texts that people read as well.
    """
    redactor = Redactor()
    changes = [action.do, *([action.undo] if action.undo else [])]
    for path, value in _named(action, changes):
        redactor.at(path, value)
    return replace(
        action,
        do=_sealed(action.do),
        undo=_sealed(action.undo) if action.undo else None,
        touched=tuple(replace(one, old=_seal(one.path, one.old), new=_seal(one.path, one.new)) for one in action.touched),
        **{name: redactor.forget(redactor.text(getattr(action, name))) for name in TEXTS},
    )


async def unseal(action: PlannedAction, direction: Literal["do", "undo"], read: ClusterRead) -> PlannedAction:
    """Return the action with what this direction writes and tests, found in the target as it is and in its ReplicaSets.

    The values that it leads to stay sealed: nobody needs them, and where admission rewrites templates they exist only
    afterwards. Raises CannotUnseal, and what reading the cluster raises.
    """
    change = action.do if direction == "do" else action.undo
    if change is None:
        return action
    from_side = "old" if direction == "do" else "new"
    needed = [op.value for op in change.ops] + [getattr(value, from_side) for value in action.touched]
    wanted = {value[SEALED] for value in needed if is_sealed(value)}
    if not wanted:
        return action
    found = {digest(value): value for value in await _values(action, read)}
    if missing := wanted - found.keys():
        raise CannotUnseal(f"{action.target} and its ReplicaSets no longer hold {len(missing)} of the values that were planned")
    opened = replace(change, ops=tuple(replace(op, value=_open(op.value, found)) for op in change.ops))
    touched = tuple(replace(value, **{from_side: _open(getattr(value, from_side), found)}) for value in action.touched)
    return replace(action, touched=touched, **{direction: opened})


def _named(action: PlannedAction, changes: list[Change]) -> list[tuple[str, Json]]:
    """Every value that the action holds, with its place."""
    ops = [(op.path, op.value) for change in changes for op in change.ops]
    return ops + [(one.path, value) for one in action.touched for value in (one.old, one.new)]


def _seal(path: str, value: Json) -> Json:
    return value if is_sealed(value) or is_plain(path, value) else {SEALED: digest(value)}


def _open(value: Json, found: Mapping[str, Json]) -> Json:
    return found[value[SEALED]] if is_sealed(value) else value


def _sealed(change: Change) -> Change:
    return replace(change, ops=tuple(replace(op, value=_seal(op.path, op.value)) for op in change.ops))


async def _values(action: PlannedAction, read: ClusterRead) -> list[Json]:
    """Every value that the plan may mean: at its own paths in the target and in each revision, and each revision's template."""
    target: TargetRef = action.target
    live = await read.get(target.kind, target.namespace, target.name)
    changes = [action.do, *([action.undo] if action.undo else [])]
    paths = {op.path for change in changes for op in change.ops} | {value.path for value in action.touched}
    revisions = [template.of_revision(item) for item in await controlled(live, read)] if target.kind == "Deployment" else []
    holders = [live, *({"spec": {"template": each}} for each in revisions)]
    found = [value for obj in holders for path in paths if not isinstance(value := patch.look_up(obj, path), patch.Absent)]
    return [*found, *revisions]
