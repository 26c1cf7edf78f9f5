"""A response that a person asks for: an incident without an alert.

It becomes a stored alert like any other, on disk before anybody is told that it counts, so that everything after it is the
one way that there is: filing, evidence, diagnosis, guards, approval. What differs follows from `Alert.by_person`: it
confirms no diagnosis, nothing runs by itself for it, and it never resolves. The incident ends when a repair is verified,
or when a person closes it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from firstresponder.errors import BadInput, FirstresponderError, NotFound
from firstresponder.intake.fingerprint import fingerprint
from firstresponder.model import BY_PERSON, REQUESTED, Alert, AuditDraft, Person, Phase, TargetRef
from firstresponder.workflow.answers import Requested
from firstresponder.workflow.world import World

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("deployment", "deployments", "deploy"), ("Deployment", "deployment")),
    **dict.fromkeys(("statefulset", "statefulsets", "sts"), ("StatefulSet", "statefulset")),
    **dict.fromkeys(("daemonset", "daemonsets", "ds"), ("DaemonSet", "daemonset")),
    **dict.fromkeys(("pod", "pods", "po"), ("Pod", "pod")),
    **dict.fromkeys(("node", "nodes", "no"), ("Node", "node")),
}
"""Kinds and kubectl's short names for them → the Kubernetes kind and the label that names such an object."""
SPOKEN: Final = "deployment, statefulset, daemonset, pod or node"

NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"""

FILED_WITHIN: Final = 10.0
"""Seconds that an answer waits for the worker to file the request."""
POLL: Final = 0.05
NEAR_AT_MOST: Final = 3


class Requests:
    """What people may ask for. Usable from any event loop."""

    world: World

    async def respond(self, *, kind: str, name: str, namespace: str, who: Person, why: str, severity: str) -> Requested:
        """Begin an incident about one object, or join the open one that is about it.

        `kind` is a kind or kubectl's short name for it; `namespace` is not read for a node; `severity` may be empty.
        Raises BadInput for another kind, NotFound (nothing is stored then) where the cluster has no such object, and
        Unhealthy when the request could not be stored.
        """
        target, label = _named(kind, name, namespace)
        unsure = await self._there(target)
        alert = self._alert(target, label, who, why, severity)
        await self.world.alerts.append([alert])
        self.world.wake()
        incident_id, opened = await self._filed(alert)
        await self.world.audit.append([_said(alert, target, who, why, incident_id)])
        return await self._answer(target, incident_id, unsure, opened=opened)

    def _alert(self, target: TargetRef, label: str, who: Person, why: str, severity: str) -> Alert:
        # `job` says who reports: a pod that is called like an exporter is then still the subject (evidence/labels.py).
        labels = {"alertname": REQUESTED, label: target.name, "job": "firstresponder"}
        if target.namespace:
            labels["namespace"] = target.namespace
        if severity and severity != "none":
            labels["severity"] = severity
        now = self.world.clock.now()
        return Alert(
            fingerprint=fingerprint(labels),
            labels=labels,
            annotations={
                "summary": f"{who.label} asks for a response" + (f": {why}" if why else ""),
                "requested_by": who.label,
                "requested_via": who.via,
            },
            status="firing",
            starts_at=now,
            received_at=now,
            source=BY_PERSON,
        )

    async def _there(self, target: TargetRef) -> str:
        """Return nothing where the object exists, else why that is not known. Raises NotFound, with what is near."""
        try:
            async with asyncio.timeout(self.world.settings.correlation.resolve_timeout):
                await self.world.read.get(target.kind, target.namespace, target.name)
        except NotFound as error:
            raise NotFound(f"there is no {_place(target)}{await self._near(target)}; nothing was stored") from error
        except (TimeoutError, FirstresponderError) as error:
            return f"whether it exists could not be checked ({str(error) or 'no answer in time'})"
        return ""

    async def _near(self, target: TargetRef) -> str:
        """Names like it in that namespace, and namespaces that have one of that very name."""
        said = ""
        try:
            async with asyncio.timeout(self.world.settings.correlation.resolve_timeout):
                here = await self.world.read.list(target.kind, target.namespace)
                names = [str(each["metadata"]["name"]) for each in here]
                if near := get_close_matches(target.name, names, n=NEAR_AT_MOST):
                    said = f"; there is {' and '.join(near)}"
                if target.namespace:
                    same = await self.world.read.list(target.kind, "", fields=f"metadata.name={target.name}")
                    spaces = sorted(str(each["metadata"].get("namespace", "")) for each in same)[:NEAR_AT_MOST]
                    said += f"; namespace {' and '.join(spaces)} has one of that name" if spaces else ""
        except (TimeoutError, FirstresponderError):
            return said  # help that cannot be given is no fault
        return said

    async def _filed(self, alert: Alert) -> tuple[str, bool]:
        """Wait until the worker, in whatever process, has filed exactly this request: return where, and if it is the first.

        The incident is empty where the request was not filed in time.
        """
        world = self.world
        until = world.clock.monotonic() + FILED_WITHIN
        while True:
            found = (await world.alerts.incidents_of([alert.fingerprint])).get(alert.fingerprint, "")
            # The newest one that was filed may still be an earlier request about the same object.
            rows = await world.alerts.of_incident(found) if found else []
            ours = [row.seq for row in rows if _key(row.alert) == _key(alert)]
            if ours:
                return found, ours[0] == min(row.seq for row in rows)
            if world.clock.monotonic() >= until:
                return "", False
            await world.clock.sleep(POLL)

    async def _answer(self, target: TargetRef, incident_id: str, unsure: str, *, opened: bool) -> Requested:
        after = f"; {unsure}" if unsure else ""
        if not incident_id:
            words = f"the request about {_place(target)} is on disk and waits to be filed; see 'firstresponder incidents'"
            return Requested(status="waits", message=words + after, incident_id="")
        if opened:
            return Requested(status="opened", message=f"{_place(target)} is looked into{after}", incident_id=incident_id)
        row = await self.world.incidents.get(incident_id)
        words = f"{incident_id} is about {_place(target)} already; the request joins it"
        if row.phase is Phase.ESCALATED:
            whose = f" with {row.owner}" if row.owner else " with a person"
            words += f". It is{whose} ({row.reason}): 'firstresponder look-again {incident_id}' has it looked into anew"
        return Requested(status="joined", message=words + after, incident_id=incident_id)


def _named(kind: str, name: str, namespace: str) -> tuple[TargetRef, str]:
    """Return the object that is meant and the label that names it. Raises BadInput."""
    # `kubectl -o name` says deployment.apps/api.
    found = KINDS.get(kind.strip().lower().partition(".")[0])
    if found is None:
        raise BadInput(f"kind: expected {SPOKEN}, or kubectl's short name for one, got {kind[:60]!r}")
    if not NAME.fullmatch(name):
        raise BadInput(f"name: expected the name of a Kubernetes object, in lower case, got {name[:60]!r}")
    if found[0] != "Node" and not NAMESPACE.fullmatch(namespace):
        raise BadInput(f"namespace: expected the namespace of {found[1]} {name}, got {namespace[:60]!r}")
    return TargetRef(kind=found[0], name=name, namespace="" if found[0] == "Node" else namespace), found[1]


def _key(alert: Alert) -> tuple[str, datetime]:
    return alert.fingerprint, alert.starts_at


def _place(target: TargetRef) -> str:
    return f"{target.kind} {target.namespace}/{target.name}" if target.namespace else f"{target.kind} {target.name}"


def _said(alert: Alert, target: TargetRef, who: Person, why: str, incident_id: str) -> AuditDraft:
    data = {"target": _place(target), "why": why, "via": who.via, "identity": who.identity, "fingerprint": alert.fingerprint}
    return AuditDraft(what="incident.requested", actor=who.label, at=alert.starts_at, incident_id=incident_id, data=data)
