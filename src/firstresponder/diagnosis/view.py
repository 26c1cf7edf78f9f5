"""An indexed view over evidence, for detectors: objects, the target's pods and revisions, logs, events, and quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from firstresponder.diagnosis.container import Container
from firstresponder.diagnosis.when import moment
from firstresponder.model import Alert, Citation, Evidence, EvidenceSet, Json, TargetRef, canonical

_QUOTE = 400  # characters: a quote is a line, not a page


@dataclass(frozen=True)
class Pod:
    """One pod and its containers, init containers first."""

    obj: Json
    containers: tuple[Container, ...]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.obj["metadata"]["name"])

    @property
    def uid(self) -> str:
        """Its UID."""
        return str(self.obj["metadata"].get("uid", ""))

    @property
    def owner_uid(self) -> str:
        """The UID of what controls it; empty for a bare pod."""
        owners = self.obj["metadata"].get("ownerReferences") or []
        return str(next((owner.get("uid", "") for owner in owners if owner.get("controller")), ""))

    @property
    def born(self) -> datetime | None:
        """When it was made."""
        return moment(self.obj["metadata"].get("creationTimestamp"))

    @property
    def ready(self) -> bool:
        """Whether its Ready condition is true."""
        return str(self.condition("Ready").get("status")) == "True"

    def condition(self, kind: str) -> Json:
        """Return a condition, or an empty dict."""
        return next((c for c in (self.obj.get("status") or {}).get("conditions") or [] if c.get("type") == kind), {})

    @property
    def ended_from_outside(self) -> bool:
        """Whether it is over though it should always run: evicted, preempted or lost with its node, and no crash of its own."""
        always = (self.obj.get("spec") or {}).get("restartPolicy", "Always") == "Always"
        return always and (self.obj.get("status") or {}).get("phase") in ("Failed", "Succeeded")

    def crashing(self, now: datetime) -> list[Container]:
        """Return the containers that keep ending."""
        return [] if self.ended_from_outside else [container for container in self.containers if container.crashing(now)]


@dataclass(frozen=True)
class Revision:
    """One ReplicaSet of the target Deployment."""

    obj: Json
    number: int

    @property
    def uid(self) -> str:
        """The ReplicaSet's UID."""
        return str(self.obj["metadata"].get("uid", ""))

    @property
    def name(self) -> str:
        """The ReplicaSet's name."""
        return str(self.obj["metadata"]["name"])

    @property
    def made(self) -> datetime | None:
        """When the ReplicaSet was made: the first time that this template was rolled out."""
        return moment(self.obj["metadata"].get("creationTimestamp"))

    @property
    def template(self) -> Json:
        """The pod template."""
        return (self.obj.get("spec") or {}).get("template") or {}

    @property
    def ready(self) -> int:
        """How many of its pods are ready, as its status says."""
        return int((self.obj.get("status") or {}).get("readyReplicas") or 0)

    @property
    def rolled_back_to(self) -> bool:
        """Whether it was the present revision more than once."""
        return "deployment.kubernetes.io/revision-history" in (self.obj["metadata"].get("annotations") or {})

    def images(self) -> dict[str, str]:
        """Return container name → image."""
        return {str(c.get("name")): str(c.get("image")) for c in (self.template.get("spec") or {}).get("containers") or []}


