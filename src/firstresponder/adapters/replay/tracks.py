"""The states of a recording in order of time: one track before the repair, one after it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from firstresponder.model import Json
from firstresponder.model.bundle import Bundle, Change, Firing, object_key

T = TypeVar("T")


@dataclass(frozen=True)
class State:
    """One moment: `objects` by "Kind/namespace/name"."""

    objects: dict[str, Json]
    logs: dict[str, str]
    firing: Firing


@dataclass(frozen=True)
class Track:
    """States with the seconds of recorded time at which each begins; the last one stays."""

    seconds: tuple[float, ...]
    states: tuple[State, ...]

    def at(self, seconds: float) -> int:
        """Return the number of the state that holds then: never one that begins later."""
        return max(0, bisect_right(self.seconds, seconds) - 1)


class Tracks:
    """Both tracks of a bundle, and how far apart they were recorded."""

    def __init__(self, bundle: Bundle) -> None:
        """Lay the deltas on each other."""
        self.now = bundle.now
        first = State(
            {object_key(obj): obj for obj in bundle.cluster},
            dict(bundle.logs),
            bundle.firing or fires(bundle.alert.get("alerts")),
        )
        self.before = _track([(0.0, first)], [((one.at - bundle.now).total_seconds(), one) for one in bundle.frames])
        self.operations = bundle.repair.operations if bundle.repair else ()
        self.written_at: datetime = bundle.repair.at if bundle.repair else bundle.now
        after = bundle.repair.after if bundle.repair else ()
        self.after = _track([(0.0, self.before.states[-1])], [(one.seconds, one) for one in after])


def fires(alerts: Json) -> Firing:
    """Return what a webhook body says: the alerts in it that fire, and that there are rules of their names."""
    found: Firing = {}
    for alert in alerts if isinstance(alerts, list) else []:
        labels = alert.get("labels") if isinstance(alert, dict) else None
        if isinstance(labels, dict):
            rule = found.setdefault(str(labels.get("alertname", "")), [])
            if alert.get("status", "firing") == "firing":
                rule.append({str(key): str(value) for key, value in labels.items()})
    return found


def changed(state: State, change: Change) -> State:
    """Return the state with a change laid over it."""
    return State(
        _laid(state.objects, change.cluster),
        _laid(state.logs, change.logs),
        state.firing if change.firing is None else change.firing,
    )


def _laid(below: dict[str, T], above: dict[str, T | None]) -> dict[str, T]:
    whole = {**below, **above}
    return {key: value for key, value in whole.items() if value is not None}


def _track(begin: Sequence[tuple[float, State]], changes: Iterable[tuple[float, Change]]) -> Track:
    timed = list(begin)
    for seconds, change in changes:
        timed.append((seconds, changed(timed[-1][1], change)))
    return Track(tuple(seconds for seconds, _ in timed), tuple(state for _, state in timed))
