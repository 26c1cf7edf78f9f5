"""What detectors of a container's fault share: one hypothesis for the worst container, with the release that brought it in."""

from __future__ import annotations

from firstresponder.diagnosis.container import Container
from firstresponder.diagnosis.release import Release
from firstresponder.diagnosis.score import Score
from firstresponder.diagnosis.view import Pod, View, quotes
from firstresponder.model import Citation, Hypothesis, Json, TargetRef


class Blame:
    """A fault of one container, and what is known about how it came in."""

    def __init__(self, view: View, pod: Pod, container: Container) -> None:
        """Look whether the newest release fails since birth in this very container."""
        self.view = view
        self.pod = pod
        self.container = container
        self.score = Score()
        self.against: list[str] = []
        release = Release.of(view)
        ours = release is not None and any(one == container for _, one in release.failing)
        self.release = (
            release if release is not None and ours and not release.older_also_fail() and release.since_birth() else None
        )

    def brought_in(self, *fields: str) -> bool:
        """Whether the newest release changed one of these fields of the container, and it fails since then."""
        return self.release is not None and bool(self.release.touches(self.container.name, *fields))

    def hypothesis(
        self, cause: str, statement: str, *citations: Citation | None, by_release: bool, facts: dict[str, Json] | None = None
    ) -> Hypothesis:
        """Make the hypothesis; `by_release` adds the change and the way back to it."""
        view, release = self.view, self.release if by_release else None
        target = view.target or TargetRef(kind="Pod", name=self.pod.name, namespace=self.pod.obj["metadata"].get("namespace", ""))
        if release is not None:
            statement = f"{statement}. {release.what()}{release.when()} brought it in; {release.health.words}"
            if not release.health.known:
                self.against.append(release.health.words)
        firing = any(alert.status == "firing" for alert in view.alerts)
        found = quotes(*citations)
        kinds = {"events": "event", "pods": "pod_status"}
        sources = {kinds.get(citation.evidence, citation.evidence.split(":", 1)[0]): None for citation in found}
        known = [source for source in ("pod_status", "event", "log") if source in sources]
        return Hypothesis(
            cause_class=cause,
            confidence=self.score.confidence,
            statement=statement,
            target=target,
            citations=quotes(*found, release.diff_line() if release else None, *view.alert_lines()[:1]),
            sources=(*known, *(["revision"] if release else []), *(["alert"] if firing else [])),
            change=release.change() if release else None,
            against=tuple(self.against),
            facts={
                **(release.facts() if release else {}),
                "container": self.container.name,
                **(facts or {}),
                "observations": self.score.observations,
            },
        )


def worst(found: list[Blame]) -> list[Blame]:
    """Return the one with the highest score: many replicas with one fault are one cause."""
    return sorted(found, key=lambda one: (-one.score.confidence, one.pod.name, one.container.name))[:1]
