"""What the recorder keeps, leaves out, and says of it."""

from __future__ import annotations

import asyncio
import json

import pytest

from firstresponder.adapters.replay.form import as_json, parse_bundle
from firstresponder.adapters.replay.recorder import Recorder
from firstresponder.adapters.replay.tracks import Tracks
from firstresponder.errors import BadInput, Forbidden, Unreachable
from firstresponder.model import Finding, Json
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.cluster import FakeCluster
from firstresponder.testing.objects import node, pod, running
from tests.adapters.replay.conftest import ALERT, BAD, GOOD, KEY, LABELS, api, swap


class Rules:
    """A Prometheus with one rule."""

    def __init__(self) -> None:
        """It fires."""
        self.state: bool | None = True

    async def firing(self, alertname: str, labels: dict[str, str]) -> bool | None:
        """Return what a test has set."""
        assert (alertname, labels) == ("Crash", {"namespace": "shop"})
        return self.state

    async def check(self) -> list[Finding]:
        """Nothing asks for it."""
        raise NotImplementedError


@pytest.fixture
def cluster() -> FakeCluster:
    """The broken Deployment, a pod with a log, its node, and things that must not be kept as they are."""
    one = pod(None, "bad", [running(since=10)], made=10, namespace="shop")
    secretive = {
        "kind": "ConfigMap",
        "metadata": {
            "name": "settings",
            "namespace": "shop",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "all of it"},
            "managedFields": [
                {"manager": "kubectl", "operation": "Apply", "time": "2026-03-10T14:00:00Z", "fieldsV1": {"f:x": {}}}
            ],
        },
        "data": {"greeting": "hello-from-the-map"},
    }
    far = {"kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}, "data": {"password": "aHVudGVyMg=="}}
    host = node()
    host["status"]["nodeInfo"] = {"kubeletVersion": "v1.34.1"}
    space = {"kind": "Namespace", "metadata": {"name": "shop"}}
    made = FakeCluster(api(0), one, host, secretive, far, space)
    made.logs["shop/bad/app"] = "starting\npassword=correct-horse-9\n"
    return made


@pytest.fixture
async def recorder(cluster: FakeCluster, clock: FakeClock) -> Recorder:
    """A recorder at the moment of the alert."""
    made = Recorder(read=cluster, logs=cluster, metrics=None, clock=clock, namespace="shop")
    await made.alert(ALERT)
    return made


def _text(recorder: Recorder) -> str:
    return as_json(recorder.bundle("x")).decode()


async def test_a_state_is_kept_once_and_then_only_what_differs(
    recorder: Recorder, cluster: FakeCluster, clock: FakeClock
) -> None:
    """Looks without news are no frames; one with news holds the objects that differ, and null for those that are gone."""
    for _ in range(3):
        clock.advance(1)
        await recorder.look()
    assert recorder.bundle("x").frames == ()
    clock.advance(1)
    cluster.put(api(4))
    cluster.remove("Pod", "shop", "bad")
    cluster.logs.clear()
    await recorder.look()
    (frame,) = recorder.bundle("x").frames
    assert frame.cluster.keys() == {KEY, "Pod/shop/bad", "Node//node-1"}, "a node is recorded while it has pods of ours"
    assert frame.cluster["Pod/shop/bad"] is None
    assert frame.logs == {"shop/bad/app": None}
    assert frame.at == clock.now()


async def test_a_new_resource_version_is_no_news(recorder: Recorder, cluster: FakeCluster) -> None:
    """What only moved its bookkeeping makes no frame."""
    cluster.put(api(0))
    await recorder.look()
    assert recorder.bundle("x").frames == ()


async def test_the_write_is_seen_by_its_stamp(recorder: Recorder, cluster: FakeCluster, clock: FakeClock) -> None:
    """The first look that shows the stamp begins the states after the repair; the patch is what changed, with its tests."""
    clock.advance(5)
    cluster.put(api(5))
    await recorder.look()
    await cluster.apply(swap(BAD, GOOD), timeout=1)
    clock.advance(1)
    await recorder.look()
    clock.advance(4)
    healthy = cluster.look("Deployment", "shop", "api")
    healthy["status"]["number"] = 10
    cluster.put(healthy)
    await recorder.look()
    bundle = parse_bundle(as_json(recorder.bundle("bad-release")), "x")
    assert bundle.repair is not None
    (operation,) = bundle.repair.operations
    assert [(op.op, op.path) for op in operation.patch] == [("test", "/spec/template"), ("replace", "/spec/template")]
    assert (operation.patch[0].value, operation.patch[1].value) == (BAD, GOOD)
    assert (str(operation.target), operation.target.uid, operation.restarted) == ("Deployment/api", "uid-api", False)
    assert [one.seconds for one in bundle.repair.after] == [0, 4]
    tracks = Tracks(bundle)
    assert tracks.before.states[-1].objects[KEY]["spec"]["template"] == BAD
    assert tracks.after.states[-1].objects[KEY]["status"]["number"] == 10
    assert "firstresponder.internal" not in _text(recorder), "somebody else's operation means nothing to a replay"


async def test_what_was_stamped_before_is_no_write(cluster: FakeCluster, clock: FakeClock) -> None:
    """An older operation's id on the object does not begin anything."""
    await cluster.apply(swap(BAD, GOOD), timeout=1)
    made = Recorder(read=cluster, logs=cluster, metrics=None, clock=clock, namespace="shop")
    await made.alert(ALERT)
    await made.look()
    assert made.bundle("x").repair is None


async def test_a_copied_stamp_is_no_write(recorder: Recorder, cluster: FakeCluster) -> None:
    """A ReplicaSet bears its Deployment's annotations, because the controller copies them: only the Deployment was written."""
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "uid": "uid-api", "controller": True}
    made: Json = {"kind": "ReplicaSet", "spec": {"replicas": 1}}
    made["metadata"] = {"name": "api-1", "namespace": "shop", "uid": "rs", "ownerReferences": [owner]}
    cluster.put(made)
    await recorder.look()
    await cluster.apply(swap(BAD, GOOD), timeout=1)
    made["metadata"]["annotations"] = {"firstresponder.internal/operation": "op-1"}
    cluster.put(made)
    await recorder.look()
    repair = recorder.bundle("x").repair
    assert repair is not None
    assert [str(one.target) for one in repair.operations] == ["Deployment/api"]


