"""The memory limit is below what the container needs: it is killed soon after each start."""

from __future__ import annotations

import re
from datetime import timedelta

from firstresponder.diagnosis.blame import Blame, worst
from firstresponder.diagnosis.quantity import amount
from firstresponder.diagnosis.view import View
from firstresponder.model import Hypothesis, Json

CAUSE = "oom-killed-limit-too-low"

# runc, when the limit does not even hold its own start: "container init was OOM-killed (memory limit too low?)"
_AT_START = re.compile(r"OOM-killed|memory limit too low|cannot allocate memory", re.IGNORECASE)
# Longer than the longest back-off: what is killed sooner than that after each start never got going.
_SOON = timedelta(minutes=5)
# A leak fills a limit over hours; a limit that is too low is met on the way up.
_LATE = timedelta(hours=1)


def detect(view: View) -> list[Hypothesis]:
    """Hold where a container with a memory limit is killed for memory; more surely when soon, or when the limit was lowered."""
    found = []
    for pod, container in view.containers():
        killed = container.reason == "OOMKilled" or (
            container.reason == "StartError" and bool(_AT_START.search(container.message))
        )
        limit = _limit(container.spec)
        if not killed or limit is None or not (container.crashing(view.now) or container.restarts):
            continue
        blame = Blame(view, pod, container)
        score, run = blame.score, container.run_time
        score.add("killed for memory, and it has a memory limit", 0.45)
        score.add("it was killed more than once", 0.1, seen=container.restarts > 1)
        soon = container.reason == "StartError" or (run is not None and run <= _SOON)
        score.add("it was killed within minutes of its start", 0.15, seen=soon)
        if run is not None and run >= _LATE:
            score.add("it ran for hours before", -0.2)
            blame.against.append(f"it ran for {run} before it was killed: memory may grow without bound")
        lowered = _lowered(blame)
        score.add("the newest release set the limit lower", 0.25, seen=lowered is not None)
        found.append((blame, limit, lowered))
    chosen = worst([blame for blame, _, _ in found])
    return [_hypothesis(blame, limit, lowered) for blame, limit, lowered in found if blame in chosen]


def _limit(spec: Json) -> str | None:
    limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
    return None if limit is None else str(limit)


def _lowered(blame: Blame) -> str | None:
    """Return the limit before the newest release if that was higher ("none" if there was none); None if it was not lowered."""
    if blame.release is None:
        return None
    for one in blame.release.changed:
        if one.container == blame.container.name and one.path[2:] == ("resources", "limits", "memory") and one.new is not None:
            if one.old is None:
                return "none"
            before, after = amount(one.old), amount(one.new)
            return str(one.old) if before is not None and after is not None and after < before else None
    return None


def _hypothesis(blame: Blame, limit: str, lowered: str | None) -> Hypothesis:
    container = blame.container
    facts: dict[str, Json] = {"memory_limit": limit}
    if lowered is not None:
        facts["previous_memory_limit"] = lowered
    was = f" (was {lowered})" if lowered is not None else ""
    run = f", {container.run_time.total_seconds():.0f} s after its last start" if container.run_time is not None else ""
    return blame.hypothesis(
        CAUSE,
        f"Container {container.name} is killed at its memory limit of {limit}{was}{run}; {container.restarted()}",
        blame.view.line("pods", f"pod {blame.pod.name} container {container.name},"),
        blame.view.line("events", blame.pod.name, "OOM") or blame.view.line("events", blame.pod.name, "BackOff"),
        by_release=lowered is not None or blame.brought_in("image"),
        facts=facts,
    )
