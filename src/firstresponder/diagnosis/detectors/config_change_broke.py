"""A changed environment variable, flag or setting broke it, while the image stayed the same."""

from __future__ import annotations

import re

from firstresponder.diagnosis.logs import ERROR
from firstresponder.diagnosis.release import SETTLED, Release
from firstresponder.diagnosis.score import Score
from firstresponder.diagnosis.template import Difference
from firstresponder.diagnosis.view import View, quotes
from firstresponder.diagnosis.when import spoken
from firstresponder.model import Citation, Hypothesis

CAUSE = "config-change-broke"

_SETTINGS = ("env", "envFrom", "args", "volumes", "volumeMounts", "workingDir", "ports", "serviceAccountName")
_TAIL = 100


def detect(view: View) -> list[Hypothesis]:
    """Hold where the newest release changed settings only, and then its pods crash or its log complains about the new value."""
    target, release = view.evidence.resolution.target, Release.of(view)
    if target is None or target.kind != "Deployment" or release is None or release.older_also_fail():
        return []
    changed = [d for d in release.changed if d.field in _SETTINGS]
    if not changed or any(d.field == "image" for d in release.changed):
        return []
    crashing = release.failing if release.since_birth() else []
    complaint = next(((d, c) for d in changed if (c := _complaint(view, release, d)) is not None), None)
    after = release.alert_came_after()
    began, start = view.began(), release.rolled_out
    soon = after and began is not None and start is not None and began - start <= SETTLED
    if not crashing and not (complaint and soon):
        return []
    score, against = Score(), []
    score.add("the newest release changed settings, and not the image", 0.2)
    score.add("its pods fail since it was rolled out", 0.35, seen=bool(crashing))
    score.add("the log complains about the new value", 0.3, seen=complaint is not None)
    score.add("the alert began soon after the rollout", 0.15, seen=soon)
    score.add("the previous revision was healthy", 0.2 if release.health.strong else 0.15, seen=release.health.known)
    score.add("only settings changed", 0.05, seen=len(changed) == len(release.changed))
    if not after:
        score.add("an alert began before the rollout", -0.2)
        against.append("an alert was firing before the rollout" if began else "no alert is firing")
    if not release.health.known:
        against.append(release.health.words)
    culprit = complaint[0] if complaint else changed[0]
    pod, container = crashing[0] if crashing else (None, None)
    state = f"; {container.name} crashes: {container.how_it_ended()}, {container.restarted()}" if container else ""
    line = view.line("pods", f"pod {pod.name} container {container.name},") if pod and container else None
    delay = f"; the alert began {spoken(began - start)} later" if soon and began and start else ""
    seen = {"pod_status": bool(crashing), "revision": True, "log": complaint is not None, "alert": after}
    return [
        Hypothesis(
            cause_class=CAUSE,
            confidence=score.confidence,
            statement=f"{release.what()}{release.when()}, changed {culprit}{state}{delay}; {release.health.words}",
            target=target,
            citations=quotes(
                release.diff_line(culprit),
                complaint[1] if complaint else None,
                line,
                release.health.citation,
                *view.alert_lines()[:1],
            ),
            sources=tuple(source for source, there in seen.items() if there),
            change=release.change(),
            against=tuple(against),
            facts={**release.facts(), "changed": [str(d) for d in changed], "observations": score.observations},
        )
    ]


def _complaint(view: View, release: Release, difference: Difference) -> Citation | None:
    """Quote the last error line of the new pods that names what is new in the value (a host, a port, a path, a flag)."""
    old, new = (set(re.findall(r"[\w.-]{3,}", str(value))) for value in (difference.old or "", difference.new or ""))
    fresh = [
        re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        for word in sorted(new - old)
        if word not in ("true", "false", "redacted")
    ]
    fresh += [re.compile(re.escape(difference.path[-1]))] if difference.field == "env" and difference.new is None else []
    for pod in view.pods_of(release.newest):
        for container in pod.containers:
            for item in view.logs_of(container):
                for line in reversed(item.text.splitlines()[-_TAIL:]):
                    if ERROR.search(line) and any(word.search(line) for word in fresh):
                        return Citation(evidence=item.id, quote=line.strip()[:400])
    return None
