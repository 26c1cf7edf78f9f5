"""A proposed value: what the `fix-*` and `raise-*` actions have in common.

The value is the diagnosis's, never ours: `facts["patch"]` is a list of RFC 6902 operations on the target. An action of this
kind only says which places it may touch; anything else in the patch is a reason to refuse. A person is always asked, and
sees the diff.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from firstresponder.model import SEALED, Change, Json, PatchObject, PatchOp, Permission, Probe, TargetRef, digest
from firstresponder.remediation import patch
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.kept import changes, is_plain, leaves, written
from firstresponder.remediation.rights import patching

Check = Callable[[str, Json, Json], str]
"""Asked for each changed leaf: (place, before, after; None is absent). Says why not; empty: it may be."""

TEMPLATE = "/spec/template/"
_ITEM = re.compile(r"(?P<list>/spec/template/spec/(?:containers|initContainers))/(?P<index>\d+)(?=/)")


class Proposal:
    """Change values at allowed places of one object, as the diagnosis says."""

    tier = 2
    irreversible = False
    always_asks = True
    reads: tuple[str, ...] = ()

    def __init__(
        self,
        id: str,  # noqa: A002  # as actions call it
        kinds: tuple[str, ...],
        places: str,
        what: str,
        check: Check = lambda path, old, new: "",  # noqa: ARG005  # nothing more to ask
    ) -> None:
        """`places` is a regular expression that the pointer of every changed leaf must match in full."""
        self.id, self.kinds, self.what = id, kinds, what
        self._places, self._check = re.compile(places), check

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read it and to patch it."""
        return patching(kind)

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],  # noqa: ARG002  # a value in a runbook would be a guess for every other object
        facts: Mapping[str, Json],
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Turn the diagnosis's patch into one with tests, leaf by leaf; refuse what it may not touch or cannot keep."""
        name = f"{target['kind']} {target['metadata']['name']}"
        given = facts.get("patch")
        if not isinstance(given, list) or not given:
            return CannotPlan(reason=f"the diagnosis of {name} names no value for {self.what}, and none is invented")
        try:
            asked = [_step(each, target) for each in given]
        except Unfit as error:
            return CannotPlan(reason=f"the proposed change of {name} cannot be made: {error}")
        steps = [step for step in asked if step.op != "test"]
        if why := self._against(target, steps, beside):
            return CannotPlan(reason=f"the proposed change of {name} is not {self.id}'s to make: {why}")
        ops = tuple(op for step in steps for op in _tested(target, step))
        after = patch.apply(target, ops)
        back = self._back(target, after)
        return Draft(
            ops=(*_names(target, steps), *ops),
            touches=tuple(step.path for step in steps),
            title=self.id.replace("-", " ").capitalize(),
            summary=f"Change {self.what} of {name}",
            undo_note="puts the earlier value back" if back else "none: the earlier value may be a secret and is not kept",
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the earlier values back where the new ones still stand; None where an earlier one may not be kept."""
        ops = self._back(before, after)
        return PatchObject(target=ref, ops=ops) if ops else None

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:
        """A workload must roll out well; any other object must keep the value."""
        if "template" in (before.get("spec") or {}):
            return (Probe(kind="rollout", target=ref),)
        values = [[path, _named(path, new), _named(path, old)] for path, old, new in self._changed(before, after)]
        return (Probe(kind="stored", target=ref, params={"values": values}),)

    def _against(self, target: Json, steps: Sequence[PatchOp], beside: Sequence[Json]) -> str:
        """Why the steps may not be: a place that is not ours, a value that cannot be kept, or what the check says."""
        if not steps:
            return "it changes nothing"
        paths = [step.path for step in steps]
        if any(one != other and (one + "/").startswith(other + "/") for one in paths for other in paths) or len(set(paths)) < len(
            paths
        ):
            return "its operations overlap"
        for step in steps:
            if why := self._misplaced(target, step, beside):
                return why
        after = patch.apply(target, [op for step in steps for op in _tested(target, step)])
        found = [row for path, old, new in changes(target, after) for row in _rows(path, old, new)]
        return next(filter(None, (self._check(*row) for row in found)), "") if found else "it changes nothing"

    def _misplaced(self, target: Json, step: PatchOp, beside: Sequence[Json]) -> str:
        """Why one step may not be."""
        if bad := [path for path, _ in _leaves(target, step) if not self._places.fullmatch(path)]:
            return f"{bad[0]} is not one of its places"
        if step.op != "remove" and (bad := [p for p, value in leaves(step.path, step.value) if not _kept(p, value, beside)]):
            return f"the value at {bad[0]} is long or may be a secret, and no earlier revision holds it: a person writes it"
        return ""

    def _changed(self, before: Json, after: Json) -> Iterator[tuple[str, Json | patch.Absent, Json | patch.Absent]]:
        """What differs at our places; what the server added elsewhere is not ours to take back."""
        for path, old, new in changes(before, after):
            there = new if isinstance(old, patch.Absent) else old
            if all(self._places.fullmatch(place) for place, _ in leaves(path, there)):
                yield path, old, new

    def _back(self, before: Json, after: Json) -> tuple[PatchOp, ...]:
        """The inverse, later list items first; empty where a value may not be kept."""
        ops: list[PatchOp] = []
        for path, old, new in reversed(list(self._changed(before, after))):
            if isinstance(old, patch.Absent):
                ops += [PatchOp(op="test", path=path, value=new), PatchOp(op="remove", path=path)]
                continue
            if not all(is_plain(place, value) or _revisions_hold(before, place) for place, value in leaves(path, old)):
                return ()
            if isinstance(new, patch.Absent):
                ops += written(path, old)
            else:
                ops += [PatchOp(op="test", path=path, value=new), *written(path, old, "replace")]
        return tuple(ops)


class Unfit(Exception):
    """A patch that cannot be used; never leaves this room."""


def _step(given: Json, target: Json) -> PatchOp:
    """Read one operation of the diagnosis's patch. Raises Unfit."""
    if not isinstance(given, dict) or given.get("op") not in {"test", "add", "replace", "remove"}:
        raise Unfit(f"expected an operation with op add, replace, remove or test, got {patch.short(given)}")
    path = given.get("path")
    if not isinstance(path, str) or not path.startswith("/spec/"):
        raise Unfit(f"expected a path in /spec, got {patch.short(path)}")
    op = PatchOp(op=given["op"], path=path, value=given.get("value"))
    above, _, last = path.rpartition("/")
    parent, old = patch.look_up(target, above), patch.look_up(target, path)
    if op.op == "test":
        if not patch.holds(target, path, op.value):
            raise Unfit(f"{path} is no longer what the diagnosis saw")
        return op
    if isinstance(parent, list) and op.op == "add" and last in {"-", str(len(parent))}:
        return PatchOp(op="add", path=f"{above}/{len(parent)}", value=op.value)
    if isinstance(parent, list) and (op.op != "replace" or isinstance(old, patch.Absent)):
        raise Unfit(f"{path}: an item of a list is replaced or added at its end, nothing else")
    if not isinstance(parent, dict | list) or (op.op != "add" and isinstance(old, patch.Absent)):
        raise Unfit(f"there is nothing at {path if isinstance(parent, dict | list) else above} to {op.op}")
    return op


def _tested(target: Json, step: PatchOp) -> Iterator[PatchOp]:
    """The step with a test on what stands there; for a new item of a list, on the whole list."""
    above = step.path.rpartition("/")[0]
    parent, old = patch.look_up(target, above), patch.look_up(target, step.path)
    if isinstance(parent, list) and isinstance(old, patch.Absent):
        yield PatchOp(op="test", path=above, value=parent)
    else:
        yield PatchOp(op="test", path=step.path, value=None if isinstance(old, patch.Absent) else old)
    if step.op == "remove":
        yield PatchOp(op="remove", path=step.path)
    elif isinstance(old, patch.Absent):
        yield from written(step.path, step.value)
    else:
        yield from written(step.path, step.value, "replace")


def _names(target: Json, steps: Sequence[PatchOp]) -> Iterator[PatchOp]:
    """A container is meant by its name: its index must still be its own."""
    for item in sorted({match[0] for step in steps if (match := _ITEM.match(step.path))}):
        yield PatchOp(op="test", path=f"{item}/name", value=patch.look_up(target, f"{item}/name"))


def _leaves(target: Json, step: PatchOp) -> Iterator[tuple[str, Json]]:
    """Every leaf that a step writes or takes away."""
    old = patch.look_up(target, step.path)
    if not isinstance(old, patch.Absent):
        yield from leaves(step.path, old)
    if step.op != "remove":
        yield from leaves(step.path, step.value)


def _rows(path: str, old: Json | patch.Absent, new: Json | patch.Absent) -> Iterator[tuple[str, Json, Json]]:
    """A change as rows of leaves: (place, before, after)."""
    sides = [dict(leaves(path, side)) if not isinstance(side, patch.Absent) else {} for side in (old, new)]
    for place in sorted(sides[0].keys() | sides[1].keys()):
        yield place, sides[0].get(place), sides[1].get(place)


def _kept(path: str, value: Json, beside: Sequence[Json]) -> bool:
    """Whether a stored plan can hold the value: as it is, or by its digest because a kept revision has it at that place."""
    if is_plain(path, value):
        return True
    return path.startswith(TEMPLATE) and any(patch.same(patch.look_up(revision, path), value) for revision in beside)


def _revisions_hold(before: Json, path: str) -> bool:
    """Whether the replaced template stays in the cluster: a Deployment's does, as a revision."""
    history = (before.get("spec") or {}).get("revisionHistoryLimit")
    return before.get("kind") == "Deployment" and path.startswith(TEMPLATE) and history != 0


def _named(path: str, value: Json | patch.Absent) -> Json:
    """A value in a probe: as it is, or by its digest."""
    if isinstance(value, patch.Absent):
        return None
    return value if not isinstance(value, dict | list) and is_plain(path, value) else {SEALED: digest(value)}
