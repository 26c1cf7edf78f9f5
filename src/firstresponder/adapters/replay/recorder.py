"""Records a namespace while it breaks and is repaired: full looks, from which `bundle` makes one file with small deltas.

    recorder = Recorder(read=…, logs=…, metrics=…, clock=…, namespace="shop")
    await recorder.alert(body)          # the webhook body; this moment is the bundle's `now`
    watching = asyncio.create_task(recorder.watch(done))
    …                                   # the repair, by whoever writes through the gate
    done.set(); await watching
    write_bundle(path, recorder.bundle("bad-release"))

The write is seen by the gate's stamp on the object, at the first look after it: up to one interval late. Nothing of a Secret
is read, of a ConfigMap only that it exists; everything else is redacted, and equal secrets stay equal (`[redacted 1]`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Final

from firstresponder import __version__
from firstresponder.adapters.replay.looks import (
    Look,
    difference,
    frames_of,
    nodes_of,
    operations_of,
    small,
    stamped,
    stamps_of,
    version,
    whole,
)
from firstresponder.adapters.replay.tracks import fires
from firstresponder.errors import BadInput, Forbidden, NotFound, Temporary
from firstresponder.evidence.gaps import gap
from firstresponder.model import Gap, Json
from firstresponder.model.bundle import SCHEMA_VERSION, After, Bundle, Firing, Recorded, Repair, object_key
from firstresponder.ports.clock import Clock
from firstresponder.ports.cluster_read import ClusterRead
from firstresponder.ports.logs import Logs
from firstresponder.ports.metrics import Metrics
from firstresponder.redaction import Redactor
from firstresponder.verification.alerts import identity

KINDS: Final = (
    "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "Event", "Service", "ConfigMap",
    "ResourceQuota", "LimitRange", "HorizontalPodAutoscaler", "PodDisruptionBudget", "PersistentVolumeClaim", "NetworkPolicy",
)  # fmt: skip
"""What is recorded of a namespace. The Namespace itself and the nodes of its pods are, too."""
LINES, BYTES = 100, 16_384
"""Of each container's log, at most."""


