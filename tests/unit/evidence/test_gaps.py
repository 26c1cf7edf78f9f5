"""An error as a gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.errors import Forbidden, NotFound, OutcomeUnknown, Unreachable
from firstresponder.evidence.gaps import LONGEST, gap
from firstresponder.evidence.reads import BudgetSpent

SECRETS = st.from_regex(r"zq[a-z]{4,8}[0-9]{2,6}[a-z]{2,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("error", "kind", "why"),
    [
        (TimeoutError("no answer"), "timeout", "no answer"),
        (Forbidden("no"), "forbidden", "no"),
        (NotFound("gone"), "not_found", "gone"),
        (Unreachable("down"), "unreachable", "down"),
        (BudgetSpent("all used"), "too_large", "all used"),
        (OutcomeUnknown("odd"), "failed", "OutcomeUnknown: odd"),
        (KeyError("spec"), "failed", "KeyError: 'spec'"),
    ],
)
def test_each_error_has_its_kind(error: Exception, kind: str, why: str) -> None:
    """The kind says what went wrong, and an error of no known kind is named by its type."""
    made = gap("pods", "pods of x", error)
    assert (made.collector, made.what, made.kind, made.why) == ("pods", "pods of x", kind, why)


@given(secret=SECRETS, before=st.integers(0, 600))
def test_a_gap_holds_no_secret_and_is_short(secret: str, before: int) -> None:
    """A secret that an error quotes is not in the gap, wherever the cut falls."""
    made = gap("pods", "pods", ValueError("x" * before + f" token={secret}"))
    assert secret[:8] not in made.why
    assert len(made.why) <= LONGEST
