"""The liveness probe kills a container that works: it asks at the wrong place, too early or too impatiently."""

from __future__ import annotations

import re
from datetime import timedelta

from firstresponder.diagnosis.blame import Blame, worst
from firstresponder.diagnosis.container import Container
from firstresponder.diagnosis.logs import ERROR, last_match
from firstresponder.diagnosis.view import View
from firstresponder.model import Hypothesis, Json

CAUSE = "liveness-misconfigured"

_KILLED = re.compile(r"failed (liveness|startup) probe", re.IGNORECASE)
_FAILED = re.compile(r"(liveness|startup) probe failed", re.IGNORECASE)
_WRONG_PLACE = re.compile(r"statuscode: (404|405|401|403|400)\b", re.IGNORECASE)
_REFUSED = re.compile(r"connection refused", re.IGNORECASE)
_TOO_SLOW = re.compile(r"context deadline exceeded|timed out|timeout", re.IGNORECASE)
# A probe that gives a fresh container less than this before it kills it is impatient: many runtimes need it to start.
_PATIENCE = timedelta(seconds=30)
_DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 1}


def detect(view: View) -> list[Hypothesis]:
    """Hold where the kubelet says that it killed for the probe; a likely cause only if the probe itself looks wrong."""
    found = []
    for pod, container in view.containers():
        probe = container.spec.get("livenessProbe") or container.spec.get("startupProbe")
        kills = [e for e in view.events_of(pod.uid, "Killing", "Unhealthy") if _about(e, container)]
        killed = any(_KILLED.search(str(e.get("message", ""))) for e in kills)
        if not probe or not killed or container.reason == "OOMKilled":
            continue
        blame = Blame(view, pod, container)
        _weigh(blame, probe, [str(e.get("message", "")) for e in kills if _FAILED.search(str(e.get("message", "")))])
        found.append(blame)
    return [_hypothesis(blame) for blame in worst(found)]


def _about(event: Json, container: Container) -> bool:
    """Whether an event of the pod is about this container; its field path or its text names it, in a pod of one it is clear."""
    path, message = str((event.get("involvedObject") or {}).get("fieldPath", "")), str(event.get("message", ""))
    if path:
        return f"{{{container.name}}}" in path
    named = re.search(r"Container (\S+) failed", message)
    return named is None or named[1] == container.name


def _weigh(blame: Blame, probe: Json, said: list[str]) -> None:
    view, container, score = blame.view, blame.container, blame.score
    score.add("the kubelet killed the container for its probe", 0.35)
    score.add("it was killed, and not for memory", 0.1, seen=container.exit_code in (137, 143, 0))
    score.add("the newest release changed the probe", 0.3, seen=_changed(blame))
    answers = " ".join(said)
    score.add("the probe was answered, but there is nothing at its path", 0.25, seen=_WRONG_PLACE.search(answers) is not None)
    declared = _declared(container)
    port = _port(probe)
    astray = port is not None and bool(declared) and port not in declared and _REFUSED.search(answers) is not None
    score.add("nobody listens on the probe's port, and the container declares another", 0.3, seen=astray)
    values = {**_DEFAULTS, **{key: probe[key] for key in _DEFAULTS if key in probe}}
    wait = timedelta(seconds=values["initialDelaySeconds"] + values["periodSeconds"] * (values["failureThreshold"] - 1))
    impatient = wait < _PATIENCE and not container.spec.get("startupProbe")
    score.add(f"it is killed {wait.total_seconds():.0f} s after its start at the latest", 0.15, seen=impatient)
    short = values["timeoutSeconds"] <= 1 and _TOO_SLOW.search(answers) is not None
    score.add("the probe waits one second for an answer", 0.1, seen=short)
    error = last_match(view, container, ERROR)
    if error is not None:
        score.add("the container's own log speaks of errors", -0.15)
        blame.against.append(f"the log speaks of errors: {error.quote}")
    score.add("its log shows no error", 0.05, seen=error is None and bool(view.logs_of(container)))


def _changed(blame: Blame) -> bool:
    return blame.brought_in("livenessProbe", "startupProbe")


def _declared(container: Container) -> set[str]:
    ports = container.spec.get("ports") or []
    return {str(p.get("containerPort")) for p in ports} | {str(p["name"]) for p in ports if p.get("name")}


def _port(probe: Json) -> str | None:
    for how in ("httpGet", "tcpSocket", "grpc"):
        if how in probe and probe[how].get("port") is not None:
            return str(probe[how]["port"])
    return None


def _hypothesis(blame: Blame) -> Hypothesis:
    view, container, pod = blame.view, blame.container, blame.pod
    failed = view.line("events", pod.name, "robe failed")
    return blame.hypothesis(
        CAUSE,
        f"Container {container.name} is killed by its probe: {container.restarted()}, last {container.how_it_ended()}",
        view.line("events", pod.name, "failed liveness probe") or view.line("events", pod.name, "failed startup probe"),
        failed,
        view.line("pods", f"pod {pod.name} container {container.name},"),
        by_release=_changed(blame),
        facts={"probe": container.spec.get("livenessProbe") or container.spec.get("startupProbe")},
    )
