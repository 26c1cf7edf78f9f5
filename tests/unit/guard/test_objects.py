"""Reading the API server's JSON."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.guard.objects import controller, is_ready, label, wanted_replicas
from firstresponder.model import at_pointer

OBJECT = {"a": {"b/c": [{"d~e": 1}, None]}, "x": 0}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", OBJECT),
        ("/x", 0),
        ("/a/b~1c/0/d~0e", 1),
        ("/a/b~1c/1", None),
        ("/a/b~1c/2", None),
        ("/a/b~1c/-1", None),
        ("/a/b~1c/x", None),
        ("/nothing/there", None),
        ("/x/y", None),
    ],
)
def test_a_pointer(pointer: str, value: Any) -> None:
    """A pointer finds its value by RFC 6901; where there is none, that is null and no error."""
    assert at_pointer(OBJECT, pointer) == value


def test_an_empty_object_has_defaults() -> None:
    """An object without metadata, spec and status is read without an error."""
    assert (label({}), controller({}), is_ready({}), wanted_replicas({})) == ("object ", None, False, 1)


def test_zero_replicas_are_zero() -> None:
    """Zero is not absent."""
    assert wanted_replicas({"spec": {"replicas": 0}}) == 0
