"""One yes or no in an object's spec, set and taken back: what cordoning a node and suspending a CronJob have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from firstresponder.model import Change, Json, PatchObject, PatchOp, Permission, Probe, TargetRef
from firstresponder.remediation.action import CannotPlan, Draft
from firstresponder.remediation.patch import pointer
from firstresponder.remediation.rights import patching


class Flag:
    """Set `spec.FIELD` of one kind. Tier 2: reversible, and others see it at once."""

    tier = 2
    irreversible = False
    always_asks = False
    reads: tuple[str, ...] = ()

    def __init__(self, id: str, kind: str, field: str, *, value: bool, verb: str, already: str, undo_note: str) -> None:  # noqa: A002  # as actions call it
        """`verb` begins the summary ("Cordon"), `already` is what is said where the field has that value."""
        self.id = id
        self.kinds = (kind,)
        self.path = pointer("spec", field)
        self._field, self._value, self._verb, self._already, self._note = field, value, verb, already, undo_note

    def needs(self, kind: str) -> tuple[Permission, ...]:
        """To read it and to patch it."""
        return patching(kind)

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],  # noqa: ARG002  # the flag is nobody else's
        params: Mapping[str, Json],  # noqa: ARG002  # nothing to choose
        facts: Mapping[str, Json],  # noqa: ARG002  # nothing to know
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Set it, with a test on what was there; absent is false."""
        name = f"{target['kind']} {target['metadata']['name']}"
        old = (target.get("spec") or {}).get(self._field)
        if bool(old) == self._value:
            return CannotPlan(reason=f"{name} is {self._already} already")
        return Draft(
            ops=(PatchOp(op="test", path=self.path, value=old), PatchOp(op="add", path=self.path, value=self._value)),
            touches=(self.path,),
            title=f"{self._verb} {target['kind'].lower()}",
            summary=f"{self._verb} {name}",
            undo_note=self._note,
        )

    def undo(self, ref: TargetRef, before: Json, after: Json) -> Change | None:
        """Put the earlier value back; what was absent is absent again."""
        new, old = ((obj.get("spec") or {}).get(self._field) for obj in (after, before))
        test = PatchOp(op="test", path=self.path, value=new)
        if new is None:  # a server leaves out what is false
            return PatchObject(target=ref, ops=(test, PatchOp(op="add", path=self.path, value=old)))
        again = PatchOp(op="remove", path=self.path) if old is None else PatchOp(op="add", path=self.path, value=old)
        return PatchObject(target=ref, ops=(test, again))

    def probes(self, ref: TargetRef, before: Json, after: Json) -> tuple[Probe, ...]:  # noqa: ARG002  # the flag says all
        """It is stored, and nobody sets it back."""
        kind: Literal["stored", "suspended"] = "suspended" if self._field == "suspend" else "stored"
        values = [[self.path, self._value, not self._value]]
        return (Probe(kind=kind, target=ref, params={"values": values}),)
