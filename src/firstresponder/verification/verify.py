"""Proof over time: looks at intervals until they say Successful, Failed, Error or Inconclusive; only the first is success.

The counting is that of Argo Rollouts' analysis (`docs/features/analysis.md` there): more than `failure_limit` failing looks
are Failed, more than `error_limit` looks in a row that could not be made are Error, `consecutive_successes` healthy ones
in a row are Successful. A rollout under way is neither: it breaks the row of successes and costs nothing. At the time
limit the last look decides: failing is Failed, unmeasured is Error, merely not done (or the alert still fires) is
Inconclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from firstresponder.config import Verification
from firstresponder.errors import Forbidden, NotFound, Temporary
from firstresponder.model import Alert, Outcome, OutcomeWord, Plan, Probe, Sample
from firstresponder.ports.clock import Clock
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.metrics import Metrics
from firstresponder.verification.alerts import still_firing
from firstresponder.verification.baseline import Baseline, baseline
from firstresponder.verification.look import Direction, Look, State
from firstresponder.verification.probes import replicas, rollout, stored, suspended

__all__ = ["Baseline", "Tally", "baseline", "verify"]

PROBES: Final = {
    "rollout": rollout.look,
    "replicas": replicas.look,
    "stored": stored.look,
    "suspended": suspended.look,
}
"""What looks, by the probe's kind."""

_OK: dict[State, bool | None] = {"healthy": True, "unknown": None, "unseen": None}


async def verify(
    plan: Plan,
    direction: Direction,
    before: Baseline,
    *,
    read: ClusterRead,
    metrics: Metrics | None,
    alerts: Sequence[Alert],
    clock: Clock,
    settings: Verification,
) -> Outcome:
    """Watch the action's probes until the outcome is clear; lasts from `initial_delay` up to `timeout` seconds.

    `alerts` are the incident's; `metrics` is None where there is no Prometheus. Raises nothing that was to be expected.
    """
    started, end = clock.now(), clock.monotonic() + settings.timeout
    probes = plan.action.probes if plan.action else ()
    tally, samples = Tally(settings), list[Sample]()
    await clock.sleep(min(settings.initial_delay, settings.timeout))
    while True:
        look = await _look(read, probes, before, direction)
        if look.state == "healthy" and tally.successes + 1 >= settings.consecutive_successes:
            look = await _with_alerts(look, metrics, alerts)
        samples.append(_sample(look, clock.now()))
        late = clock.monotonic() + settings.interval > end
        if (word := tally.count(look, last=late)) is not None:
            break
        await clock.sleep(settings.interval)
    passed = word is OutcomeWord.SUCCESSFUL
    measured = [sample for sample in samples if sample.ok is not None]
    return Outcome(
        incident_id=plan.incident_id,
        n=plan.n,
        rung=plan.rung,
        direction=direction,
        word=word,
        reason=tally.reason,
        samples=tuple(samples),
        started_at=started,
        ended_at=clock.now(),
        worse=not passed and bool(measured) and measured[-1].worse,
    )


class Tally:
    """Counts looks; pure."""

    def __init__(self, settings: Verification) -> None:
        """Start with nothing seen."""
        self._settings = settings
        self.successes = 0  # in a row
        self.failures = 0  # in all
        self.errors = 0  # in a row
        self.reason = ""

    def count(self, look: Look, *, last: bool) -> OutcomeWord | None:
        """Count one look; return the word once it is clear. `last`: there is no time for another."""
        state = look.state
        self.successes = self.successes + 1 if state == "healthy" else self.successes * (state in {"alerting", "unseen"})
        self.errors = self.errors + 1 if state in {"unknown", "unseen"} else 0
        self.failures += state == "failing"
        if self.successes >= self._settings.consecutive_successes and state == "healthy":
            self.reason = f"{self.successes} good looks in a row: {look.detail}"
            return OutcomeWord.SUCCESSFUL
        if self.failures > self._settings.failure_limit:
            self.reason = f"{self.failures} failing looks, {self._settings.failure_limit} are allowed: {look.detail}"
            return OutcomeWord.FAILED
        if self.errors > self._settings.error_limit:
            self.reason = f"{self.errors} looks in a row could not be made: {look.detail}"
            return OutcomeWord.ERROR
        if not last:
            return None
        self.reason = f"not proven within {self._settings.timeout:g} s: {look.detail}"
        at_the_end = {"failing": OutcomeWord.FAILED, "unknown": OutcomeWord.ERROR, "unseen": OutcomeWord.ERROR}
        return at_the_end.get(state, OutcomeWord.INCONCLUSIVE)


async def _look(read: ClusterRead, probes: Sequence[Probe], before: Baseline, direction: Direction) -> Look:
    """Look at every probe; the first that is not healthy speaks for all."""
    look = Look(state="unknown", detail="the plan names nothing to look at")
    for probe in probes:
        try:
            look = await PROBES[probe.kind](read, probe, before, direction)
        except NotFound as error:
            look = Look(state="failing", detail=f"{probe.target} is gone: {error}")
        except (Forbidden, Temporary) as error:
            look = Look(state="unknown", detail=f"{probe.target} cannot be read: {error}")
        if look.state != "healthy":
            break
    return look


async def _with_alerts(look: Look, metrics: Metrics | None, alerts: Sequence[Alert]) -> Look:
    """A healthy look counts to the end only where no visible alert still fires."""
    try:
        firing = await still_firing(metrics, alerts)
    except (Forbidden, Temporary) as error:
        detail = f"{look.detail}, but whether the alert still fires cannot be asked: {error}"
        return Look(state="unseen", detail=detail, figures=look.figures)
    if firing:
        detail = f"{look.detail}, but still firing: {', '.join(firing)}"
        return Look(state="alerting", detail=detail, worse=look.worse, figures=look.figures)
    return look


def _sample(look: Look, at: datetime) -> Sample:
    return Sample(
        at=at,
        ok=_OK.get(look.state, False),
        worse=look.worse,
        detail=look.detail,
        figures={**look.figures, "state": look.state},
    )
