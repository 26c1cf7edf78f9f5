"""An incident as a bundle: what its investigation saw, as it was stored (redacted), in the form that `diagnose` reads.

Nothing is added that was not seen, and what is missing is said in `recorded.notes` and `gaps`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from firstresponder import __version__
from firstresponder.errors import NotFound
from firstresponder.model import Alert, Diagnosis, EvidenceSet, Json, Outcome
from firstresponder.model.bundle import SCHEMA_VERSION, Bundle, Frame, Recorded, object_key
from firstresponder.redaction import Redactor
from firstresponder.workflow.world import World

ZERO_TIME = "0001-01-01T00:00:00Z"
"""What Alertmanager writes for the end of an alert that fires."""
LISTED = {"Pod": "pods", "ReplicaSet": "revisions"}
"""Kinds that an investigation lists as a whole, and the item that says whether the list was cut."""


async def bundle(world: World, incident_id: str, *, frames: bool) -> Bundle:
    """Return what the present investigation saw; with `frames`, what the first saw, and every later one as a frame.

    Raises NotFound: no such incident, or nothing was seen yet.
    """
    row = await world.incidents.get(incident_id)
    numbers = range(1, row.last_n + 1) if frames else [row.n]
    sets = [found for n in numbers if (found := await world.incidents.find(incident_id, n, "evidence", EvidenceSet))]
    if not sets:
        raise NotFound(f"incident {incident_id} is {row.phase.value}: nothing was collected yet, so there is nothing to write")
    first = sets[0]
    diagnosis = await world.incidents.find(incident_id, first.n, "diagnosis", Diagnosis)
    alerts = [stored.alert for stored in await world.alerts.of_incident(incident_id)]
    objects = _objects(first)
    return Bundle(
        schema_version=SCHEMA_VERSION,
        id=row.id,
        now=_whole(first.finished_at),
        alert=_body(first, alerts),
        cluster=tuple(objects.values()),
        logs=_logs(first),
        changes=[msgspec.to_builtins(one.change) for one in diagnosis.hypotheses if one.change] if diagnosis else [],
        gaps=first.gaps,
        recorded=Recorded(
            start=first.started_at,
            kubernetes=_version(objects.values()),
            product=__version__,
            cluster=world.settings.cluster.name,
            notes=(*_cut(first), *(await _about_frames(world, incident_id, row.last_n, sets) if frames else ())),
        ),
        frames=tuple(_frame(before, after) for before, after in pairwise(sets)),
    )


def _objects(evidence: EvidenceSet) -> dict[str, Json]:
    """Everything that was read, once each; what a collector kept goes before what was only passed by."""
    read = [obj for item in evidence.items for obj in item.objects if "kind" in obj]
    return {object_key(obj): obj for obj in reversed([*read, *evidence.others])}


def _logs(evidence: EvidenceSet) -> dict[str, str]:
    return {item.key: item.text for item in evidence.items if item.key}


def _body(evidence: EvidenceSet, alerts: Sequence[Alert]) -> Json:
    """The alerts that were investigated, as they stood then, as one webhook body; labels and annotations as stored, redacted."""
    clean = {item.id: item.objects[0] for item in evidence.items if item.collector == "alert" and item.objects}
    then = [alert for alert in alerts if f"alert:{alert.fingerprint}" in clean and alert.starts_at <= evidence.finished_at]
    latest = {alert.fingerprint: alert for alert in sorted(then, key=lambda alert: alert.starts_at)}
    shown = latest.values() or alerts
    told = [_alert(alert, clean.get(f"alert:{alert.fingerprint}"), evidence.finished_at) for alert in shown]
    return {
        "version": "4",
        "groupKey": Redactor().text(next((alert.group_key for alert in shown), "")),
        "truncatedAlerts": 0,
        "status": "firing" if any(one["status"] == "firing" for one in told) else "resolved",
        "receiver": next((alert.receiver for alert in shown), ""),
        "groupLabels": {},
        "commonLabels": _common([one["labels"] for one in told]),
        "commonAnnotations": _common([one["annotations"] for one in told]),
        "externalURL": "",
        "alerts": told,
    }


def _alert(alert: Alert, clean: Json | None, at: datetime) -> Json:
    firing = alert.status == "firing" or alert.ends_at is None or alert.ends_at > at
    seen = clean or Redactor().object({"labels": alert.labels, "annotations": alert.annotations})
    return {
        "status": "firing" if firing else "resolved",
        "labels": seen["labels"],
        "annotations": seen["annotations"],
        "startsAt": _rfc3339(alert.starts_at),
        "endsAt": ZERO_TIME if firing or alert.ends_at is None else _rfc3339(alert.ends_at),
        "generatorURL": Redactor().text(alert.generator_url),
        "fingerprint": alert.fingerprint,
    }


def _common(maps: Sequence[dict[str, str]]) -> dict[str, str]:
    return {key: value for key, value in maps[0].items() if all(one.get(key) == value for one in maps)} if maps else {}


def _frame(before: EvidenceSet, after: EvidenceSet) -> Frame:
    """What a later investigation saw differently. Only what it lists as a whole can be known to be gone."""
    old, new = _objects(before), _objects(after)
    complete = {kind for kind, item in LISTED.items() if any(one.id == item and not one.truncated for one in after.items)}
    changes: dict[str, Any] = {key: obj for key, obj in new.items() if old.get(key) != obj}
    changes |= {key: None for key, obj in old.items() if key not in new and obj["kind"] in complete}
    was, logs = _logs(before), _logs(after)
    return Frame(
        at=_whole(after.finished_at), cluster=changes, logs={key: text for key, text in logs.items() if was.get(key) != text}
    )


def _cut(evidence: EvidenceSet) -> list[str]:
    notes = [f"{item.title} ({item.id}): not all of it was kept" for item in evidence.items if item.truncated]
    if evidence.left_out:
        notes.append(f"{evidence.left_out} more objects were read and not kept")
    return notes


async def _about_frames(world: World, incident_id: str, last_n: int, sets: Sequence[EvidenceSet]) -> list[str]:
    """Say plainly what frames there are, and which there are not."""
    notes = ["there is one investigation, so there are no frames"] if len(sets) == 1 else []
    for n in range(1, last_n + 1):
        outcome = await world.incidents.find(incident_id, n, "outcome-do", Outcome)
        if outcome is not None:
            notes.append(
                f"the repair of investigation {n} ({outcome.word.value}) is not in it: verification keeps figures, not objects"
            )
    return notes


def _version(objects: Iterable[Json]) -> str:
    nodes = [obj for obj in objects if obj["kind"] == "Node"]
    return next((str(version) for node in nodes if (version := _node_info(node).get("kubeletVersion"))), "")


def _node_info(node: Json) -> Json:
    return (node.get("status") or {}).get("nodeInfo") or {}


def _whole(at: datetime) -> datetime:
    """The next whole second: nothing that was seen is later, and an API server writes whole seconds."""
    return at.astimezone(UTC) if at.microsecond == 0 else at.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
