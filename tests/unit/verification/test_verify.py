"""Proof over time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.config import Seconds, Verification
from firstresponder.errors import Forbidden, Unreachable
from firstresponder.model import Alert, Finding, OutcomeWord, PatchObject, Plan, PlannedAction, Probe
from firstresponder.testing.clock import FakeClock
from firstresponder.verification.look import Look
from firstresponder.verification.verify import Tally, baseline, verify

AT = datetime(2026, 3, 10, tzinfo=UTC)
SETTINGS = Verification(timeout=Seconds(200))
W = OutcomeWord


def plan(target: Any) -> Plan:
    """A plan with one probe."""
    action = PlannedAction(
        action="rollback-deployment",
        target=target,
        tier=2,
        summary="",
        why="",
        do=PatchObject(target=target, ops=()),
        undo=None,
        touched=(),
        generation=1,
        template_hash="",
        probes=(Probe(kind="rollout", target=target),),
    )
    return Plan(incident_id="inc-1", n=3, rung=1, runbook="r", ladder=(), action=action, created_at=AT)


def alert(**labels: str) -> Alert:
    """A firing alert."""
    return Alert(
        fingerprint="f",
        labels={"alertname": "Crash", "namespace": "shop", **labels},
        annotations={},
        status="firing",
        starts_at=AT,
        received_at=AT,
    )


class Answers:
    """A Metrics port with prepared answers; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        """Keep the answers."""
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def firing(self, alertname: str, labels: dict[str, str]) -> bool | None:
        """Answer, or raise."""
        self.asked.append((alertname, labels))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return None if answer is None else answer == "fires"

    async def check(self) -> list[Finding]:
        """Nobody asks for it here."""
        return []


class Script(FakeClock):
    """A clock that changes the world as time goes by: seconds since the start → what happens."""

    def __init__(self, at: dict[float, Callable[[], object]]) -> None:
        """Keep the script."""
        super().__init__()
        self.begun, self.script = self.ticks, dict(at)

    def advance(self, seconds: float) -> None:
        """Move on, and let happen what is due."""
        super().advance(seconds)
        for due in sorted(self.script):
            if due <= self.ticks - self.begun:
                self.script.pop(due)()


async def run(shop: Any, script: Any = None, metrics: Any = None, alerts: Any = (), before: Any = None, **kw: Any) -> Any:
    """Verify with a script."""
    settings = Verification(**{"timeout": Seconds(200), **kw})
    return await verify(
        plan(shop.target),
        "do",
        before or await baseline(shop.cluster, shop.target),
        read=shop.cluster,
        metrics=metrics,
        alerts=alerts,
        clock=Script(script or {}),
        settings=settings,
    )


async def test_three_good_looks_in_a_row_are_success(shop: Any) -> None:
    """Healthy from the start: the first look after the initial delay, three in all, and the outcome names its plan."""
    outcome = await run(shop)
    assert (outcome.word, outcome.passed, outcome.worse) == (W.SUCCESSFUL, True, False)
    seconds = [(sample.at - outcome.started_at).total_seconds() for sample in outcome.samples]
    assert seconds == [30, 40, 50]
    assert (outcome.incident_id, outcome.n, outcome.rung, outcome.direction) == ("inc-1", 3, 1, "do")


async def test_a_slow_rollout_costs_nothing(shop: Any) -> None:
    """Rolling looks are no failures, however many; success follows when it is done."""
    shop.workload(updatedReplicas=1)
    outcome = await run(shop, {115.0: shop.workload})
    assert outcome.word is W.SUCCESSFUL
    assert [sample.ok for sample in outcome.samples] == [False] * 9 + [True] * 3


async def test_a_relapse_breaks_the_row(shop: Any) -> None:
    """Two good looks, one rolling look, and the counting begins again."""
    outcome = await run(shop, {45.0: lambda: shop.workload(readyReplicas=1), 55.0: shop.workload})
    assert [sample.ok for sample in outcome.samples] == [True, True, False, True, True, True]


