"""A recorded incident answers as an API server does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs, StillClock
from firstresponder.adapters.replay.selectors import field_match, label_match
from firstresponder.errors import Forbidden, NotFound, PreconditionFailed
from firstresponder.model import PatchObject, PatchOp, TargetRef
from firstresponder.testing.objects import deployment, node, pod, running

WORDS = st.sampled_from(["a", "b", "c"])
LABELS = st.dictionaries(WORDS, WORDS, max_size=3)


@pytest.mark.parametrize(
    ("selector", "labels", "matches"),
    [
        ("", {}, True),
        ("app=api", {"app": "api"}, True),
        ("app==api", {"app": "api"}, True),
        ("app=api", {}, False),
        ("app!=api", {}, True),
        ("app!=api", {"app": "api"}, False),
        ("app in (api, web)", {"app": "web"}, True),
        ("app in (api)", {}, False),
        ("app notin (api)", {}, True),
        ("app notin (api)", {"app": "api"}, False),
        ("app", {"app": ""}, True),
        ("!app", {"app": ""}, False),
        ("!app", {}, True),
        ("app.kubernetes.io/name=api,tier in (a,b),!old", {"app.kubernetes.io/name": "api", "tier": "b"}, True),
    ],
)
def test_label_selectors_match_as_documented(selector: str, labels: dict[str, str], matches: bool) -> None:  # noqa: FBT001
    """Equality and set-based requirements, and their conjunction, behave as in the Kubernetes documentation."""
    assert label_match(selector)(labels) is matches


@given(key=WORDS, value=WORDS, labels=LABELS)
def test_a_requirement_and_its_negation_divide_all_labels(key: str, value: str, labels: dict[str, str]) -> None:
    """= and !=, in and notin, key and !key never agree on any labels."""
    for yes, no in ((f"{key}={value}", f"{key}!={value}"), (f"{key} in ({value})", f"{key} notin ({value})"), (key, f"!{key}")):
        assert label_match(yes)(labels) is not label_match(no)(labels)


@pytest.mark.parametrize("selector", ["app=(", "a b", "=x", "app in api"])
def test_a_selector_that_cannot_be_read_is_refused(selector: str) -> None:
    """A malformed selector is an error, never "everything"."""
    with pytest.raises(ValueError, match="selector"):
        label_match(selector)({})


def test_field_selectors_follow_dotted_paths() -> None:
    """Fields are compared by path; an absent field is empty."""
    obj = {"metadata": {"name": "x"}, "spec": {"nodeName": "n1"}}
    assert field_match("metadata.name=x,spec.nodeName=n1")(obj)
    assert field_match("spec.nodeName!=n2")(obj)
    assert not field_match("spec.other=n1")(obj)


async def test_get_finds_one_object_in_its_namespace() -> None:
    """The same name in another namespace is another object, and an absent one is NotFound."""
    cluster = BundleCluster([deployment("api", "a"), deployment("api", "b")])
    assert (await cluster.get("Deployment", "b", "api"))["metadata"]["namespace"] == "b"
    with pytest.raises(NotFound, match="Deployment c/api not found"):
        await cluster.get("Deployment", "c", "api")


async def test_list_filters_and_bounds() -> None:
    """Namespace, labels, fields and limit all count; an empty namespace is every namespace."""
    objects = [pod(None, f"p{i}", [running(since=1)], made=1, namespace="a" if i % 2 else "b") for i in range(6)]
    cluster = BundleCluster([*objects, node("n1")])
    assert len(await cluster.list("Pod", "a")) == 3
    assert len(await cluster.list("Pod", "")) == 6
    assert len(await cluster.list("Pod", "", limit=4)) == 4
    assert [o["metadata"]["name"] for o in await cluster.list("Pod", "b", labels="app=p2")] == ["p2"]
    assert len(await cluster.list("Pod", "", fields="spec.nodeName=node-1")) == 6
    assert len(await cluster.list("Node", "")) == 1


async def test_what_is_handed_out_cannot_change_the_recording() -> None:
    """A reader that changes an answer does not change the next answer."""
    cluster = BundleCluster([deployment("api", "a")])
    (await cluster.get("Deployment", "a", "api"))["metadata"]["name"] = "changed"
    (await cluster.list("Deployment", "a"))[0]["spec"] = {}
    assert (await cluster.get("Deployment", "a", "api"))["spec"]["replicas"] == 3


async def test_logs_are_found_by_the_most_exact_key() -> None:
    """namespace/pod/container goes before pod/container, that before pod; the previous run has keys of its own."""
    logs = BundleLogs({"p": "plain", "p/c": "container", "a/p/c": "exact", "p/c@previous": "before"})
    assert await logs.tail("a", "p", "c") == "exact"
    assert await logs.tail("b", "p", "c") == "container"
    assert await logs.tail("b", "p", "other") == "plain"
    assert await logs.tail("b", "p", "c", previous=True) == "before"
    with pytest.raises(NotFound):
        await logs.tail("b", "p", "other", previous=True)


async def test_logs_are_cut_from_the_front() -> None:
    """The last lines and the last bytes are what is returned; a cut character is left out."""
    logs = BundleLogs({"p": "one\ntwo\nthrée\n"})
    assert await logs.tail("a", "p", "c", lines=2) == "two\nthrée\n"
    assert (
        await logs.tail("a", "p", "c", max_bytes=4) == "ee\n" or len((await logs.tail("a", "p", "c", max_bytes=4)).encode()) <= 4
    )


async def test_one_moment_takes_no_write() -> None:
    """A change can be previewed, with its tests, and is never applied."""
    cluster = BundleCluster([deployment("api", "a")])
    target = TargetRef(kind="Deployment", name="api", namespace="a")
    fits = PatchObject(target=target, ops=(PatchOp(op="replace", path="/spec/replicas", value=1),))
    assert (await cluster.preview(fits))["spec"]["replicas"] == 1
    with pytest.raises(PreconditionFailed, match="422"):
        await cluster.preview(PatchObject(target=target, ops=(PatchOp(op="test", path="/spec/replicas", value=9), *fits.ops)))
    with pytest.raises(Forbidden):
        await cluster.apply(fits, timeout=1)
    assert (await cluster.get("Deployment", "a", "api"))["spec"]["replicas"] == 3


async def test_what_a_hand_written_object_lacks_is_empty() -> None:
    """An object without UID and API version is still served: both are there, and empty."""
    bare = {"kind": "Pod", "metadata": {"name": "p", "namespace": "a"}}
    served = await BundleCluster([bare]).get("Pod", "a", "p")
    assert (served["apiVersion"], served["metadata"]["uid"]) == ("", "")
    assert bare == {"kind": "Pod", "metadata": {"name": "p", "namespace": "a"}}


async def test_the_clock_of_one_moment_stands() -> None:
    """Neither reading nor sleeping moves it."""
    clock = StillClock(datetime(2026, 3, 10, tzinfo=UTC))
    await clock.sleep(1e9)
    assert (clock.now(), clock.monotonic()) == (datetime(2026, 3, 10, tzinfo=UTC), 0.0)
