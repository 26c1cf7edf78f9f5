"""A recorded incident as a cluster: the same collectors and detectors run over it as over a live one.

The form: `now` (RFC 3339), `alert` (an Alertmanager v4 body), `cluster` (objects as an API server returns them), `logs`
(`pod`, `pod/container` or `namespace/pod/container`, each also with `@previous`, → text), `prometheus`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from firstresponder.adapters.replay.selectors import field_match, label_match
from firstresponder.errors import BadInput, NotFound
from firstresponder.model import Json

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
    """A `ClusterRead` over recorded objects."""

    def __init__(self, objects: Iterable[Json]) -> None:
        """Serve these objects; the caller's are never handed out, only copies."""
        self._objects = [copy.deepcopy(obj) for obj in objects]

    async def get(self, kind: str, namespace: str, name: str) -> Json:
        """Return one object. Raises NotFound."""
        for obj in self._objects:
            if obj["kind"] == kind and obj["metadata"].get("name") == name and _inside(obj, kind, namespace):
                return copy.deepcopy(obj)
        raise NotFound(f"{kind} {namespace + '/' if namespace else ''}{name} not found")

    async def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "", limit: int = 500) -> list[Json]:
        """Return at most `limit` objects; an empty namespace means all. Raises ValueError for a selector it cannot read."""
        by_label, by_field = label_match(labels), field_match(fields)
        found = [
            obj
            for obj in self._objects
            if obj["kind"] == kind
            and (not namespace or _inside(obj, kind, namespace))
            and by_label(obj["metadata"].get("labels") or {})
            and by_field(obj)
        ]
        return copy.deepcopy(found[:limit])


class BundleLogs:
    """`Logs` over recorded texts. A key without a container holds for every container that has none of its own."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Serve these texts."""
        self._texts = dict(texts)

    async def tail(
        self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 200, max_bytes: int = 65536
    ) -> str:
        """Return the last lines, at most `max_bytes` of UTF-8. Raises NotFound where nothing was recorded."""
        suffix = "@previous" if previous else ""
        for key in (f"{namespace}/{pod}/{container}{suffix}", f"{pod}/{container}{suffix}", f"{pod}{suffix}"):
            if key in self._texts:
                text = "".join(self._texts[key].splitlines(keepends=True)[-lines:]) if lines > 0 else ""
                return text.encode()[-max_bytes:].decode(errors="ignore") if max_bytes > 0 else ""
        run = "previous run" if previous else "run"
        raise NotFound(f"no log of the {run} of {namespace}/{pod}/{container} was recorded")


@dataclass(frozen=True)
class Bundle:
    """One recorded incident: the moment, the alert as it was delivered, the cluster and the logs."""

    now: datetime
    alerts: Json  # the webhook body
    cluster: BundleCluster
    logs: BundleLogs


def load_bundle(path: Path | str) -> Bundle:
    """Read a bundle file. Raises BadInput (with the file's name) when it is not one; `expected` is never read."""
    try:
        raw = msgspec.json.decode(Path(path).read_bytes())
        now = datetime.fromisoformat(raw["now"]).astimezone(UTC)
        objects, logs, alert = raw["cluster"], raw.get("logs") or {}, raw["alert"]
        bad = next((obj for obj in objects if not ({"kind", "metadata"} <= obj.keys())), None)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    except (msgspec.DecodeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: not an incident bundle ({error}); expected now, alert, cluster and logs") from error
    if bad is not None:
        raise BadInput(f"{path}: an object in `cluster` has no kind or metadata: {str(bad)[:80]}")
    return Bundle(now=now, alerts=alert, cluster=BundleCluster(objects), logs=BundleLogs(logs))


def _inside(obj: Json, kind: str, namespace: str) -> bool:
    return kind in CLUSTER_WIDE or obj["metadata"].get("namespace", "") == namespace
