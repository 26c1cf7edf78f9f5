"""All guards' words, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from firstresponder.guard.catalog import CATALOG
from firstresponder.guard.check import Check
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.model import Decision, Verdict


def decide(facts: Facts, checks: Sequence[Check] = CATALOG) -> Decision:
    """Run every check and draw the conclusion.

    A single deny decides. Otherwise a single ask makes it a question, unless a person approved exactly this plan: then
    the question is answered, and the verdicts stay as they are, so that an approval does not change the digest that it
    binds. No ask and no deny is allow: only where `auto` was granted, because the guard `execution_mode` asks otherwise.
    """
    verdicts = tuple(_speak(check, facts) for check in checks if check.guard.undo or facts.direction == "do")
    words = {verdict.decision for verdict in verdicts}
    if "deny" in words or not verdicts:
        return Decision(outcome="deny", verdicts=verdicts, at=facts.now)
    if "ask" in words and not _approved(facts):
        return Decision(outcome="ask", verdicts=verdicts, at=facts.now)
    return Decision(outcome="allow", verdicts=verdicts, at=facts.now)


def before_approval(facts: Facts) -> Facts:
    """The same facts as if nobody had approved yet: what the digest of a fresh look (`fresh_digest`) is decided from."""
    return replace(facts, at_gate=False, approved=None, bound=None, fresh_digest="", direction="do")


def _speak(check: Check, facts: Facts) -> Verdict:
    """One guard's word. A missing fact is the guard's business; a guard that breaks says no, whatever its kind."""
    try:
        return check.run(facts)
    except NotKnown as error:
        return check.guard.unknown(facts, error)
    except Exception as error:  # noqa: BLE001 - whatever went wrong in a guard, the answer is no, and it says why
        return check.guard.deny(
            f"this guard failed ({type(error).__name__}: {error}), so it cannot say yes",
            measured="unknown",
            clears_when="the fault is mended; please report it",
            then="escalate",
            hard=True,
        )


def _approved(facts: Facts) -> bool:
    """Whether a person approved exactly the plan at hand; the approval guards say more, and none of them denied."""
    choice, bound = facts.approved, facts.bound
    if choice is None or bound is None:
        return False
    return choice.word == "approved" and bool(bound.digest) and choice.plan_digest == bound.digest
