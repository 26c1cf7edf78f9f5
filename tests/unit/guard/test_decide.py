"""What follows from all guards' words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from firstresponder.config import Approval, Auto, Guards, ModeRule
from firstresponder.guard.catalog import CATALOG
from firstresponder.guard.check import Check, Guard
from firstresponder.guard.decide import before_approval, decide
from firstresponder.guard.facts import UNKNOWN, Facts, Unknown
from firstresponder.model import Hold, Verdict

GRANT = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")

UNDOABLE = {
    "kind": "Deployment",
    "metadata": {"name": "api", "namespace": "shop", "uid": "7f0e8f4e-0001"},
    "spec": {"template": {"image": "api:4"}},
}

UNKNOWNS: list[tuple[str, dict[str, Any]]] = [
    ("kill_switch", {"hold": UNKNOWN}),
    ("execution_mode", {"action": None}),
    ("allowlist", {"action": None}),
    ("never_touch", {"target": None}),
    ("opt_out", {"target": None}),
    ("opt_out", {"owners": None}),
    ("opt_out", {"namespace": None}),
    ("owner_match", {"owners": None}),
    ("rollout_in_progress", {"replicasets": None}),
    ("rollout_in_progress", {"target": None}),
    ("target_lease", {"rival": Unknown(why="no answer")}),
    ("last_replica", {"pods": None}),
    ("gitops_owner", {"target": None}),
    ("gitops_owner", {"owners": None}),
    ("storm", {"opened_lately": None}),
    ("max_concurrent", {"busy": None}),
    ("action_budget", {"history": None}),
    ("approval_policy", {"action": None}),
    ("approval_ttl", {"action": None}),
    ("approval_binding", {"bound": None}),
    ("approval_binding", {"fresh_digest": ""}),
]


def denied(facts: Facts) -> set[str]:
    """The guards that say no."""
    return {verdict.guard for verdict in decide(facts).verdicts if verdict.decision == "deny"}


def test_nothing_against_it_is_a_question(case: Any) -> None:
    """With every fact known and nothing against it, approve mode asks, and only the mode asks."""
    decision = decide(case.facts())
    assert decision.outcome == "ask"
    assert [verdict.guard for verdict in decision.verdicts if verdict.decision != "allow"] == ["execution_mode"]


def test_an_approval_of_exactly_this_plan_answers_the_question(case: Any) -> None:
    """The same facts with a valid approval allow it, and every guard was heard."""
    decision = decide(case.facts(**case.approved()))
    assert decision.outcome == "allow"
    assert len(decision.verdicts) == len(CATALOG)


def test_an_approval_changes_no_verdict(case: Any) -> None:
    """Verdicts are the same before and after an approval: the digest that it binds stays what it was."""
    before = [(v.guard, v.decision) for v in decide(case.facts()).verdicts]
    after = [(v.guard, v.decision) for v in decide(case.facts(**case.approved())).verdicts]
    assert before == after


def test_an_approval_answers_what_advisory_guards_ask(case: Any) -> None:
    """A person is the second source: advisory guards that ask do not stop what was approved."""
    facts = case.facts(cause=None, target=case.settled(), action=case.restart())
    assert decide(facts).outcome == "ask"
    bound = case.plan(action=case.restart())
    assert decide(replace(facts, **case.approved(bound=bound))).outcome == "allow"


def test_a_granted_action_needs_nobody(case: Any) -> None:
    """Auto, granted for exactly this alert, action and target, allows without an approval."""
    assert decide(case.facts(settings=case.guards(auto=(GRANT,)))).outcome == "allow"


def test_auto_never_asks(case: Any) -> None:
    """What an advisory guard would ask in approve mode it denies in auto."""
    facts = case.facts(settings=case.guards(auto=(GRANT,), min_confidence=0.95))
    assert decide(facts).outcome == "deny"
    assert denied(facts) == {"min_confidence"}


@pytest.mark.parametrize(("guard", "missing"), UNKNOWNS, ids=lambda each: each if isinstance(each, str) else "-".join(each))
def test_an_unknown_fact_of_a_hard_guard_is_no(case: Any, guard: str, missing: Any) -> None:
    """Making one fact of a hard guard unknown denies what was allowed a moment before, and that guard says so."""
    assert guard in denied(case.facts(**case.approved(**missing)))


def test_every_hard_guard_is_tried_with_an_unknown_fact() -> None:
    """The table above names every hard guard of the catalog."""
    assert {name for name, _ in UNKNOWNS} == {check.guard.name for check in CATALOG if check.guard.hard}


@given(data=st.data())
def test_any_unknown_beside_anything_is_no(case: Any, data: Any) -> None:
    """A hard guard's unknown fact denies in every mode, approved or not, granted or not."""
    _, missing = data.draw(st.sampled_from([each for each in UNKNOWNS if each[0] != "approval_binding"]))
    mode = data.draw(st.sampled_from(["observe", "suggest", "approve"]))
    auto = data.draw(st.sampled_from([(), (GRANT,)]))
    gate = data.draw(st.sampled_from([{}, case.approved()]))
    facts = case.facts(**{**gate, **missing, "settings": case.guards(mode=mode, auto=auto)})
    assert decide(facts).outcome == "deny"


@given(data=st.data())
def test_an_empty_configuration_allows_nothing(case: Any, data: Any) -> None:
    """With default settings the outcome is deny whatever the facts, the approval included."""
    facts = data.draw(any_facts(case))
    assert decide(replace(facts, settings=Guards(), approval=Approval())).outcome == "deny"


