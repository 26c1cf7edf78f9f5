"""What follows from a delivery that failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from firstresponder.errors import (
    BadConfig,
    Conflict,
    FirstresponderError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Temporary,
    Unhealthy,
    Unreachable,
)
from firstresponder.model import Notice, Waiting
from firstresponder.testing.app import NOON
from firstresponder.workflow.patience import KEEP_TRYING, LONGEST_WAIT, Fault, NoCard, after


def waiting(attempts: int = 0, *, again: bool = False) -> Waiting:
    """A card that waits since noon."""
    notice = Notice(sink="s", incident_id="i")
    return Waiting(seq=1, notice=notice, wanted=1, attempts=attempts, since=NOON, due_at=NOON, again=again)


def test_patience_that_is_asked_for_is_for_the_whole_sink() -> None:
    """A 429 is about the sink: nothing is sent for as long as it asks, and there is no doubt about what was sent."""
    then = after(Temporary("too many", retry_after=30), waiting(), NOON, 0)
    assert (then.delay, then.quiet, then.again, then.give_up) == (30.0, 30.0, False, False)


def test_a_plain_failure_waits_longer_each_time_up_to_a_limit() -> None:
    """The pauses of one message double, and are bounded."""
    delays = [after(OutcomeUnknown("no answer"), waiting(n), NOON, 0).delay for n in range(12)]
    assert delays[:4] == [2.0, 4.0, 8.0, 16.0]
    assert delays[-1] == LONGEST_WAIT


@pytest.mark.parametrize("error", [OutcomeUnknown("no answer", retry_after=30), Fault("KeyError: 'ts'")])
def test_what_may_have_arrived_is_doubtful_and_this_messages_own(error: Exception) -> None:
    """No answer, or a notifier's own fault: the next try says so, and the sink is not left alone for it."""
    then = after(error, waiting(), NOON, 0)
    assert (then.again, then.quiet, then.give_up) == (True, 0.0, False)


@pytest.mark.parametrize("error", [Temporary("busy"), Unreachable("gone"), Unhealthy("disk"), RuntimeError("ours")])
def test_doubt_is_kept_until_it_is_settled(error: Exception) -> None:
    """A later failure that is sure of itself says nothing about the earlier try."""
    assert after(error, waiting(again=True), NOON, 0).again
    assert not after(error, waiting(), NOON, 0).again


def test_a_sink_out_of_reach_is_left_alone_longer_each_time() -> None:
    """The pauses of the sink double with each failure in a row, whatever the message."""
    quiet, silent = [], 0
    for _ in range(8):
        then = after(Unreachable("no route"), waiting(), NOON, silent)
        silent = then.silent
        quiet.append(then.quiet)
    assert quiet == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


@pytest.mark.parametrize("kind", [BadConfig, Forbidden, NotFound, Conflict, NoCard])
def test_what_no_second_try_can_help_is_given_up_with_its_reason(kind: type[FirstresponderError]) -> None:
    """The error's own words are the reason."""
    then = after(kind("invite the bot"), waiting(again=True), NOON, 0)
    assert (then.give_up, then.why, then.again) == (True, "invite the bot", True)


@pytest.mark.parametrize("error", [Temporary("busy"), OutcomeUnknown("no answer"), Fault("x"), RuntimeError("ours")])
def test_nothing_is_tried_for_ever(error: Exception) -> None:
    """After hours a message is given up, and the reason says how long and how often it was tried."""
    late = NOON + timedelta(seconds=KEEP_TRYING)
    assert not after(error, waiting(99), late - timedelta(seconds=1), 0).give_up
    then = after(error, waiting(99), late, 0)
    assert then.give_up
    assert then.why == f"given up after 6 h and 100 tries: {error}"


def test_an_error_without_words_has_a_name() -> None:
    """A reason is never empty."""
    assert after(KeyError(), waiting(), NOON, 0).why == "KeyError"
