"""One recording, played: time, writes, and the way back."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from firstresponder.adapters.replay.cluster import Replay
from firstresponder.adapters.replay.player import Player
from firstresponder.adapters.replay.result import result
from firstresponder.errors import NotFound, PreconditionFailed
from firstresponder.model import Json, PatchObject, PatchOp, TargetRef
from firstresponder.model.bundle import Bundle, Written
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import container, template
from tests.adapters.replay.conftest import BAD, GOOD, KEY, LABELS, TARGET, api, number, swap

STAMP = "firstresponder.internal/operation"
OTHER = template(container(image="app:v3"))


def _times(value: Json) -> list[datetime]:
    if isinstance(value, str):
        return [datetime.fromisoformat(value)] if value[:2] == "20" and value.endswith("Z") else []
    if isinstance(value, dict):
        return [at for inner in value.values() for at in _times(inner)]
    return [at for inner in value for at in _times(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize(("seconds", "wanted"), [(0, 0), (9.9, 0), (10, 10), (19.9, 10), (20, 20), (9999, 20)])
def test_states_come_at_their_time_and_the_last_stays(bundle: Bundle, clock: FakeClock, seconds: float, wanted: int) -> None:
    """Before any write, the state of the moment is that of the last frame that has begun."""
    player = Player(bundle, clock)
    clock.advance(seconds)
    assert number(player.state().objects[KEY]) == wanted
    assert player.state().logs["shop/bad/app"] == f"boom {wanted}"


def test_speed_makes_recorded_time_go_faster(bundle: Bundle, clock: FakeClock) -> None:
    """At speed 5 the frame of second 20 begins after four seconds; a speed of zero is refused."""
    player = Player(bundle, clock, speed=5)
    clock.advance(3.9)
    assert number(player.state().objects[KEY]) == 10
    clock.advance(0.1)
    assert number(player.state().objects[KEY]) == 20
    for speed in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="above zero"):
            Player(bundle, clock, speed=speed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    speed=st.sampled_from([0.5, 1, 3.7]),
    turns=st.lists(st.tuples(st.floats(0, 15), st.sampled_from(["read", "do", "undo", "other"])), max_size=12),
)
def test_no_read_shows_what_is_later_than_the_clock(bundle: Bundle, speed: float, turns: list[tuple[float, str]]) -> None:
    """Whatever is read and written in whatever order, no state has not begun yet, and no time in it is in the future."""
    clock = FakeClock()
    player, written, began = Player(bundle, clock, speed=speed), None, clock.monotonic()
    for seconds, what in turns:
        clock.advance(seconds)
        here = player.state().objects[KEY]["spec"]["template"]
        change = {"do": swap(BAD, GOOD), "undo": swap(GOOD, BAD, "op-2"), "other": swap(here, OTHER, "op-3")}.get(what)
        if change is not None:
            try:
                player.write(change)
            except PreconditionFailed:
                assert here != change.ops[1].value
            else:
                if what != "other":
                    written = clock.monotonic() if what == "do" else None
        assert player.repaired is (written is not None)
        since = clock.monotonic() - (began if written is None else written)
        shown = number(player.state().objects[KEY])
        assert shown <= (30 if written is not None else 0) + since * speed + 1e-6
        assert all(at <= clock.now() for at in _times(list(player.state().objects.values())))


def test_times_are_moved_to_the_present(bundle: Bundle, clock: FakeClock) -> None:
    """What was 9999 s old at the alert is so at the start; the zero time of a run that never was stays."""
    begun = clock.now()
    never = api(0)
    never["status"]["started"] = "1970-01-01T00:00:00Z"
    player = Player(replace(bundle, cluster=(never,), frames=()), clock)
    made = player.state().objects[KEY]["metadata"]["creationTimestamp"]
    assert datetime.fromisoformat(made) == (begun - timedelta(seconds=9999)).replace(microsecond=0)
    assert player.state().objects[KEY]["status"]["started"] == "1970-01-01T00:00:00Z"


def test_the_recorded_write_begins_the_states_after_it(bundle: Bundle, clock: FakeClock) -> None:
    """From the write on, whenever it happens, the states after it follow in their distance; our own stamp is on the object."""
    player = Player(bundle, clock)
    clock.advance(3)
    stored = player.write(swap(BAD, GOOD))
    assert (stored["spec"]["template"], stored["metadata"]["generation"]) == (GOOD, 6)
    assert player.state().objects[KEY]["metadata"]["annotations"] == {"team": "payments", STAMP: "op-1"}
    for seconds, wanted in ((0, 30), (3.9, 30), (0.1, 34), (4, 38), (999, 38)):
        clock.advance(seconds)
        assert number(player.state().objects[KEY]) == wanted
    assert "Pod/shop/bad" not in player.state().objects
    assert player.state().logs == {}


def test_a_dry_run_changes_nothing(bundle: Bundle, clock: FakeClock) -> None:
    """A preview answers with the object as it would be, tests included, and nothing begins."""
    player = Player(bundle, clock)
    assert player.preview(swap(BAD, GOOD))["spec"]["template"] == GOOD
    with pytest.raises(PreconditionFailed):
        player.preview(swap(GOOD, BAD))
    assert player.state().objects[KEY] == Player(bundle, clock).state().objects[KEY]


def test_any_other_write_leaves_it_broken(bundle: Bundle, clock: FakeClock) -> None:
    """The patched object is seen, one generation on; its status never speaks of it, and the broken states go on."""
    player = Player(bundle, clock)
    player.write(swap(BAD, OTHER))
    clock.advance(10)
    shown = player.state().objects[KEY]
    assert shown["spec"]["template"] == OTHER
    assert number(shown) == 10
    assert shown["metadata"]["generation"] == 6 > shown["status"]["observedGeneration"]
    assert not player.repaired
    assert "Pod/shop/bad" in player.state().objects


def test_undo_goes_back_to_the_broken_states(bundle: Bundle, clock: FakeClock) -> None:
    """Restoring the original stops the states after the repair, from this track and from a wrong repair alike."""
    player = Player(bundle, clock)
    player.write(swap(BAD, GOOD))
    clock.advance(12)
    player.write(swap(GOOD, BAD, "op-2"))
    assert not player.repaired
    assert number(player.state().objects[KEY]) == 10
    assert player.state().objects[KEY]["metadata"]["annotations"][STAMP] == "op-2"
    assert "Pod/shop/bad" in player.state().objects
    player.write(swap(BAD, OTHER, "op-3"))
    player.write(swap(OTHER, BAD, "op-4"))
    assert player.state().objects[KEY]["metadata"]["generation"] == 5
    player.write(swap(BAD, GOOD, "op-5"))
    assert player.repaired


def test_a_write_that_does_not_fit_is_refused_as_by_a_server(bundle: Bundle, clock: FakeClock) -> None:
    """Another value, another UID, an absent object: 422 or NotFound, and nothing is changed."""
    player = Player(bundle, clock)
    before = player.state().objects[KEY]
    with pytest.raises(PreconditionFailed, match=r"422.*spec/template"):
        player.write(swap(OTHER, GOOD))
    stale = PatchObject(target=TARGET, ops=(PatchOp(op="test", path="/metadata/uid", value="another"), *swap(BAD, GOOD).ops))
    with pytest.raises(PreconditionFailed, match="metadata/uid"):
        player.write(stale)
    with pytest.raises(NotFound, match="Deployment/shop/none"):
        player.write(PatchObject(target=TargetRef(kind="Deployment", namespace="shop", name="none"), ops=()))
    assert player.state().objects[KEY] == before


def test_a_repair_of_two_objects_needs_both(bundle: Bundle, clock: FakeClock) -> None:
    """One of two recorded writes is seen as made, and begins nothing; the second begins the states after it."""
    assert bundle.repair is not None
    other = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "api", "namespace": "shop", "uid": "s"},
        "spec": {"a": 1},
    }
    target = TargetRef(kind="Service", name="api", namespace="shop")
    second = Written(target=target, patch=(), result=result({**other, "spec": {"a": 2}}))
    both = replace(bundle.repair, operations=(*bundle.repair.operations, second))
    player = Player(replace(bundle, cluster=(*bundle.cluster, other), repair=both), clock)
    player.write(swap(BAD, GOOD))
    assert not player.repaired
    assert player.state().objects[KEY]["spec"]["template"] == GOOD
    player.write(PatchObject(target=target, ops=(PatchOp(op="replace", path="/spec/a", value=2),)))
    assert player.repaired


def test_a_restart_is_known_by_its_being_set_anew(bundle: Bundle, clock: FakeClock) -> None:
    """The recorded time of a restart cannot be repeated: any new one counts, and nothing else of the template may differ."""
    assert bundle.repair is not None
    path = "/spec/template/metadata/annotations"
    ops = (PatchOp(op="add", path=path, value={"kubectl.kubernetes.io/restartedAt": "2031-01-01T00:00:00Z"}),)
    operation = Written(target=TARGET, patch=(), result=result(api(0)), restarted=True)
    restart = replace(bundle, repair=replace(bundle.repair, operations=(operation,)))
    player = Player(restart, clock)
    player.write(PatchObject(target=TARGET, ops=(*ops, PatchOp(op="replace", path="/spec/replicas", value=1))))
    assert not player.repaired
    player = Player(restart, clock)
    player.write(PatchObject(target=TARGET, ops=ops))
    assert player.repaired


async def test_whether_it_fires_comes_from_the_recording(bundle: Bundle, clock: FakeClock) -> None:
    """It fires from the start, until the state in which it had stopped; a rule that was never seen is unknown."""
    replay = Replay([Player(bundle, clock)], "x")
    assert await replay.firing("Crash", {"namespace": "shop"}) is True
    assert await replay.firing("Crash", {"namespace": "other"}) is False
    assert await replay.firing("Other", {}) is None
    replay.players[0].write(swap(BAD, GOOD))
    clock.advance(7.9)
    assert await replay.firing("Crash", LABELS) is True
    clock.advance(0.1)
    assert await replay.firing("Crash", LABELS) is False


def test_the_alert_is_told_as_it_stands(bundle: Bundle, clock: FakeClock) -> None:
    """Firing since as long before the start as before the recording's; resolved at the moment of that state."""
    player, begun = Player(bundle, clock), clock.now()
    (told,) = player.alert()["alerts"]
    assert datetime.fromisoformat(told["startsAt"]) == (begun - timedelta(minutes=5)).replace(microsecond=0)
    assert (told["status"], player.alert()["status"]) == ("firing", "firing")
    player.write(swap(BAD, GOOD))
    clock.advance(20)
    body = player.alert()
    assert (body["status"], body["alerts"][0]["status"]) == ("resolved", "resolved")
    assert datetime.fromisoformat(body["alerts"][0]["endsAt"]) == (begun + timedelta(seconds=8)).replace(microsecond=0)
    assert body["alerts"][0]["startsAt"] == told["startsAt"], "an alert is known by it"


