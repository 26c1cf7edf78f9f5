"""What people read before they approve."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firstresponder.model import Json, canonical
from firstresponder.remediation.diff import unified

plain = st.recursive(
    st.integers(0, 9) | st.sampled_from(["", "x", "a: b", "- c", "true", "two\nlines", "1"]) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=10,
)


def obj(spec: Json, **metadata: Json) -> Json:
    """An object."""
    return {"kind": "X", "metadata": {"name": "x", **metadata}, "spec": spec}


@given(plain, plain)
def test_a_diff_is_empty_exactly_for_equal_specs(one: Json, other: Json) -> None:
    """No change is hidden and none is invented, whatever the shapes (text and number that look alike included)."""
    assert (unified(obj({"v": one}), obj({"v": other})) == "") == (canonical(one) == canonical(other))


def test_only_changed_parts_are_shown_under_their_path() -> None:
    """A change deep in a list is shown with its neighbours, under the path that names the container."""
    containers = [{"name": "a", "image": "i:1"}, {"name": "b", "image": "j:1"}]
    far = {f"k{number}": number for number in range(20)}
    changed = [containers[0], {"name": "b", "image": "j:2"}]
    text = unified(obj({"containers": containers, "z": far}), obj({"containers": changed, "z": far}))
    assert text.splitlines()[0] == "@@ spec.containers[b].image @@"
    assert "-    - image: j:1" in text
    assert "+    - image: j:2" in text
    assert "k19" not in text


def test_bookkeeping_and_status_are_left_out() -> None:
    """What the server counts up by itself is no change."""
    before, after = obj({}, generation=1, managedFields=[1]), obj({}, generation=2, managedFields=[2])
    assert unified({**before, "status": 1}, {**after, "status": 2}) == ""


def test_a_redaction_that_is_handed_in_comes_first() -> None:
    """The caller's redaction is applied to both sides."""
    assert unified(obj({"v": 1}), obj({"v": 2}), lambda _: obj({"v": "gone"})) == ""
