"""Prometheus' hash over the labels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.intake.fingerprint import fingerprint

LABELS = st.dictionaries(st.text(), st.text())


def plainly(labels: dict[str, str]) -> str:
    """FNV-1a 64 as it is defined, one byte at a time."""
    h = 0xCBF29CE484222325
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            h = ((h ^ byte) * 0x100000001B3) % 2**64
    return f"{h:016x}"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, 14695981039346656037),
        ({"name": "garland, briggs", "fear": "love is not enough"}, 5799056148416392346),
    ],
)
def test_it_is_prometheus_hash(labels: dict[str, str], expected: int) -> None:
    """The hash equals the values in Prometheus' own tests (prometheus/common, model/signature_test.go)."""
    assert fingerprint(labels) == f"{expected:016x}"


@given(LABELS)
def test_the_fast_way_is_the_plain_way(labels: dict[str, str]) -> None:
    """For any labels the hash is that of the plain definition, as 16 hex digits."""
    assert fingerprint(labels) == plainly(labels)
    assert len(fingerprint(labels)) == 16


@given(LABELS)
def test_the_order_of_labels_does_not_matter(labels: dict[str, str]) -> None:
    """The same labels in reverse order have the same hash."""
    assert fingerprint(dict(reversed(labels.items()))) == fingerprint(labels)


def test_where_a_value_ends_matters() -> None:
    """Text that moves from a name to its value, or to the next label, makes another hash."""
    assert len({fingerprint(each) for each in ({"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {"a": "", "b": "c"})}) == 4
