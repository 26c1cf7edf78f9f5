"""What a runbook may say."""

from __future__ import annotations

import msgspec

from firstresponder.config import Seconds, Verification
from firstresponder.model import Rung
from firstresponder.runbooks.schema import Proof, Step


def test_every_setting_of_verification_can_be_overridden() -> None:
    """A runbook can set exactly the fields that the configuration has for verification."""
    fields = {each.name for each in msgspec.structs.fields(Proof)}
    assert fields == {each.name for each in msgspec.structs.fields(Verification)}


def test_an_override_replaces_only_what_it_names() -> None:
    """What the runbook leaves out stays as configured."""
    base = Verification(interval=Seconds(7))
    assert Proof().over(base) == base
    assert Proof(timeout=Seconds(60)).over(base) == Verification(interval=Seconds(7), timeout=Seconds(60))


def test_a_step_is_a_rung() -> None:
    """Everything that a step says is in its rung."""
    step = Step(action="restart-workload", params={"a": 1}, undo_on="failed", why="because")
    assert step.rung() == Rung(action="restart-workload", params={"a": 1}, undo_on="failed", why="because")
