"""A recording of one Deployment: broken for a while, written to, and healthy some seconds later."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest

from firstresponder.adapters.replay.result import result
from firstresponder.model import Json, PatchObject, PatchOp, TargetRef
from firstresponder.model.bundle import SCHEMA_VERSION, After, Bundle, Frame, Repair, Written
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import container, deployment, template

NOW = datetime.fromisoformat("2026-03-10T14:30:00+00:00")
GOOD, BAD = template(container(image="app:v1")), template(container(image="app:v2"))
TARGET = TargetRef(kind="Deployment", name="api", namespace="shop", uid="uid-api")
KEY = "Deployment/shop/api"
LABELS = {"alertname": "Crash", "namespace": "shop"}
ALERT = {"status": "firing", "alerts": [{"status": "firing", "labels": LABELS, "startsAt": "2026-03-10T14:25:00Z"}]}


def at(seconds: float) -> str:
    """A moment of the recording, in seconds from its alert."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def api(number: int, pod_template: Json = BAD, *, generation: int = 5) -> Json:
    """The Deployment, with the number of the state in its status."""
    made = deployment("api", "shop", pod_template=copy.deepcopy(pod_template))
    made["metadata"] |= {"uid": TARGET.uid, "generation": generation, "creationTimestamp": at(-9999)}
    made["metadata"]["annotations"] = {"team": "payments"}
    made["status"] = {"number": number, "observedGeneration": generation, "since": at(number)}
    return made


def event(seconds: float) -> Json:
    """An event that was seen last then; it stays through the repair."""
    about = {"kind": "Pod", "namespace": "shop", "name": "bad"}
    metadata = {"name": "back-off", "namespace": "shop"}
    return {"kind": "Event", "metadata": metadata, "involvedObject": about, "lastTimestamp": at(seconds)}


def swap(old: Json, new: Json, stamp: str = "op-1") -> PatchObject:
    """What the gate sends to put one template in the place of another."""
    return PatchObject(
        target=TARGET,
        ops=(
            PatchOp(op="test", path="/metadata/uid", value=TARGET.uid),
            PatchOp(op="test", path="/spec/template", value=old),
            PatchOp(op="replace", path="/spec/template", value=new),
            PatchOp(op="add", path="/metadata/annotations/firstresponder.internal~1operation", value=stamp),
        ),
    )


@pytest.fixture
def bundle() -> Bundle:
    """Frames at 0, 10 and 20 s; written to at 30 s; healthy states 0, 4 and 8 s after that, resolved at the last."""
    healthy = [api(30 + seconds, GOOD, generation=6) for seconds in (0, 4, 8)]
    return Bundle(
        schema_version=SCHEMA_VERSION,
        id="recorded",
        now=NOW,
        alert=copy.deepcopy(ALERT),
        cluster=(api(0), {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "bad", "namespace": "shop", "uid": "p"}}),
        logs={"shop/bad/app": "boom 0"},
        frames=tuple(
            Frame(
                at=NOW + timedelta(seconds=s),
                cluster={KEY: api(s), "Event/shop/back-off": event(s)},
                logs={"shop/bad/app": f"boom {s}"},
            )
            for s in (10, 20)
        ),
        repair=Repair(
            at=NOW + timedelta(seconds=30),
            operations=(Written(target=TARGET, patch=(), result=result(healthy[0])),),
            after=(
                After(seconds=0, cluster={KEY: healthy[0]}),
                After(seconds=4, cluster={KEY: healthy[1], "Pod/shop/bad": None}, logs={"shop/bad/app": None}),
                After(seconds=8, cluster={KEY: healthy[2]}, firing={"Crash": []}),
            ),
        ),
    )


@pytest.fixture
def clock() -> FakeClock:
    """A clock at another day than the recording's."""
    clock = FakeClock()
    clock.advance(86400.25)
    return clock


def number(obj: Any) -> int:
    """The number of the state that an object was recorded in."""
    found: int = obj["status"]["number"]
    return found
