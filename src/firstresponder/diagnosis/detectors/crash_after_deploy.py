"""A new version crashes: its pods fail since it was rolled out, and the version before it was healthy."""

from __future__ import annotations

from firstresponder.diagnosis.logs import DEPENDENCY, ERROR, last_match
from firstresponder.diagnosis.release import Release
from firstresponder.diagnosis.score import Score
from firstresponder.diagnosis.view import View, quotes
from firstresponder.model import Hypothesis

CAUSE = "crash-after-deploy"


def detect(view: View) -> list[Hypothesis]:
    """Hold only for a Deployment whose newest release differs in what it runs, and alone fails, since it was rolled out."""
    target, release = view.evidence.resolution.target, Release.of(view)
    if target is None or target.kind != "Deployment" or release is None or not release.failing:
        return []
    failing_pods = {pod.uid for pod, _ in release.failing}
    # As many well as failing: whatever it is, it is not that this version cannot run.
    if release.older_also_fail() or release.well >= len(failing_pods) or not release.since_birth():
        return []
    pod, container = max(release.failing, key=lambda pair: (not pair[1].never_started, pair[1].restarts))
    score, against = Score(), []
    score.add("only pods of the newest release fail, since it was rolled out", 0.35)
    score.add("it changed what the containers run", 0.1)
    score.add("it runs another image", 0.1, seen=any(d.field == "image" and d.container for d in release.changed))
    score.add("the previous revision was healthy", 0.25 if release.health.strong else 0.15, seen=release.health.known)
    if score.add("the previous revision's health is not known", -0.15, seen=not release.health.known):
        against.append(release.health.words)
    error = last_match(view, container, ERROR)
    score.add("its own log ends in an error", 0.05, seen=error is not None)
    event = view.events_of(pod.uid, "BackOff", "Failed")
    score.add("the kubelet's events agree", 0.05, seen=bool(event))
    if score.add("the container never started, so the version itself was not tried", -0.25, seen=container.never_started):
        against.append(f"container {container.name} never started ({container.waiting})")
    dependency = last_match(view, container, DEPENDENCY)
    if dependency is not None and score.add("the log speaks of something that it cannot reach", -0.15):
        against.append(f"the log speaks of something that it cannot reach: {dependency.quote}")
    after = release.alert_came_after()
    if not score.add("the alert began after the rollout", 0.05, seen=after):
        score.add("an alert began before the rollout", -0.2, seen=view.began() is not None)
        against.append("an alert was firing before the rollout" if view.began() else "no alert is firing")
    if release.well:
        score.add("some pods of the newest release are ready", -0.1)
        against.append(f"{release.well} pods of revision {release.newest.number} are ready")
    event_line = view.line("events", str(event[0].get("reason")), pod.name) if event else None
    seen = {"pod_status": True, "revision": True, "event": bool(event), "log": error is not None, "alert": after}
    return [
        Hypothesis(
            cause_class=CAUSE,
            confidence=score.confidence,
            statement=(
                f"{release.what()}{release.when()}, crashes on start: {container.how_it_ended()}, {container.restarted()}; "
                f"{release.health.words}"
            ),
            target=target,
            citations=quotes(
                view.line("pods", f"pod {pod.name} container {container.name},"),
                release.diff_line(next((d for d in release.changed if d.field == "image"), None)),
                release.health.citation,
                error,
                event_line,
                *(view.alert_lines()[:1] if after else ()),
            ),
            sources=tuple(source for source, there in seen.items() if there),
            change=release.change(),
            against=tuple(against),
            facts={**release.facts(), "container": container.name, "observations": score.observations},
        )
    ]