@given(data=st.data())
def test_the_kill_switch_beats_everything(case: Any, data: Any) -> None:
    """With the switch engaged the outcome is deny whatever else holds, undo included."""
    facts = data.draw(any_facts(case))
    hold = Hold(by="ann", why="stop", at=case.now, source="database")
    assert decide(replace(facts, hold=hold)).outcome == "deny"


@given(data=st.data())
def test_approve_mode_never_allows_by_itself(case: Any, data: Any) -> None:
    """In approve mode nothing is allowed without a choice that says approved, by somebody, for this very plan."""
    facts = data.draw(any_facts(case))
    facts = replace(facts, settings=replace(facts.settings, auto=()))
    if decide(facts).outcome == "allow":
        assert facts.approved is not None
        assert facts.approved.word == "approved"
        assert facts.approved.via != "guards.auto" or facts.direction == "undo"
        assert facts.bound is not None
        assert facts.approved.plan_digest == facts.bound.digest


def any_facts(case: Any) -> st.SearchStrategy[Facts]:
    """Facts of every kind: from what is allowed or asked, up to five facts are changed, made bad or unknown."""
    values: dict[str, list[Any]] = {
        "action": [None, case.restart(), case.action(tier=3)],
        "alerts": [(), (case.alert(status="resolved"),)],
        "cause": [None, case.cause(confidence=0.1), case.cause(sources=())],
        "settings": [
            case.guards(mode="observe"),
            case.guards(mode="suggest", auto=(GRANT,)),
            case.guards(modes=(ModeRule(mode="observe", namespace="shop"),)),
            case.guards(auto=(GRANT,)),
        ],
        "approved": [None, case.choice(word="rejected"), case.choice(plan_digest="d2"), case.choice(via="guards.auto")],
        "bound": [None, case.plan(digest=""), case.plan(digest="d2"), case.plan(action=None)],
        "fresh_digest": ["", "d2"],
        "direction": ["undo"],
        "at_gate": [False],
        "hold": [UNKNOWN],
        "rival": ["i9", UNKNOWN],
        "target": [None, case.settled(), {}, {"kind": "Job"}, UNDOABLE],
        "owners": [None, (case.deployment(),)],
        "namespace": [None],
        "pods": [None, (), case.pods(ready=3)],
        "replicasets": [None, ()],
        "history": [None, (case.done_before(1),)],
        "busy": [None],
        "opened_lately": [None, 1000],
        "still_firing": [None, False],
    }
    keys = st.lists(st.sampled_from(sorted(values)), max_size=5, unique=True)
    changes = keys.flatmap(lambda names: st.fixed_dictionaries({name: st.sampled_from(values[name]) for name in names}))
    return changes.map(lambda change: case.facts(**{**case.approved(), **change}))


def test_a_guard_that_breaks_says_no(case: Any) -> None:
    """A check that raises is a hard no of that guard, advisory ones included, and the reason names the fault."""

    def broken(_: Facts) -> Verdict:
        raise ZeroDivisionError("division by zero")

    check = Check(guard=Guard(name="broken", hard=False, undo=True), run=broken)
    decision = decide(case.facts(**case.approved()), [*CATALOG, check])
    verdict = decision.verdicts[-1]
    assert (decision.outcome, verdict.decision, verdict.hard) == ("deny", "deny", True)
    assert "ZeroDivisionError: division by zero" in verdict.reason


@pytest.mark.parametrize("change", [{"word": "rejected"}, {"word": "void"}, {"plan_digest": "d2"}, {"plan_digest": ""}])
def test_only_an_approval_of_this_plan_answers_a_question(case: Any, change: dict[str, str]) -> None:
    """Even where no approval guard is heard, another word or another plan leaves the question open."""
    asking = [check for check in CATALOG if check.guard.name == "execution_mode"]
    assert decide(case.facts(**case.approved()), asking).outcome == "allow"
    assert decide(case.facts(**case.approved(approved=case.choice(**change))), asking).outcome == "ask"


def test_no_guards_allow_nothing(case: Any) -> None:
    """An empty list of guards is a fault, not a permission."""
    assert decide(case.facts(**case.approved()), []).outcome == "deny"


def test_undo_hears_fewer_guards(case: Any) -> None:
    """An undo is judged by the guards about place and person, not by those about whether to begin."""
    live = case.deployment(spec={"template": {"image": "api:4", "metadata": {}, "spec": {}}})
    old = case.alert(status="resolved")
    late = case.choice(at=case.now - timedelta(hours=3))
    facts = case.facts(**case.approved(direction="undo", target=live, alerts=(old,), approved=late, fresh_digest=""))
    decision = decide(facts)
    assert decision.outcome == "allow"
    heard = {verdict.guard for verdict in decision.verdicts}
    assert {"kill_switch", "allowlist", "approval_binding"} <= heard
    assert not heard & {"alert_freshness", "last_replica", "rollout_in_progress", "approval_ttl"}


def test_an_undo_needs_the_approval_too(case: Any) -> None:
    """Without the approval of the plan an undo is not allowed in approve mode."""
    live = case.deployment(spec={"template": {"image": "api:4", "metadata": {}, "spec": {}}})
    assert decide(case.facts(direction="undo", target=live, bound=case.plan())).outcome == "ask"


def test_before_approval_takes_the_approval_out(case: Any) -> None:
    """The facts for a fresh digest are those of asking."""
    assert before_approval(case.facts(**case.approved())) == case.facts()
