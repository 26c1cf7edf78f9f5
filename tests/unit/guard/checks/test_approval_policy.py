"""Who may approve."""

from __future__ import annotations

from typing import Any

import pytest

from firstresponder.config import Approval, Auto

GUARD = "approval_policy"
GRANT = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")


@pytest.mark.parametrize(
    ("approvers", "by", "decision"),
    [
        ((), "ann", "allow"),
        (("ann",), "ann", "allow"),
        (("ann",), "bob", "deny"),
        (("ann",), "Ann", "deny"),
        (("ann",), "configuration", "deny"),
        ((), "", "deny"),
    ],
)
def test_the_list_decides(case: Any, approvers: Any, by: str, decision: str) -> None:
    """With a list only who is on it may approve; without one everybody with a name may."""
    facts = case.facts(**case.approved(approved=case.choice(by=by), approval=Approval(approvers=approvers)))
    verdict = case.word(GUARD, facts)
    assert (verdict.decision, verdict.hard) == (decision, True)


@pytest.mark.parametrize(
    ("approvers", "by", "proven", "decision"),
    [
        (("slack:U1",), "ann (slack:U1)", "slack:U1", "allow"),
        (("slack:U1",), "ann (slack:U2)", "slack:U2", "deny"),
        (("ann",), "ann", "slack:U2", "deny"),  # a name in Slack is whatever its holder likes
        (("slack:U1",), "slack:U1", "", "deny"),  # an id that nobody proved
    ],
)
def test_a_proven_person_counts_by_the_id(case: Any, approvers: Any, by: str, proven: str, decision: str) -> None:
    """Somebody whom the way proves is on the list by that id only; nobody else can be by claiming it."""
    facts = case.facts(**case.approved(approved=case.choice(by=by, proven=proven), approval=Approval(approvers=approvers)))
    assert case.word(GUARD, facts).decision == decision


def test_while_asking(case: Any) -> None:
    """Before anybody decided there is nobody to object to."""
    assert case.word(GUARD, case.facts(approval=Approval(approvers=("ann",)))).decision == "allow"


@pytest.mark.parametrize(("auto", "decision"), [((GRANT,), "allow"), ((), "deny")])
def test_a_grant_counts_while_it_stands(case: Any, auto: Any, decision: str) -> None:
    """What began by guards.auto needs no approver, and stops where the grant was taken away meanwhile."""
    choice = case.choice(by="configuration", via="guards.auto")
    approval = Approval(approvers=("ann",))
    facts = case.facts(**case.approved(approved=choice, approval=approval, settings=case.guards(auto=auto)))
    assert case.word(GUARD, facts).decision == decision