async def test_what_is_handed_out_cannot_change_the_recording(bundle: Bundle, clock: FakeClock) -> None:
    """A reader that changes an answer changes neither the next answer nor the bundle."""
    before = msgspec.json.encode(bundle)
    player = Player(bundle, clock)
    replay = Replay([player], "x")
    (await replay.get("Deployment", "shop", "api"))["spec"].clear()
    (await replay.list("Deployment", "shop"))[0]["metadata"].clear()
    player.write(swap(BAD, GOOD))["spec"].clear()
    player.alert()["alerts"].clear()
    assert (await replay.get("Deployment", "shop", "api"))["spec"]["template"] == GOOD
    assert msgspec.json.encode(bundle) == before


async def test_several_recordings_are_one_cluster(bundle: Bundle, clock: FakeClock) -> None:
    """Objects of all are listed, what two hold is the first one's, and a write goes to the one that holds the object."""
    pay = api(0)
    pay["metadata"] |= {"namespace": "pay", "uid": "uid-pay"}
    other = replace(bundle, id="other", cluster=(pay, api(7)), frames=(), repair=None, logs={"pay/p/c": "x"})
    replay = Replay([Player(bundle, clock), Player(other, clock)], "x")
    assert {obj["metadata"]["namespace"] for obj in await replay.list("Deployment", "")} == {"shop", "pay"}
    assert len(await replay.list("Deployment", "")) == 2
    assert number(await replay.get("Deployment", "shop", "api")) == 0
    assert await replay.tail("pay", "p", "c") == "x"
    await replay.apply(swap(BAD, GOOD), timeout=1)
    assert replay.players[0].repaired
    with pytest.raises(NotFound):
        await replay.apply(PatchObject(target=TargetRef(kind="Pod", name="x", namespace="y"), ops=()), timeout=1)
