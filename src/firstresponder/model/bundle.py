"""A recorded incident as a file: what was seen at one moment, and, in a recording, the timed states around a repair."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from firstresponder.model.alert import TargetRef
from firstresponder.model.base import Json, Noun
from firstresponder.model.evidence import Gap
from firstresponder.model.plan import PatchOp

SCHEMA_VERSION = 1

Objects = dict[str, Json]
"""Objects by "Kind/namespace/name" (no namespace: "Node//node-1"); null: it is gone."""
Firing = dict[str, list[dict[str, str]]]
"""Alerting rules that can be seen, by name, each with the labels of what is pending or firing; an empty list: nothing is."""


class Change(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """What differs from the state before: what is not named stays as it was."""

    cluster: Objects = msgspec.field(default_factory=dict)
    logs: dict[str, str | None] = msgspec.field(default_factory=dict)  # null: it is gone
    firing: Firing | None = None  # all of it, where anything of it differs


class Frame(Change, frozen=True, kw_only=True, omit_defaults=True):
    """A state before the repair."""

    at: datetime


class After(Change, frozen=True, kw_only=True, omit_defaults=True):
    """A state after the repair, `seconds` after its last write."""

    seconds: float


class Written(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """One write of the repair: the object, the change of its spec, and what came out of it."""

    target: TargetRef
    patch: tuple[PatchOp, ...]
    result: str  # digest of the resulting spec, see `adapters/replay/result.py`
    restarted: bool = False  # the write set another time of restart


class Repair(Noun, frozen=True, kw_only=True):
    """What repaired it, and how it went on."""

    at: datetime
    operations: tuple[Written, ...]
    after: tuple[After, ...]


class Recorded(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """Where a bundle comes from."""

    start: datetime
    kubernetes: str = ""  # "v1.34.1"
    product: str = ""  # our version
    cluster: str = ""  # what the configuration calls it
    notes: tuple[str, ...] = ()  # what is missing, and why


class Bundle(Noun, frozen=True, kw_only=True):
    """One recorded incident. Unknown fields of a file are ignored: what was expected of it is no input."""

    now: datetime  # the moment of `cluster`, `logs` and `prometheus`; nothing in them is later
    alert: dict[str, Any]  # an Alertmanager v4 webhook body
    cluster: tuple[dict[str, Any], ...]
    logs: dict[str, str] = msgspec.field(default_factory=dict)
    prometheus: tuple[Json, ...] = ()
    schema_version: int = 0  # 0: somebody else's, without the fields below
    id: str = ""
    changes: Json = None  # a note of the source; never an input
    gaps: tuple[Gap, ...] = ()  # what could not be read then
    recorded: Recorded | None = None
    firing: Firing | None = None  # None: what `alert` says
    frames: tuple[Frame, ...] = ()
    repair: Repair | None = None


def object_key(obj: Json) -> str:
    """Name an object: "Kind/namespace/name"."""
    metadata = obj["metadata"]
    return f"{obj['kind']}/{metadata.get('namespace') or ''}/{metadata['name']}"
