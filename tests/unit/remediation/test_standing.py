"""How a target stands towards an operation."""

from __future__ import annotations

from typing import Any

import msgspec

from firstresponder.model import PatchObject, PatchOp, TargetRef, Touched
from firstresponder.remediation.patch import apply
from firstresponder.remediation.standing import MOST, STAMP, Intended, differences, guarded, in_words, intended, is_ours, stamped

REF = TargetRef(kind="Deployment", name="api", namespace="shop", uid="u1")


def want(*ops: PatchOp, touched: Any = ()) -> Intended:
    """A change of that object."""
    return Intended(change=PatchObject(target=REF, ops=ops), touched=tuple(touched))


def obj(**spec: Any) -> Any:
    """The object."""
    return {"metadata": {"uid": "u1", "annotations": {}}, "spec": spec}


def test_a_touched_value_without_a_test_gets_one() -> None:
    """The gate tests the UID and every touched value, even if the action forgot; tested ones are not doubled."""
    add = PatchOp(op="replace", path="/spec/a", value=2)
    forgot = guarded(want(add, touched=[Touched(path="/spec/a", old=1, new=2)]))
    assert [(op.op, op.path, op.value) for op in forgot[:2]] == [("test", "/metadata/uid", "u1"), ("test", "/spec/a", 1)]
    above = PatchOp(op="test", path="/spec", value={"a": 1})
    assert [op.path for op in guarded(want(above, add, touched=[Touched(path="/spec/a", old=1, new=2)]))] == [
        "/metadata/uid",
        "/spec",
        "/spec/a",
    ]
    beside = PatchOp(op="test", path="/spec/ab", value=1)
    assert len(guarded(want(beside, add, touched=[Touched(path="/spec/abc", old=1, new=2)]))) == 4


def test_the_stamp_goes_on_the_object_itself() -> None:
    """The stamped change applies, with and without annotations, and the object is then known as ours."""
    change = want(PatchOp(op="add", path="/spec/a", value=2))
    for found in (obj(a=1), {"metadata": {"uid": "u1"}, "spec": {"a": 1}}):
        after = apply(found, stamped(change, found, "op-1").ops)
        assert after["metadata"]["annotations"] == {STAMP: "op-1"}
        assert is_ours(after, change, "op-1")
        assert not is_ours(after, change, "op-2")
        after["metadata"]["uid"] = "u2"
        assert not is_ours(after, change, "op-1")
    assert not is_ours(None, change, "op-1")


def test_differences_are_few_and_name_the_smallest_part() -> None:
    """A large value that differs in many places names some of them, by path, in short texts."""
    old = {f"k{number:02}": "x" * 300 for number in range(30)}
    found = obj(t=dict.fromkeys(old, "y"))
    named = differences(found, want(PatchOp(op="test", path="/spec/t", value=old)))
    assert len(named) == MOST
    assert named[0].path == "/spec/t/k00"
    assert len(named[0].expected) <= 80
    assert in_words(named[:1]) == f"/spec/t/k00: expected {named[0].expected}, got {named[0].got}"


def test_absence_is_a_difference_both_ways() -> None:
    """A key that is gone, one that came, and an object that is gone are all named."""
    change = want(PatchOp(op="test", path="/spec/t", value={"a": 1}), PatchOp(op="test", path="/spec/n", value=None))
    named = differences(obj(t={"b": 1}, n=3), change)
    assert [(one.path, one.expected, one.got) for one in named] == [
        ("/spec/t/a", "1", "(absent)"),
        ("/spec/t/b", "(absent)", "1"),
        ("/spec/n", "null", "3"),
    ]
    assert differences(None, change)[0].got == "no such object"
    assert differences(obj(t={"a": 1}), change) == ()


async def test_undo_goes_from_new_to_old(bench: Any) -> None:
    """The touched values of an undo are those of do, turned round; without an inverse there is nothing."""
    action = (await bench.plan()).action
    there, back = intended(action, "do"), intended(action, "undo")
    assert there is not None
    assert back is not None
    assert (back.touched[0].old, back.touched[0].new) == (there.touched[0].new, there.touched[0].old)
    assert intended(msgspec.structs.replace(action, undo=None), "undo") is None


def test_a_secret_that_one_value_gives_away_is_in_no_difference() -> None:
    """A variable's value is not shown where it stands bare in another value that differs."""
    old = {"env": [{"name": "DB_PASSWORD", "value": "s3cretS3cret"}]}
    named = differences(
        obj(t=old, run="connect s3cretS3cret twice", note="x"),
        want(
            PatchOp(op="test", path="/spec/run", value="connect s3cretS3cret"),
            PatchOp(op="test", path="/spec/t", value={"env": []}),
        ),
    )
    assert named[0].got == '"connect [redacted 1] twice"'
    assert "s3cret" not in str(named)
