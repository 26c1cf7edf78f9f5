"""How a target stands towards an operation, and the exact change that the operation applies: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from firstresponder.model import Change, Json, Noun, PatchObject, PatchOp, PlannedAction, Touched
from firstresponder.redaction import Redactor
from firstresponder.remediation import patch
from firstresponder.remediation.result import Difference

STAMP = "firstresponder.internal/operation"
"""The annotation on the object itself that carries the id of the last operation; never on a pod template."""

UID = "/metadata/uid"
ANNOTATIONS = "/metadata/annotations"
MOST = 8  # differences that are named; more would not be read


class Intended(Noun, frozen=True, kw_only=True):
    """One direction of a planned action: the change, and the values it goes from (`old`) and to (`new`)."""

    change: Change
    touched: tuple[Touched, ...]


def intended(action: PlannedAction, direction: Literal["do", "undo"]) -> Intended | None:
    """Return what is to be done in this direction, or None where there is no inverse."""
    if direction == "do":
        return Intended(change=action.do, touched=action.touched)
    if action.undo is None:
        return None
    back = tuple(Touched(path=value.path, old=value.new, new=value.old) for value in action.touched)
    return Intended(change=action.undo, touched=back)


def guarded(want: Intended) -> tuple[PatchOp, ...]:
    """The tests and operations without the stamp: the UID, then a test at or above every touched path, then the change."""
    tested = [op.path for op in want.change.ops if op.op == "test"]
    missing = [
        PatchOp(op="test", path=value.path, value=value.old)
        for value in want.touched
        if not any(value.path == path or value.path.startswith(path + "/") for path in tested)
    ]
    return (PatchOp(op="test", path=UID, value=want.change.target.uid), *missing, *want.change.ops)


def stamped(want: Intended, found: Json, operation: str) -> Change:
    """The change as it is sent. An absent annotations map is tested to be absent, so that nobody's is overwritten.

    A change that makes the map itself has that test too.
    """
    made = any(op.op == "add" and op.path == ANNOTATIONS for op in want.change.ops)
    if made or isinstance(found["metadata"].get("annotations"), dict):
        stamp: tuple[PatchOp, ...] = (PatchOp(op="add", path=f"{ANNOTATIONS}/{patch.escape(STAMP)}", value=operation),)
    else:
        stamp = (
            PatchOp(op="test", path=ANNOTATIONS, value=None),
            PatchOp(op="add", path=ANNOTATIONS, value={STAMP: operation}),
        )
    return PatchObject(target=want.change.target, ops=(*guarded(want), *stamp))


def is_ours(found: Json | None, want: Intended, operation: str) -> bool:
    """Whether the object is the one that was planned for and carries this operation's id."""
    if found is None:
        return False
    metadata = found["metadata"]
    return metadata.get("uid") == want.change.target.uid and (metadata.get("annotations") or {}).get(STAMP) == operation


def differences(found: Json | None, want: Intended) -> tuple[Difference, ...]:
    """What is not as it was planned for; empty: the change fits. Secrets are not shown."""
    target = want.change.target
    if found is None:
        return (Difference(path="", expected=f"{target} with UID {target.uid}", got="no such object"),)
    redactor = Redactor(numbered=True)
    unmet = [op for op in guarded(want) if op.op == "test" and not patch.holds(found, op.path, op.value)]
    # All of it is read before any of it is shown: what one place gives away is taken out of the others.
    seen = [(op.path, redactor.at(op.path, op.value), _clean(redactor, op.path, patch.look_up(found, op.path))) for op in unmet]
    out: list[Difference] = []
    for path, expected, got in seen:
        out += _drill(redactor.forget(expected), redactor.forget(got), path)
    return tuple(out[:MOST])


def in_words(differences: Sequence[Difference]) -> str:
    """One line for a person."""
    return "; ".join(f"{one.path or 'the object'}: expected {one.expected}, got {one.got}" for one in differences)


def _clean(redactor: Redactor, path: str, value: Json | patch.Absent) -> Json | patch.Absent:
    return value if isinstance(value, patch.Absent) else redactor.at(path, value)


def _drill(expected: Json, got: Json | patch.Absent, path: str) -> Iterator[Difference]:
    """Name the smallest parts that differ."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted(expected.keys() | got.keys()):
            here, there = expected.get(key, patch.ABSENT), got.get(key, patch.ABSENT)
            if not patch.same(here, there):
                yield from _drill(here, there, f"{path}/{patch.escape(key)}")
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (here, there) in enumerate(zip(expected, got, strict=True)):
            if not patch.same(here, there):
                yield from _drill(here, there, f"{path}/{index}")
    else:
        yield Difference(path=path, expected=patch.short(expected), got=patch.short(got))
