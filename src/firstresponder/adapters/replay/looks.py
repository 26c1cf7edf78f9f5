"""Full looks at a namespace, and what differs between them: from these a recording is made. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from firstresponder.adapters.replay.result import restarted, result
from firstresponder.model import Json, PatchOp, TargetRef
from firstresponder.model.bundle import Firing, Frame, Written
from firstresponder.remediation.patch import pointer, same
from firstresponder.remediation.standing import STAMP

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_RESTLESS = ("resourceVersion",)  # moves with every heartbeat: no difference by itself


@dataclass(frozen=True)
class Look:
    """One full look, redacted as far as one look can tell."""

    at: datetime
    objects: dict[str, Json]
    logs: dict[str, str]
    firing: Firing
    stamps: dict[str, str]  # object → the operation that wrote it


def frames_of(states: Sequence[Look], now: datetime) -> tuple[Frame, ...]:
    """Return the looks that differ from the one before, none before `now`."""
    found = [(max(now, look.at), difference(older, look)) for older, look in pairwise(states)]
    return tuple(Frame(at=at, **fields) for at, fields in found if fields)


def difference(older: Look, newer: Look) -> Json:
    """The fields of a `Change`; empty where nothing of note differs."""
    objects = {key: obj for key, obj in newer.objects.items() if not same(_calm(obj), _calm(older.objects.get(key)))}
    objects |= dict.fromkeys(older.objects.keys() - newer.objects.keys())
    logs: dict[str, str | None] = {key: text for key, text in newer.logs.items() if older.logs.get(key) != text}
    logs |= dict.fromkeys(older.logs.keys() - newer.logs.keys())
    fields = {"cluster": objects, "logs": logs, "firing": newer.firing if newer.firing != older.firing else None}
    return {name: value for name, value in fields.items() if value or (name == "firing" and value is not None)}


def operations_of(before: Look, after: Look) -> Iterator[Written]:
    """Yield what was written between two looks, as far as they show it."""
    for key in sorted(stamped(before, after)):
        old, new = before.objects.get(key), after.objects[key]
        if old is None:
            continue
        metadata = new["metadata"]
        target = TargetRef(
            kind=new["kind"],
            name=metadata["name"],
            namespace=metadata.get("namespace", ""),
            api_version=new.get("apiVersion", ""),
            uid=metadata.get("uid", ""),
        )
        yield Written(target=target, patch=tuple(_patch(old, new)), result=result(new), restarted=restarted(old, new))


def _patch(old: Json, new: Json) -> Iterator[PatchOp]:
    """What the write did to the object's own part, each with a test on what was there."""
    place = "spec" if "spec" in new else "data"
    was, now = old.get(place) or {}, new.get(place) or {}
    for name in sorted(was.keys() | now.keys()):
        if same(was.get(name), now.get(name)) and (name in was) == (name in now):
            continue
        path = pointer(place, name)
        yield PatchOp(op="test", path=path, value=was.get(name))
        if name not in now:
            yield PatchOp(op="remove", path=path)
        else:
            yield PatchOp(op="replace" if name in was else "add", path=path, value=now[name])


def stamped(before: Look, after: Look) -> set[str]:
    """Return the objects that were written between two looks."""
    return {key for key, operation in after.stamps.items() if before.stamps.get(key) != operation}


def stamps_of(objects: dict[str, Json]) -> dict[str, str]:
    """Return the operation that last wrote each object, where there is one.

    The deployment controller copies a Deployment's annotations to its ReplicaSets: what bears its controller's stamp was
    not written (kubernetes pkg/controller/deployment/util, SetNewReplicaSetAnnotations).
    """
    by_uid = {str(obj["metadata"].get("uid")): _stamp(obj) for obj in objects.values()}
    stamps = {key: (_stamp(obj), by_uid.get(_controller(obj))) for key, obj in objects.items()}
    return {key: own for key, (own, above) in stamps.items() if own and own != above}


def _stamp(obj: Json) -> str:
    return str((obj["metadata"].get("annotations") or {}).get(STAMP) or "")


def _controller(obj: Json) -> str:
    owners = obj["metadata"].get("ownerReferences") or []
    return next((str(one.get("uid")) for one in owners if one.get("controller")), "")


def small(obj: Json) -> Json:
    """The object without bookkeeping, our stamp, and what moves without meaning."""
    made = {**obj, "metadata": dict(obj["metadata"])}
    metadata = made["metadata"]
    managers = metadata.pop("managedFields", None)
    if managers:  # who wrote when is evidence; what of it is bookkeeping
        metadata["managedFields"] = [
            {key: one[key] for key in ("manager", "operation", "time", "subresource") if key in one} for one in managers
        ]
    if "annotations" in metadata:
        metadata["annotations"] = {
            key: text for key, text in metadata["annotations"].items() if key not in (STAMP, _LAST_APPLIED)
        }
    if obj["kind"] == "ConfigMap":
        made["data"] = dict.fromkeys(obj.get("data") or {}, "")
        made.pop("binaryData", None)
    if obj["kind"] == "Node":
        status = copy.deepcopy(obj.get("status") or {})
        for name in ("images", "volumesInUse", "volumesAttached"):
            status.pop(name, None)
        for condition in status.get("conditions") or []:
            condition.pop("lastHeartbeatTime", None)
        for name in ("machineID", "systemUUID", "bootID"):  # which machine it is, nobody outside needs to know
            (status.get("nodeInfo") or {}).pop(name, None)
        made["status"] = status
    return made


def _calm(obj: Json) -> Json:
    """What of an object counts as a difference."""
    if obj is None:
        return None
    metadata = {key: value for key, value in obj["metadata"].items() if key not in (*_RESTLESS, "managedFields")}
    return {**obj, "metadata": metadata}


def nodes_of(objects: dict[str, Json]) -> list[str]:
    """Return the names of the nodes that the pods are on."""
    names = [(obj.get("spec") or {}).get("nodeName") for key, obj in objects.items() if key.startswith("Pod/")]
    return sorted({str(name) for name in names if name})


def version(objects: dict[str, Json]) -> str:
    """Return the kubelets' version, or an empty text where no node was seen."""
    infos = [((obj.get("status") or {}).get("nodeInfo") or {}) for key, obj in objects.items() if key.startswith("Node/")]
    return next((str(info["kubeletVersion"]) for info in infos if info.get("kubeletVersion")), "")


def whole(at: datetime) -> datetime:
    """Return the next whole second: what an API server wrote until then is not later."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)