async def test_an_instant_ready_that_crashes_is_no_pass(shop: Any) -> None:
    """A container that is ready at each look but restarts in between never passes: it fails."""
    script = {at: (lambda count=at: shop.pod("api-0", restarts=int(count // 10))) for at in range(45, 200, 10)}
    outcome = await run(shop, script)
    assert outcome.word is W.FAILED
    assert "restarted" in outcome.reason
    assert [sample.ok for sample in outcome.samples[:2]] == [True, True]


async def test_more_than_the_failure_limit_is_failed(shop: Any) -> None:
    """Three failing looks are allowed, the fourth decides."""
    shop.pod("api-0", waits="CrashLoopBackOff")
    outcome = await run(shop)
    assert (outcome.word, len(outcome.samples)) == (W.FAILED, 4)


async def test_more_errors_in_a_row_than_allowed_are_error(shop: Any) -> None:
    """Five looks in a row may fail to be made, the sixth decides; one that can be made in between starts anew."""
    before = await baseline(shop.cluster, shop.target)
    shop.cluster.fail_next("read", *[Unreachable("down")] * 9)
    outcome = await run(shop, before=before)
    assert (outcome.word, len(outcome.samples), outcome.worse) == (W.ERROR, 6, False)
    assert all(sample.ok is None for sample in outcome.samples)
    shop.cluster._failures["read"].clear()
    shop.cluster.fail_next("read", *[Forbidden("no")] * 5)
    assert (await run(shop, before=before)).word is W.SUCCESSFUL


@pytest.mark.parametrize(
    ("prepare", "word"),
    [
        (lambda shop: shop.workload(updatedReplicas=1), W.INCONCLUSIVE),
        (lambda shop: shop.pod("api-0", waits="ImagePullBackOff"), W.FAILED),
        (lambda shop: shop.cluster.fail_next("read", *[Unreachable("x")] * 99), W.ERROR),
        (lambda shop: shop.workload(spec={"replicas": 0}), W.INCONCLUSIVE),
    ],
)
async def test_at_the_time_limit_the_last_look_decides(shop: Any, prepare: Any, word: OutcomeWord) -> None:
    """Not done is Inconclusive, crashing is Failed, unmeasured is Error: none of them is success."""
    before = await baseline(shop.cluster, shop.target)
    prepare(shop)
    outcome = await run(shop, before=before, failure_limit=99, error_limit=99)
    assert (outcome.word, outcome.passed) == (word, False)
    assert "not proven within 200 s" in outcome.reason
    assert (outcome.ended_at - outcome.started_at).total_seconds() <= 200


async def test_worse_is_said_with_the_outcome(shop: Any) -> None:
    """Fewer ready pods than before at the end of a failed proof: worse. A success is never worse."""
    before = await baseline(shop.cluster, shop.target)
    shop.workload(readyReplicas=0)
    shop.pod("api-0", waits="CrashLoopBackOff")
    outcome = await run(shop, before=before)
    assert (outcome.word, outcome.worse) == (W.FAILED, True)
    shop.workload(readyReplicas=1)
    shop.pod("api-0")
    assert not (await run(shop, {35.0: shop.workload}, before=before)).worse


async def test_a_target_that_vanishes_fails(shop: Any) -> None:
    """A Deployment that is gone, or made anew under its name, is a failing look."""
    before = await baseline(shop.cluster, shop.target)
    shop.cluster.remove("Deployment", "shop", "api")
    outcome = await run(shop, before=before)
    assert (outcome.word, "is gone" in outcome.reason) == (W.FAILED, True)


async def test_a_visible_alert_must_have_ended(shop: Any) -> None:
    """Healthy but still firing is not yet; once it is quiet, the row that was kept suffices."""
    metrics = Answers("fires", "fires", "quiet")
    outcome = await run(shop, metrics=metrics, alerts=[alert()])
    assert outcome.word is W.SUCCESSFUL
    assert [sample.figures["state"] for sample in outcome.samples] == ["healthy", "healthy", "alerting", "alerting", "healthy"]


async def test_an_alert_that_never_ends_is_inconclusive(shop: Any) -> None:
    """A healthy rollout whose alert fires to the end is not proven, and the reason names the alert."""
    outcome = await run(shop, metrics=Answers("fires"), alerts=[alert()])
    assert outcome.word is W.INCONCLUSIVE
    assert "still firing: Crash" in outcome.reason


async def test_a_rule_that_is_not_visible_is_no_part_of_it(shop: Any) -> None:
    """None from Prometheus, or no Prometheus, leaves the rollout's health to decide."""
    assert (await run(shop, metrics=Answers(None), alerts=[alert()])).passed
    assert (await run(shop, metrics=None, alerts=[alert()])).passed


async def test_a_prometheus_that_does_not_answer_is_an_error(shop: Any) -> None:
    """A configured Prometheus that cannot be asked proves nothing: Error, after the limit."""
    outcome = await run(shop, metrics=Answers(Unreachable("down")), alerts=[alert()])
    assert (outcome.word, len(outcome.samples)) == (W.ERROR, 8)
    assert (await run(shop, metrics=Answers(Unreachable("down"), "quiet"), alerts=[alert()])).passed


async def test_a_plan_without_probes_is_never_success(shop: Any) -> None:
    """Nothing to look at is an Error, not a pass."""
    bare = Plan(incident_id="i", n=1, rung=0, runbook="", ladder=(), action=None, created_at=AT)
    before = await baseline(shop.cluster, shop.target)
    ports: Any = {"read": shop.cluster, "metrics": None, "alerts": [], "clock": FakeClock(), "settings": SETTINGS}
    assert (await verify(bare, "do", before, **ports)).word is W.ERROR


looks = st.sampled_from(["healthy", "alerting", "rolling", "failing", "unknown", "unseen"])


@given(st.lists(looks, max_size=40), st.integers(1, 4), st.integers(0, 4), st.integers(0, 4))
def test_success_only_after_enough_healthy_looks(states: list[Any], wanted: int, failures: int, errors: int) -> None:
    """Whatever comes: Successful means that the last look was healthy and enough were, with none bad in between."""
    tally = Tally(Verification(consecutive_successes=wanted, failure_limit=failures, error_limit=errors))
    seen: list[str] = []
    word = None
    for state in states:
        seen.append(state)
        word = tally.count(Look(state=state, detail=""), last=False)
        if word is not None:
            break
    row = "".join(state[0] for state in reversed(seen) if state not in {"alerting", "unseen"})
    assert (word is W.SUCCESSFUL) == (bool(seen) and seen[-1] == "healthy" and row.startswith("h" * wanted) and word is not None)
    if word is W.FAILED:
        assert seen.count("failing") > failures
    if word is None:
        assert not row.startswith("h" * wanted) or seen[-1] != "healthy"
        assert seen.count("failing") <= failures


@given(st.lists(looks, min_size=1, max_size=10))
def test_the_last_look_always_decides(states: list[Any]) -> None:
    """There is a word at the time limit, and it has a reason."""
    tally = Tally(Verification(consecutive_successes=99, failure_limit=99, error_limit=99))
    for state in states:
        word = tally.count(Look(state=state, detail="x"), last=state is states[-1])
    assert word is not None
    assert tally.reason
