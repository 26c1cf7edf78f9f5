"""JSON patch and pointer on plain values."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.errors import BadInput, PreconditionFailed
from firstresponder.model import PatchOp, canonical
from firstresponder.remediation.patch import ABSENT, Unmet, apply, escape, holds, look_up, pointer, same, short, stored, tokens

values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def op(kind: Any, path: str, value: Any = None) -> PatchOp:
    """One operation."""
    return PatchOp(op=kind, path=path, value=value)


@given(st.lists(st.text(max_size=6), max_size=5))
def test_a_pointer_and_its_keys_are_one_to_one(keys: list[str]) -> None:
    """Splitting what was joined gives the same keys, whatever characters they hold."""
    assert tokens(pointer(*keys)) == keys


@given(st.dictionaries(st.text(max_size=4), values, max_size=4), st.text(max_size=4), values)
def test_an_added_key_is_there_and_its_removal_restores(document: dict[str, Any], key: str, value: Any) -> None:
    """Add, test and remove of a new key leave the document as it was; the input is never changed."""
    kept = copy.deepcopy(document)
    path = pointer(key)
    added = apply(document, [op("add", path, value), op("test", path, value)])
    assert same(look_up(added, path), value)
    if key not in document:
        assert same(apply(added, [op("remove", path)]), document)
    assert same(document, kept)


@given(values, values)
def test_a_test_passes_exactly_for_the_same_value(one: Any, other: Any) -> None:
    """`test` on the whole document passes if and only if the values are the same."""
    if same(one, other):
        assert same(apply(one, [op("test", "", other)]), one)
    else:
        with pytest.raises(Unmet):
            apply(one, [op("test", "", other)])


@given(values, values)
def test_sameness_is_that_of_json(one: Any, other: Any) -> None:
    """Two values are the same exactly when their canonical JSON is."""
    assert same(one, other) == (canonical(one) == canonical(other))


@given(values, values)
def test_replace_and_its_inverse_restore(one: Any, other: Any) -> None:
    """The shape of every rollback: test old, replace by new; then test new, replace by old."""
    before = {"spec": {"template": one}}
    there = [op("test", "/spec/template", one), op("replace", "/spec/template", other)]
    back = [op("test", "/spec/template", other), op("replace", "/spec/template", one)]
    assert same(apply(apply(before, there), back), before)


def test_all_or_nothing() -> None:
    """A later operation that fails leaves nothing of the earlier ones."""
    document = {"a": 1}
    with pytest.raises(Unmet):
        apply(document, [op("replace", "/a", 2), op("test", "/a", 1)])
    assert document == {"a": 1}


@pytest.mark.parametrize(
    ("document", "ops", "result"),
    [
        ({"a": [1, 2]}, [op("add", "/a/1", 9)], {"a": [1, 9, 2]}),
        ({"a": [1]}, [op("add", "/a/-", 9)], {"a": [1, 9]}),
        ({"a": [1, 2]}, [op("remove", "/a/0")], {"a": [2]}),
        ({"a": [1, 2]}, [op("replace", "/a/1", 3)], {"a": [1, 3]}),
        ({"a/b": 1, "m~n": 2}, [op("test", "/a~1b", 1), op("test", "/m~0n", 2)], {"a/b": 1, "m~n": 2}),
        ({"a": 1}, [op("replace", "", [1])], [1]),
        ({"": 1}, [op("test", "/", 1)], {"": 1}),
        ({"a": {}}, [op("test", "/a/b", None), op("add", "/a/b", 1)], {"a": {"b": 1}}),
        ({"a": None}, [op("test", "/a", None)], {"a": None}),
    ],
)
def test_what_the_rfc_says(document: Any, ops: list[PatchOp], result: Any) -> None:
    """Arrays, escapes, the whole document, and null on an absent key, as RFC 6902 and the API server have it."""
    assert apply(document, ops) == result


@pytest.mark.parametrize(
    ("document", "bad"),
    [
        ({"a": 1}, op("test", "/a", 2)),
        ({"a": True}, op("test", "/a", 1)),
        ({"a": 1}, op("test", "/b", 1)),
        ({}, op("test", "/a/b", None)),
        ({"a": {"b": 1}}, op("test", "/a", None)),
        ({}, op("add", "/a/b", 1)),
        ({}, op("replace", "/a", 1)),
        ({}, op("remove", "/a")),
        ({}, op("remove", "")),
        ({"a": [1]}, op("add", "/a/2", 1)),
        ({"a": [1]}, op("replace", "/a/01", 1)),
        ({"a": [1]}, op("replace", "/a/-", 1)),
        ({"a": [1]}, op("remove", "/a/1")),
        ({"a": [1]}, op("remove", "/a/-1")),
        ({"a": "x"}, op("add", "/a/0", 1)),
        ({"a": []}, op("remove", "/a/0")),
    ],
)
def test_what_does_not_fit_is_unmet_and_named(document: Any, bad: PatchOp) -> None:
    """Each misfit is an Unmet, which is a PreconditionFailed, and carries the path."""
    with pytest.raises(Unmet) as caught:
        apply(document, [bad])
    assert caught.value.path == bad.path
    assert isinstance(caught.value, PreconditionFailed)


def test_unmet_says_what_was_expected_and_got() -> None:
    """The message is for a person."""
    with pytest.raises(Unmet, match=r"/a: expected 2, got 1"):
        apply({"a": 1}, [op("test", "/a", 2)])
    with pytest.raises(Unmet, match=r"/b: expected 2, got \(absent\)"):
        apply({"a": 1}, [op("test", "/b", 2)])


def test_a_pointer_without_its_slash_is_bad_input() -> None:
    """A path that is no pointer is a mistake in our own code, not a difference in the cluster."""
    with pytest.raises(BadInput, match="begins with '/'"):
        look_up({"a": 1}, "a")


def test_small_things() -> None:
    """Escapes are in the right order, absent is not null, and long values are shown short."""
    assert escape("a/b~c") == "a~1b~0c"
    assert look_up({"a": None}, "/a") is None
    assert look_up({"a": None}, "/b") is ABSENT
    assert look_up([1], "/0") == 1
    assert not holds({"a": 1}, "/a", None)
    assert not same(None, ABSENT)
    assert len(short("x" * 500)) == 80


def test_what_is_stored_goes_one_generation_on_with_its_spec() -> None:
    """As an API server does: a change of the spec counts, one of annotations does not, and a failed test is its 422."""
    held: Any = {"metadata": {"generation": 5, "annotations": {}}, "spec": {"replicas": 3}}
    spec = PatchOp(op="replace", path="/spec/replicas", value=1)
    note = PatchOp(op="add", path="/metadata/annotations/a", value="b")
    assert stored(held, [spec, note])["metadata"] == {"generation": 6, "annotations": {"a": "b"}}
    assert stored(held, [note])["metadata"]["generation"] == 5
    with pytest.raises(PreconditionFailed, match="422"):
        stored(held, [PatchOp(op="test", path="/spec/replicas", value=9), spec])
    assert held["metadata"]["generation"] == 5
