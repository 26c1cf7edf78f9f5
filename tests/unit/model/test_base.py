"""Nouns in many threads, and their digests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firstresponder import bootstrap
from firstresponder.model import SEALED, Incident, canonical, digest, is_sealed, means, settle

RACE = Path(__file__).with_name("race_process.py")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def test_settled_structs_can_be_decoded_by_many_threads_at_once() -> None:
    """A first decode in several threads ends the process unless the structs were settled before: then it never does."""
    done = subprocess.run([sys.executable, str(RACE), "settle"], check=False, timeout=120)
    assert done.returncode == 0


def test_every_struct_of_ours_is_settled_with_the_store() -> None:
    """What the composition root imports is among the settled ones, nouns and documents alike."""
    assert callable(bootstrap.build)
    names = {form.__name__ for form in settle()}
    assert {"Incident", "EvidenceSet", "Plan", "Baseline", "Ending", "Brief", "Outcome", "Head", "Settings"} <= names
    assert Incident in settle()


@given(VALUES, VALUES)
def test_equal_values_have_equal_digests(one: object, other: object) -> None:
    """A digest names a value: equal JSON, equal digest, and the other way round."""
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))


@given(VALUES)
def test_a_sealed_value_means_what_it_was_made_of(value: object) -> None:
    """The digest of a value stands for it, and for nothing else."""
    sealed = {SEALED: digest(value)}
    assert is_sealed(sealed)
    assert means(sealed, value)
    assert not means(sealed, [value])
    assert msgspec.json.decode(canonical(sealed)) == sealed
