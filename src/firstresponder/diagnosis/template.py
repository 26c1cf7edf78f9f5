"""What differs between two pod templates, in terms of what the containers will run."""

from __future__ import annotations

import re
from collections.abc import Iterable

from firstresponder.diagnosis.when import moment
from firstresponder.model import Json, Noun

_RESTART = re.compile(r"restart|redeploy|rollme|last-reloaded-from", re.IGNORECASE)
_EPOCH = re.compile(r"1\d{9}(\d{3})?(\.\d+)?")


class Difference(Noun, frozen=True, kw_only=True):
    """One value that differs; `old` or `new` is None where it was not there."""

    path: tuple[str, ...]  # ("containers", "app", "env", "KAFKA_ADDR")
    old: Json
    new: Json

    @property
    def container(self) -> str:
        """The container that it concerns; empty when it concerns the pod."""
        return self.path[1] if len(self.path) > 1 and self.path[0] in ("containers", "initContainers") else ""

    @property
    def field(self) -> str:
        """`image`, `command`, `env`, `resources`, `livenessProbe`, … or the pod's own field."""
        place = 2 if self.container else 0
        return self.path[place] if len(self.path) > place else ""

    def __str__(self) -> str:
        """`env KAFKA_ADDR: kafka:9092 → kafka:9999`."""
        words = " ".join(self.path[2:] if self.container else self.path)
        return f"{words}: {_short(self.old)} → {_short(self.new)}"


def differences(old: Json, new: Json) -> list[Difference]:
    """Return what differs between two pod templates, without a mere restart's stamp and without bookkeeping.

    Containers, environment variables, volumes and ports are compared by name, so that their order does not matter.
    """
    before, after = dict(_leaves(_relevant(old))), dict(_leaves(_relevant(new)))
    return [
        Difference(path=path, old=before.get(path), new=after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def runs_alike(found: Iterable[Difference]) -> bool:
    """Whether these differences leave alone what the containers run: only the template's labels or annotations differ."""
    return all(difference.field in ("annotations", "labels") for difference in found)


def _relevant(template: Json) -> Json:
    metadata = template.get("metadata") or {}
    return {
        **(template.get("spec") or {}),
        "labels": {k: v for k, v in (metadata.get("labels") or {}).items() if k != "pod-template-hash"},
        "annotations": {k: v for k, v in (metadata.get("annotations") or {}).items() if not _stamp(k, v)},
    }


def _stamp(key: str, value: Json) -> bool:
    """Whether an annotation only makes the template differ, as `kubectl rollout restart` does."""
    return bool(_RESTART.search(key)) or moment(value) is not None or bool(_EPOCH.fullmatch(str(value)))


def _leaves(value: Json, path: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], Json]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "name" in item for item in value):
        for item in value:
            rest = {key: inner for key, inner in item.items() if key != "name"}
            yield from _leaves(rest or True, (*path, str(item["name"])))
    elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield path, value
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, (*path, str(place)))
    elif value not in (None, {}, []):
        # An env entry's value sits right under its name: ("env", "KAFKA_ADDR"), not ("env", "KAFKA_ADDR", "value").
        yield path[:-1] if path and path[-1] == "value" and "env" in path else path, value


def _short(value: Json) -> str:
    text = "(none)" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - a line of a brief
