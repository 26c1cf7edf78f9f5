"""A recording of the shop's bad release and of its rollback, as the recorder writes it."""

from __future__ import annotations

from msgspec.structs import replace

from firstresponder.adapters.replay.form import as_json, parse_bundle
from firstresponder.adapters.replay.recorder import Recorder
from firstresponder.model import PatchObject, PatchOp
from firstresponder.model.bundle import Bundle
from firstresponder.remediation import template
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.shop import Shop, alert_body


async def bad_release() -> Bundle:
    """The alert, ten seconds in which nothing helps, the rollback, a healthy rollout, and the end of the alert."""
    shop, clock = Shop(), FakeClock()
    recorder = Recorder(read=shop.cluster, logs=shop.cluster, metrics=None, clock=clock, namespace="shop")
    await recorder.alert(alert_body(shop.crashing()))
    clock.advance(10)
    pod = shop.cluster.look("Pod", "shop", shop.crashing())
    pod["status"]["containerStatuses"][0]["restartCount"] += 1
    shop.cluster.put(pod)
    await recorder.look()
    (old,) = [one for one in await shop.cluster.list("ReplicaSet", "shop") if one["spec"]["replicas"] > 1]
    ops = (
        PatchOp(op="replace", path="/spec/template", value=template.of_revision(old)),
        PatchOp(op="add", path="/metadata/annotations/firstresponder.internal~1operation", value="recorded"),
    )
    await shop.cluster.apply(PatchObject(target=shop.target, ops=ops), timeout=1)
    clock.advance(1)
    await recorder.look()
    bundle = recorder.bundle("bad-release")
    if bundle.repair is None:
        raise AssertionError("the write was not seen")
    # There is no Prometheus here that could tell when the alert ends: at the last state.
    *states, last = bundle.repair.after
    after = (*states, replace(last, firing={"KubePodCrashLooping": []}))
    return parse_bundle(as_json(replace(bundle, repair=replace(bundle.repair, after=after))), "bad-release.json")