class View:
    """What one investigation saw, ready to be asked."""

    def __init__(self, evidence: EvidenceSet, alerts: Sequence[Alert], now: datetime) -> None:
        """Index `evidence`; `now` is the moment that durations are measured to.

        A person's request is no alert here: that somebody asks confirms nothing.
        """
        self.evidence = evidence
        self.alerts = tuple(alert for alert in alerts if not alert.by_person)
        self._requests = {f"alert:{alert.fingerprint}" for alert in alerts if alert.by_person}
        self.now = now
        self._by_id = {item.id: item for item in evidence.items}

    @property
    def target(self) -> TargetRef | None:
        """The object that the alert is about; where none was found, the pod that it named."""
        return self.evidence.resolution.target or self.evidence.resolution.culprit

    def item(self, evidence_id: str) -> Evidence | None:
        """Return one evidence, or None."""
        return self._by_id.get(evidence_id)

    def objects(self, kind: str) -> list[Json]:
        """Return every object of a kind, once each."""
        found: dict[Json, Json] = {}
        for item in self.evidence.items:
            for obj in item.objects:
                if obj.get("kind") == kind:
                    metadata = obj.get("metadata") or {}
                    found.setdefault(metadata.get("uid") or (metadata.get("namespace"), metadata.get("name")), obj)
        return list(found.values())

    def object(self, kind: str, namespace: str, name: str) -> Json | None:
        """Return one object, or None."""
        return next(
            (o for o in self.objects(kind) if o["metadata"].get("namespace", "") == namespace and o["metadata"]["name"] == name),
            None,
        )

    @cached_property
    def workload(self) -> Json | None:
        """The Deployment, StatefulSet, … in question, or None."""
        item = self.item("workload")
        return item.objects[0] if item is not None and item.objects else None

    @cached_property
    def pods(self) -> list[Pod]:
        """The target's pods, the worst first. Pods that are being deleted are no proof of anything and are left out."""
        item = self.item("pods")
        objects = item.objects if item is not None else ()
        return [Pod(obj, tuple(_containers(obj))) for obj in objects if not obj["metadata"].get("deletionTimestamp")]

    @cached_property
    def revisions(self) -> list[Revision]:
        """The target Deployment's revisions, the oldest first."""
        item = self.item("revisions")
        found = [Revision(obj, _number(obj)) for obj in (item.objects if item is not None else ())]
        return sorted(found, key=lambda revision: revision.number)

    def pods_of(self, revision: Revision) -> list[Pod]:
        """Return the pods that this ReplicaSet controls."""
        return [pod for pod in self.pods if pod.owner_uid and pod.owner_uid == revision.uid]

    def containers(self) -> Iterator[tuple[Pod, Container]]:
        """Yield every container of every pod of the target."""
        for pod in self.pods:
            for container in pod.containers:
                yield pod, container

    @cached_property
    def events(self) -> list[Json]:
        """Events, the newest first."""
        item = self.item("events")
        return list(item.objects) if item is not None else []

    def events_of(self, uid: str, *reasons: str) -> list[Json]:
        """Return the events about an object with one of these reasons (any reason when none is given)."""
        return [
            e
            for e in self.events
            if (e.get("involvedObject") or {}).get("uid") == uid and (not reasons or e.get("reason") in reasons)
        ]

    def logs_of(self, container: Container) -> list[Evidence]:
        """Return the logs of a container, of the run before first."""
        which = f"log:{container.pod}/{container.name}"
        return [item for item in (self.item(f"{which}@previous"), self.item(which)) if item is not None]

    def line(self, evidence_id: str, *words: str) -> Citation | None:
        """Quote the first line of an evidence that holds all these words; None when there is none."""
        item = self.item(evidence_id)
        for text in item.text.splitlines() if item is not None else ():
            if all(word in text for word in words):
                return Citation(evidence=evidence_id, quote=text.strip()[:_QUOTE])
        return None

    def began(self) -> datetime | None:
        """Return when the first firing alert began; None when none fires."""
        return min((alert.starts_at for alert in self.alerts if alert.status == "firing"), default=None)

    def alert_lines(self) -> list[Citation]:
        """Quote the first line of each alert."""
        items = (item for item in self.evidence.items if item.collector == "alert" and item.id not in self._requests)
        lines = (self.line(item.id, "since") for item in items)
        return [line for line in lines if line is not None]


def quotes(*found: Citation | None) -> tuple[Citation, ...]:
    """Return the quotes that were found, each once."""
    return tuple(dict.fromkeys(citation for citation in found if citation is not None))


def occurs(item: Evidence, quote: str) -> bool:
    """Whether a quote is literally in an evidence: in its text, in a string of an object, or in its canonical JSON."""
    return (
        quote in item.text or any(quote in text for text in _strings(item.objects)) or quote in canonical(item.objects).decode()
    )


def _strings(value: Json) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _containers(pod: Json) -> Iterator[Container]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    for init, specs, states in (
        (True, spec.get("initContainers"), status.get("initContainerStatuses")),
        (False, spec.get("containers"), status.get("containerStatuses")),
    ):
        by_name = {state.get("name"): state for state in states or []}
        for one in specs or []:
            yield Container(pod["metadata"]["name"], str(one.get("name")), init, one, by_name.get(one.get("name"), {}))


def _number(rs: Json) -> int:
    text = (rs["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "")
    return int(text) if text.isdigit() else 0
