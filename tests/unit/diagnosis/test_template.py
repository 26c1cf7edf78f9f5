"""What differs between two pod templates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firstresponder.diagnosis.template import differences, runs_alike
from firstresponder.testing.objects import container, template

NAMES = st.sampled_from(["A", "B", "C"])
ENV = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]), max_size=3)


@given(env=ENV, image=st.sampled_from(["app:v1", "app:v2"]))
def test_a_template_does_not_differ_from_itself(env: dict[str, str], image: str) -> None:
    """Equal templates have no differences."""
    assert differences(template(container(image=image, env=env)), template(container(image=image, env=env))) == []


@given(old=ENV, new=ENV)
def test_exactly_the_changed_variables_are_named(old: dict[str, str], new: dict[str, str]) -> None:
    """Each variable that was added, removed or changed is one difference, in whatever order they stand."""
    shuffled = dict(reversed(new.items()))
    found = differences(template(container(env=old)), template(container(env=shuffled)))
    assert {d.path[-1] for d in found} == {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert all(d.field == "env" and d.container == "app" for d in found)


def test_a_restart_is_no_difference() -> None:
    """The stamp of kubectl, another tool's stamp and the template's hash do not count."""
    before = template(annotations={"kubectl.kubernetes.io/restartedAt": "2026-03-01T00:00:00Z", "tool/deployed": "1767225600"})
    after = template(annotations={"kubectl.kubernetes.io/restartedAt": "2026-03-10T00:00:00Z", "tool/deployed": "1767999999"})
    after["metadata"]["labels"]["pod-template-hash"] = "abc"
    assert differences(before, after) == []


def test_annotations_leave_alone_what_runs() -> None:
    """A checksum annotation differs, but the containers run alike; an image does not."""
    found = differences(template(annotations={"checksum/config": "a"}), template(annotations={"checksum/config": "b"}))
    assert len(found) == 1
    assert runs_alike(found)
    assert not runs_alike(differences(template(container(image="a")), template(container(image="b"))))


def test_a_difference_reads_as_a_person_would_say_it() -> None:
    """The field, what it was and what it is."""
    (found,) = differences(template(container(env={"HOST": "a"})), template(container(env={"HOST": "b"})))
    assert str(found) == "env HOST: a → b"
    (found,) = differences(template(container(command=["a", "b"])), template(container()))
    assert str(found) == "command: a b → (none)"
