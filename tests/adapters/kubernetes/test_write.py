"""Writing over HTTP: once, with our name, and every answer in our own errors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.kubernetes.cluster import open_cluster
from firstresponder.adapters.kubernetes.write import encoded
from firstresponder.config import Cluster
from firstresponder.errors import Forbidden, NotFound, OutcomeUnknown, PreconditionFailed, Temporary, Unreachable
from firstresponder.model import PatchObject, PatchOp, TargetRef

API = TargetRef(kind="Deployment", namespace="shop", name="api")
CHANGE = PatchObject(target=API, ops=(PatchOp(op="test", path="/a", value=None), PatchOp(op="remove", path="/b")))
RBAC = 'deployments.apps "api" is forbidden: User "x" cannot patch resource "deployments" in API group "apps"'


async def test_a_patch_is_sent_once_as_a_json_patch_in_our_name(server: Any, cluster: Any) -> None:
    """Method, path, type, field manager and token; a null value is kept, a removal has none."""
    server.say((200, {"metadata": {"generation": 2}}, {}))
    assert await cluster.write.apply(CHANGE, timeout=5) == {"metadata": {"generation": 2}}
    (asked,) = server.asked
    assert (asked["method"], asked["path"]) == ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/api")
    assert parse_qs(asked["query"]) == {"fieldManager": ["firstresponder"]}
    assert asked["headers"]["content-type"] == "application/json-patch+json"
    assert asked["headers"]["authorization"] == "Bearer t0ken"
    assert json.loads(asked["body"]) == [{"op": "test", "path": "/a", "value": None}, {"op": "remove", "path": "/b"}]


async def test_a_preview_is_a_dry_run(server: Any, cluster: Any) -> None:
    """The same request with dryRun=All."""
    await cluster.write.preview(CHANGE)
    assert parse_qs(server.asked[0]["query"])["dryRun"] == ["All"]


ANSWERS = [
    (400, "admission webhook denied the request", PreconditionFailed, PreconditionFailed),
    (401, "who?", Forbidden, Forbidden),
    (403, RBAC, Forbidden, Forbidden),
    (403, 'admission webhook "v.gatekeeper.sh" denied the request: no', PreconditionFailed, PreconditionFailed),
    (403, 'deployments.apps "api" is forbidden: exceeded quota', PreconditionFailed, PreconditionFailed),
    (404, "not found", NotFound, NotFound),
    (409, "conflict", PreconditionFailed, PreconditionFailed),
    (422, "the server rejected our request", PreconditionFailed, PreconditionFailed),
    (429, "too many", Unreachable, Unreachable),
    (500, "etcdserver: request timed out", OutcomeUnknown, Unreachable),
    (503, "leader changed", OutcomeUnknown, Unreachable),
    (504, "timeout", OutcomeUnknown, Unreachable),
    (302, "elsewhere", Unreachable, Unreachable),
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{case[0]} {case[1][:20]}")
async def test_each_status_has_its_error(server: Any, cluster: Any, case: Any) -> None:
    """What the server's no means for a write and for a dry run; its words are kept; nothing is sent twice."""
    status, words, applied, previewed = case
    server.say(*[(status, {"kind": "Status", "message": words}, {"Retry-After": "7"})] * 2)
    with pytest.raises(applied, match=str(status)) as caught:
        await cluster.write.apply(CHANGE, timeout=5)
    assert type(caught.value) is applied
    assert words in str(caught.value)
    if isinstance(caught.value, Temporary) and status >= 400:
        assert caught.value.retry_after == 7
    with pytest.raises(previewed):
        await cluster.write.preview(CHANGE)
    assert len(server.asked) == 2


@pytest.mark.parametrize("how", ["silence", "hang up"])
async def test_no_answer_after_sending_is_an_unknown_outcome(server: Any, cluster: Any, how: str) -> None:
    """A time-out or a lost line after the request may have had an effect: OutcomeUnknown, with one request sent."""
    server.say(how)
    with pytest.raises(OutcomeUnknown):
        await cluster.write.apply(CHANGE, timeout=0.2)
    assert len(server.asked) == 1


@pytest.mark.parametrize("how", ["hang up", (200, b"not json", {})])
async def test_a_dry_run_without_answer_is_only_unreachable(server: Any, cluster: Any, how: Any) -> None:
    """A dry run has no effect that could be unknown."""
    server.say(how)
    with pytest.raises(Unreachable):
        await cluster.write.preview(CHANGE)


async def test_an_unreadable_success_of_a_write_is_unknown(server: Any, cluster: Any) -> None:
    """A 200 that is no JSON may come from a proxy: look before anything else."""
    server.say((200, b"<html>", {}))
    with pytest.raises(OutcomeUnknown):
        await cluster.write.apply(CHANGE, timeout=5)


async def test_nobody_there_is_unreachable(server: Any, tmp_path: Any, write_kubeconfig: Any) -> None:
    """A refused connection sent nothing, so that nothing can have been done."""
    gone = open_cluster(Cluster(kubeconfig=write_kubeconfig(tmp_path, server.url), context="gone"), {})
    with pytest.raises(Unreachable, match="Connect"):
        await gone.write.apply(CHANGE, timeout=5)
    await gone.close()


texts = st.text(alphabet=st.sampled_from('a&<>\u2028\u2029"\\/é😀\n\t\x01'), max_size=12)


@given(texts, st.dictionaries(texts, texts, max_size=3))
def test_a_patch_is_written_as_go_writes_it_and_means_the_same(text: str, mapping: dict[str, str]) -> None:
    """None of Go's escaped characters is sent bare, and the JSON still says what it said."""
    body = encoded([PatchOp(op="test", path="/x", value=[text, mapping])]).decode()
    assert json.loads(body)[0]["value"] == [text, mapping]
    assert not set(body) & set("&<>\u2028\u2029")


def test_other_characters_stay_as_go_leaves_them() -> None:
    """Letters beyond ASCII are not escaped: Go does not, and the server compares bytes."""
    assert "é😀" in encoded([PatchOp(op="test", path="/x", value="é😀")]).decode()
