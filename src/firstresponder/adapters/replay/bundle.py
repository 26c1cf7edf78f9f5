"""A recorded moment as a cluster: the same collectors and detectors run over it as over a live one."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable, Mapping
from datetime import datetime

from firstresponder.adapters.replay.selectors import field_match, label_match
from firstresponder.errors import Forbidden, NotFound
from firstresponder.model import Change, Json
from firstresponder.remediation import patch

# Kinds that live outside namespaces, of those that a bundle may hold.
CLUSTER_WIDE = frozenset(
    [
        "Node",
        "Namespace",
        "PersistentVolume",
        "StorageClass",
        "ClusterRole",
        "ClusterRoleBinding",
        "PriorityClass",
        "IngressClass",
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    ]
)


class BundleCluster:
    """A `ClusterRead` over recorded objects. It takes no writes: as a `ClusterWrite` it only previews."""

    def __init__(self, objects: Iterable[Json]) -> None:
        """Serve these objects; the caller's are never handed out, only copies."""
        self._objects = [copy.deepcopy(obj) for obj in objects]
        for obj in self._objects:  # hand-written bundles leave them out; an API server never does
            obj.setdefault("apiVersion", "")
            obj["metadata"].setdefault("uid", "")

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object. Raises NotFound."""
        return find(self._objects, kind, namespace, name)

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Return at most `limit` objects; an empty namespace means all. Raises ValueError for a selector it cannot read."""
        return select(self._objects, kind, namespace, labels=labels, fields=fields)[:limit]

    async def preview(self, change: Change) -> Json:
        """Return the object as it would be. Raises NotFound, PreconditionFailed."""
        target = change.target
        return patch.stored(find(self._objects, target.kind, target.namespace, target.name), change.ops)

    async def apply(self, change: Change, *, timeout: float) -> Json:  # noqa: ARG002  # a port's form
        """Raise Forbidden: one recorded moment cannot change."""
        raise Forbidden(f"{change.target} is recorded: it can be read, not changed")


class BundleLogs:
    """`Logs` over recorded texts. A key without a container holds for every container that has none of its own."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Serve these texts."""
        self._texts = dict(texts)

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the last lines, at most `max_bytes` of UTF-8. Raises NotFound where nothing was recorded."""
        return tail(self._texts, namespace, pod, container, previous=previous, lines=lines, max_bytes=max_bytes)


class StillClock:
    """A `Clock` that stands at one moment."""

    def __init__(self, at: datetime) -> None:
        """Stand at this moment."""
        self._at = at

    def now(self) -> datetime:
        """Return the moment."""
        return self._at

    def monotonic(self) -> float:
        """Return zero: no time passes."""
        return 0.0

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002  # a port's form
        """Let others run."""
        await asyncio.sleep(0)


def find(objects: Iterable[Json], kind: str, namespace: str, name: str) -> Json:
    """Return a copy of one object. Raises NotFound."""
    for obj in objects:
        if obj["kind"] == kind and obj["metadata"].get("name") == name and _inside(obj, kind, namespace):
            return copy.deepcopy(obj)
    raise NotFound(f"{kind} {namespace + '/' if namespace else ''}{name} not found")


def select(objects: Iterable[Json], kind: str, namespace: str, *, labels: str, fields: str) -> list[Json]:
    """Return copies of the objects that match. Raises ValueError for a selector that cannot be read."""
    by_label, by_field = label_match(labels), field_match(fields)
    return [
        copy.deepcopy(obj)
        for obj in objects
        if obj["kind"] == kind
        and (not namespace or _inside(obj, kind, namespace))
        and by_label(obj["metadata"].get("labels") or {})
        and by_field(obj)
    ]


def tail(
    texts: Mapping[str, str], namespace: str, pod: str, container: str, *, previous: bool, lines: int, max_bytes: int
) -> str:
    """Return the end of a log by its most exact key. Raises NotFound."""
    suffix = "@previous" if previous else ""
    for key in (f"{namespace}/{pod}/{container}{suffix}", f"{pod}/{container}{suffix}", f"{pod}{suffix}"):
        if key in texts:
            text = "".join(texts[key].splitlines(keepends=True)[-lines:]) if lines > 0 else ""
            return text.encode()[-max_bytes:].decode(errors="ignore") if max_bytes > 0 else ""
    run = "previous run" if previous else "run"
    raise NotFound(f"no log of the {run} of {namespace}/{pod}/{container} was recorded")


def _inside(obj: Json, kind: str, namespace: str) -> bool:
    return kind in CLUSTER_WIDE or (obj["metadata"].get("namespace") or "") == namespace