class Recorder:
    """Looks again and again, and remembers."""

    def __init__(
        self,
        *,
        read: ClusterRead,
        logs: Logs,
        metrics: Metrics | None,
        clock: Clock,
        namespace: str,
        kinds: Sequence[str] = KINDS,
    ) -> None:
        """Nothing is read yet."""
        self._read, self._logs, self._metrics, self._clock = read, logs, metrics, clock
        self._namespace, self._kinds = namespace, tuple(kinds)
        self._redactor = Redactor(numbered=True)
        self._looks: list[Look] = []
        self._gaps: dict[str, Gap] = {}
        self._body: Json = None
        self._answered: set[str] = set()

    @property
    def looks(self) -> int:
        """How many looks were kept."""
        return len(self._looks)

    @property
    def written(self) -> bool:
        """Whether a write was seen."""
        return any(stamped(before, after) for before, after in pairwise(self._looks))

    async def alert(self, body: Json) -> None:
        """Look, and take this moment for the bundle's `now`: the alert has just been delivered."""
        self._body = body
        self._looks.clear()
        await self.look()

    async def watch(self, until: asyncio.Event, every: float = 1.0) -> None:
        """Look every so many seconds until told to end; what cannot be read is a gap, and no end."""
        while not until.is_set():
            await self.look()
            await self._clock.sleep(every)

    async def look(self) -> None:
        """Look once. Where a kind that was seen before is not answered, the look is left out: its objects are not gone."""
        found: dict[str, Json] = {}
        silent: set[str] = set()
        for kind in self._kinds:
            listed = await self._list(kind)
            found |= {object_key(obj): obj for obj in listed or []}
            (silent if listed is None else self._answered).add(kind)
        if not self._answered or silent & self._answered:
            return
        for kind, name in [("Namespace", self._namespace), *(("Node", node) for node in nodes_of(found))]:
            if (obj := await self._get(kind, name)) is not None:
                found[object_key(obj)] = obj
        stamps = stamps_of(found)
        logs = {key: text async for key, text in self._tails(found)}
        firing = await self._firing()
        objects = {key: self._redactor.object(small(obj)) for key, obj in found.items()}
        self._looks.append(Look(self._clock.now(), objects, logs, firing, stamps))

    def bundle(self, name: str) -> Bundle:
        """Make the file's content of what was seen since the alert. Raises BadInput when there was none."""
        if not self._looks or self._body is None:
            raise BadInput(f"recording {name}: nothing was recorded; call `alert` while the cluster answers")
        looks = [self._forgotten(look) for look in self._looks]
        first, notes = looks[0], list[str]()
        at_write = self._writes(looks, notes)
        now = whole(first.at)
        before = looks[1 : at_write[-1]] if at_write else looks[1:]
        frames = frames_of([first, *before], now)
        last_before = before[-1] if before else first
        return Bundle(
            schema_version=SCHEMA_VERSION,
            id=name,
            now=now,
            alert=self._redactor.forget(self._redactor.object(self._body)),
            cluster=tuple(first.objects.values()),
            logs=first.logs,
            gaps=tuple(self._gaps.values()),
            recorded=Recorded(start=first.at, kubernetes=version(first.objects), product=__version__, notes=tuple(notes)),
            firing=first.firing,
            frames=frames,
            repair=self._repair(looks, at_write, last_before) if at_write else None,
        )

    def _writes(self, looks: list[Look], notes: list[str]) -> list[int]:
        """Numbers of the looks that first show a write; the recording ends where an object is written once more."""
        found: list[int] = []
        seen: set[str] = set()
        for number, (before, after) in enumerate(pairwise(looks), 1):
            keys = stamped(before, after)
            if seen & keys:
                notes.append(f"the recording ends where {', '.join(sorted(seen & keys))} was written for the second time")
                del looks[number:]
                break
            if keys:
                found.append(number)
                seen |= keys
        return found

    def _repair(self, looks: list[Look], at_write: list[int], last_before: Look) -> Repair:
        operations = [one for number in at_write for one in operations_of(looks[number - 1], looks[number])]
        begin = looks[at_write[-1]]
        states = [last_before, *looks[at_write[-1] :]]
        after = [
            After(seconds=round((look.at - begin.at).total_seconds(), 3), **difference(older, look))
            for older, look in pairwise(states)
            if look is begin or difference(older, look)
        ]
        return Repair(at=begin.at, operations=tuple(operations), after=tuple(after))

    def _forgotten(self, look: Look) -> Look:
        """Take out what a later look has taught to be a secret."""
        objects, logs = self._redactor.forget(look.objects), self._redactor.forget(look.logs)
        return Look(look.at, objects, logs, look.firing, look.stamps)

    async def _list(self, kind: str) -> list[Json] | None:
        try:
            return await self._read.list(kind, self._namespace)
        except (NotFound, Forbidden, Temporary) as error:
            self._gap(kind, error)
            return None

    async def _get(self, kind: str, name: str) -> Json:
        try:
            return await self._read.get(kind, "", name)
        except (NotFound, Forbidden, Temporary) as error:
            self._gap(f"{kind} {name}", error)
            return None

    async def _tails(self, objects: dict[str, Json]) -> AsyncIterator[tuple[str, str]]:
        for pod in [obj for key, obj in objects.items() if key.startswith("Pod/")]:
            for status in (pod.get("status") or {}).get("containerStatuses") or []:
                for previous in (False, True) if (status.get("lastState") or {}).get("terminated") else (False,):
                    key = f"{self._namespace}/{pod['metadata']['name']}/{status['name']}" + ("@previous" if previous else "")
                    try:
                        text = await self._logs.tail(
                            self._namespace,
                            pod["metadata"]["name"],
                            status["name"],
                            previous=previous,
                            lines=LINES,
                            max_bytes=BYTES,
                        )
                    except NotFound:  # it has not begun, or is gone between two requests
                        continue
                    except (Forbidden, Temporary) as error:
                        self._gap(f"log of {key}", error)
                        continue
                    yield key, self._redactor.text(text)

    async def _firing(self) -> Firing:
        """Ask Prometheus about the alert's names; without it, what the webhook body said stays as it is."""
        told = fires((self._body or {}).get("alerts"))
        if self._metrics is None:
            return told
        seen: Firing = {}
        for name, alerts in told.items():
            try:
                answers = [(labels, await self._metrics.firing(name, identity(labels))) for labels in alerts]
            except (Forbidden, Temporary) as error:
                self._gap(f"rule {name}", error)
                continue
            if any(answer is not None for _, answer in answers):
                seen[name] = [labels for labels, answer in answers if answer]
        return seen

    def _gap(self, what: str, error: Exception) -> None:
        self._gaps.setdefault(what, gap("recorder", what, error))
