"""One recording, played: the state of the moment, and what a write does to it.

The recording's `now` is the moment at which the player is made; recorded time then goes `speed` times as fast as real time.
While nothing was repaired, the track before the repair plays, and its last state stays. A write is the real JSON patch, with
its tests, on the object as it is shown. If it makes of the object what the recorded repair made of it, the track after the
repair plays from that moment; otherwise the broken state goes on, with the patched object in it and a status that never
speaks of it (`observedGeneration` stays), so that no verification can pass. A write that restores the original goes back.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firstresponder.adapters.replay.moments import Move, moved, moved_time
from firstresponder.adapters.replay.result import restarted, result
from firstresponder.adapters.replay.tracks import State, Track, Tracks, fires
from firstresponder.errors import NotFound
from firstresponder.model import Change, Json, TargetRef
from firstresponder.model.bundle import Bundle
from firstresponder.ports.clock import Clock
from firstresponder.remediation import patch


@dataclass
class _Own:
    """What writes left on an object beside the recording."""

    annotations: dict[str, str | None] = field(default_factory=dict)  # None: removed
    metadata: Json = field(default_factory=dict)  # the rest of what was changed there
    body: Json = None  # all but metadata and status, where it is not what was recorded
    generation: int = 0


class Player:
    """Plays one bundle. Usable from any thread."""

    def __init__(self, bundle: Bundle, clock: Clock, speed: float = 1.0) -> None:
        """Begin now. Raises ValueError for a speed that is not above zero."""
        if not speed > 0:
            raise ValueError(f"speed: expected a number above zero, got {speed}")
        self.bundle = bundle
        self._tracks = Tracks(bundle)
        self._clock, self._speed = clock, speed
        self._begun, self._begun_at = clock.monotonic(), clock.now()
        self._written: float | None = None  # when the track after the repair began, by the monotonic clock
        self._written_at = self._begun_at
        self._fulfilled: set[str] = set()
        self._own: dict[str, _Own] = {}
        self._lock = threading.RLock()
        self._made: tuple[object, State] | None = None

    @property
    def repaired(self) -> bool:
        """Whether the track after the repair plays."""
        return self._written is not None

    def state(self) -> State:
        """Return the present state, its times moved to the present. It is shared: nobody may change it."""
        with self._lock:
            track, number = self._place()
            key = (self._written, number)
            if self._made is None or self._made[0] != key:
                self._made = (key, self._moved(track.states[number]))
            state = self._made[1]
            shown = {name: self._shown(name, state.objects[name]) for name in self._own if name in state.objects}
            return State({**state.objects, **shown}, state.logs, state.firing)

    def preview(self, change: Change) -> Json:
        """Return the object as a write would leave it. Raises NotFound, PreconditionFailed."""
        return patch.stored(self._target(change)[1], change.ops)

    def write(self, change: Change) -> Json:
        """Write, and return the object as it then stands. Raises NotFound, PreconditionFailed."""
        with self._lock:
            key, before = self._target(change)
            after = patch.stored(before, change.ops)
            own = self._own.setdefault(key, _Own())
            was, now = before["metadata"].get("annotations") or {}, after["metadata"].get("annotations") or {}
            own.annotations |= {name: now.get(name) for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
            own.metadata |= {
                name: value
                for name, value in after["metadata"].items()
                if name not in ("annotations", "generation") and not patch.same(before["metadata"].get(name), value)
            }
            if not patch.same(_body(before), _body(after)):
                self._judge(key, own, before, after)
            return copy.deepcopy(self.state().objects.get(key, after))

    def alert(self) -> Json:
        """Return the alert's webhook body as Alertmanager would send it now: firing or resolved, as the state says."""
        state = self.state()
        body = copy.deepcopy(self.bundle.alert)
        alerts = [one for one in body.get("alerts") or [] if isinstance(one, dict) and isinstance(one.get("labels"), dict)]
        for one in alerts:
            (name, labels), *_ = fires([{**one, "status": "firing"}]).items()
            recorded = one.get("status", "firing")
            fire = recorded == "firing" and (name not in state.firing or any(labels[0] == each for each in state.firing[name]))
            one["status"] = "firing" if fire else "resolved"
            if isinstance(one.get("startsAt"), str):
                one["startsAt"] = moved_time(one["startsAt"], self._move())
            if recorded == "firing" and not fire:
                one["endsAt"] = self._since().strftime("%Y-%m-%dT%H:%M:%SZ")
        body["status"] = "firing" if any(one["status"] == "firing" for one in alerts) else "resolved"
        return body

    def _target(self, change: Change) -> tuple[str, Json]:
        key = key_of(change.target)
        found = self.state().objects.get(key)
        if found is None:
            raise NotFound(f"{key} not found")
        return key, found

    def _judge(self, key: str, own: _Own, before: Json, after: Json) -> None:
        """Decide which track plays from here on."""
        recorded = {key_of(one.target): one for one in self._tracks.operations}.get(key)
        original = self._tracks.before.states[-1].objects.get(key)
        got, anew = result(after), restarted(before, after)
        own.body, own.generation = _body(after), after["metadata"].get("generation", 0)
        if recorded is not None and got == recorded.result and (anew == recorded.restarted or self.repaired):
            self._fulfilled.add(key)
            if len(self._fulfilled) == len(self._tracks.operations) and not self.repaired:
                self._written, self._written_at = self._clock.monotonic(), self._clock.now()
        elif original is not None and got == result(original):
            own.body = None
            self._fulfilled.discard(key)
            self._written = None

    def _shown(self, key: str, obj: Json) -> Json:
        """The recorded object with what writes left on it."""
        own = self._own[key]
        annotations = {**(obj["metadata"].get("annotations") or {}), **own.annotations}
        kept = {name: text for name, text in annotations.items() if text is not None}
        metadata = {**obj["metadata"], **own.metadata, "annotations": kept}
        if own.body is None or (self.repaired and key in self._fulfilled):  # it is what was recorded
            return {**obj, "metadata": metadata}
        metadata["generation"] = max(own.generation, metadata.get("generation", 0))
        status = {"status": obj["status"]} if "status" in obj else {}
        return {**own.body, **status, "metadata": metadata}

    def _place(self) -> tuple[Track, int]:
        """The track that plays, and the number of its present state."""
        began = self._begun if self._written is None else self._written
        track = self._tracks.before if self._written is None else self._tracks.after
        return track, track.at((self._clock.monotonic() - began) * self._speed)

    def _since(self) -> datetime:
        """When the present state began, in real time."""
        track, number = self._place()
        began = self._begun_at if self._written is None else self._written_at
        return began + timedelta(seconds=track.seconds[number] / self._speed)

    def _moved(self, state: State) -> State:
        move = self._move()
        return State({key: moved(obj, move) for key, obj in state.objects.items()}, state.logs, state.firing)

    def _move(self) -> Move:
        """Map recorded moments to real ones, in their order: what was before `now` keeps its age, what came later is sped up."""
        start, begun, speed = self._tracks.now, self._begun_at, self._speed
        written, written_at, repaired = self._tracks.written_at, self._written_at, self.repaired

        def move(at: datetime) -> datetime:
            if at <= start:
                return begun - (start - at)
            if repaired and at >= written:
                return written_at + (at - written) / speed
            moment = begun + (at - start) / speed
            return min(moment, written_at) if repaired else moment

        return move


def _body(obj: Json) -> Json:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}


def key_of(target: TargetRef) -> str:
    """Name an object as `object_key` does."""
    return f"{target.kind}/{target.namespace}/{target.name}"