async def test_a_second_write_ends_the_recording(recorder: Recorder, cluster: FakeCluster, clock: FakeClock) -> None:
    """An undo is not part of a repair: what came from there on is left out, and the file says so."""
    await cluster.apply(swap(BAD, GOOD), timeout=1)
    await recorder.look()
    clock.advance(9)
    await cluster.apply(swap(GOOD, BAD, "op-2"), timeout=1)
    await recorder.look()
    bundle = recorder.bundle("x")
    assert bundle.repair is not None
    assert [one.seconds for one in bundle.repair.after] == [0]
    assert bundle.recorded is not None
    assert "second time" in bundle.recorded.notes[0]


async def test_nothing_secret_is_in_the_file(recorder: Recorder) -> None:
    """No Secret, no value of a ConfigMap, no password of a log, no applied copy of an object, no field sets."""
    text = _text(recorder)
    for word in ("aHVudGVyMg", '"Secret"', "hello-from-the-map", "correct-horse-9", "all of it", "fieldsV1"):
        assert word not in text, word
    assert "greeting" in text, "that the key exists is kept"
    assert '"manager": "kubectl"' in text, "who wrote when is evidence"


async def test_what_a_later_look_gives_away_is_taken_out_of_the_earlier(recorder: Recorder, cluster: FakeCluster) -> None:
    """A value that is first seen in a log, and later as a password, is in neither place."""
    cluster.logs["shop/bad/app"] = "using zebra-crossing-7\n"
    await recorder.look()
    cluster.logs["shop/bad/app"] = "password=zebra-crossing-7\n"
    await recorder.look()
    assert "zebra" not in _text(recorder)


async def test_whether_it_fires_is_recorded(cluster: FakeCluster, clock: FakeClock) -> None:
    """Prometheus' own word is kept look by look; a rule that it does not know is not in the file."""
    rules = Rules()
    made = Recorder(read=cluster, logs=cluster, metrics=rules, clock=clock, namespace="shop")
    await made.alert(ALERT)
    rules.state = False
    await made.look()
    bundle = made.bundle("x")
    assert (bundle.firing, bundle.frames[0].firing) == ({"Crash": [LABELS]}, {"Crash": []})
    rules.state = None
    await made.alert(ALERT)
    assert made.bundle("x").firing == {}


async def test_a_kind_that_stops_answering_is_not_gone(recorder: Recorder, cluster: FakeCluster) -> None:
    """A look at which a kind is not answered is left out; the file names what could not be read."""
    cluster.fail_next("read", Unreachable("no route"))
    await recorder.look()
    assert recorder.looks == 1
    await recorder.look()
    bundle = recorder.bundle("x")
    assert bundle.frames == ()
    assert [(gap.what, gap.kind) for gap in bundle.gaps] == [("Deployment", "unreachable")]


async def test_a_kind_that_may_not_be_read_is_a_gap(cluster: FakeCluster, clock: FakeClock) -> None:
    """What is forbidden from the first look on is left out, and everything else is recorded."""
    made = Recorder(read=cluster, logs=cluster, metrics=None, clock=clock, namespace="shop", kinds=("Event", "Deployment"))
    cluster.fail_next("read", Forbidden("no events"))
    await made.alert(ALERT)
    bundle = made.bundle("x")
    assert [(gap.what, gap.kind) for gap in bundle.gaps] == [("Event", "forbidden")]
    assert [obj["kind"] for obj in bundle.cluster] == ["Deployment", "Namespace"]


async def test_without_a_look_there_is_nothing_to_write(cluster: FakeCluster, clock: FakeClock) -> None:
    """Before the alert, or where no kind answered, there is no bundle."""
    made = Recorder(read=cluster, logs=cluster, metrics=None, clock=clock, namespace="shop", kinds=("Pod",))
    with pytest.raises(BadInput, match="nothing was recorded"):
        made.bundle("x")
    cluster.fail_next("read", Unreachable("down"))
    await made.alert(ALERT)
    with pytest.raises(BadInput, match="nothing was recorded"):
        made.bundle("x")


async def test_watching_looks_until_it_is_told_to_end(recorder: Recorder, clock: FakeClock) -> None:
    """It looks at its interval and ends by itself once the event is set."""
    done = asyncio.Event()
    sleep, times = clock.sleep, list[float]()

    async def counted(seconds: float) -> None:
        times.append(seconds)
        if len(times) == 4:
            done.set()
        await sleep(seconds)

    clock.sleep = counted  # type: ignore[method-assign]
    await recorder.watch(done, every=2.0)
    assert (times, recorder.looks) == ([2.0] * 4, 5)


async def test_the_file_says_where_it_is_from(recorder: Recorder) -> None:
    """The kubelets' version, ours, and the moment at which it begins."""
    tree: Json = json.loads(_text(recorder))
    assert tree["schema_version"] == 1
    assert tree["recorded"]["kubernetes"] == "v1.34.1"
    assert tree["recorded"]["product"]
    assert tree["recorded"]["start"] <= tree["now"]
