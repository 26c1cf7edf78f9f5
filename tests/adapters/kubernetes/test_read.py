"""Reading over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from firstresponder.errors import BadInput, Forbidden, NotFound, Unreachable


def names(found: Any) -> list[str]:
    """Names of objects."""
    return [item["metadata"]["name"] for item in found]


async def test_an_object_is_returned_as_the_server_sent_it(server: Any, cluster: Any) -> None:
    """Unknown fields and nulls survive."""
    obj = {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"new": None, "x": [1]}}
    server.say((200, obj, {}))
    assert await cluster.read.get("Pod", "shop", "a") == obj
    assert server.asked[0]["path"] == "/api/v1/namespaces/shop/pods/a"


async def test_items_of_a_list_carry_their_kind(server: Any, cluster: Any) -> None:
    """The server leaves apiVersion and kind out of items; selectors are passed on; a core kind lies under /api."""
    server.say((200, {"items": [{"metadata": {"name": "a"}}]}, {}))
    found = await cluster.read.list("ReplicaSet", "", labels="a=b,c in (d)", fields="metadata.name=a", limit=7)
    assert found == [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "a"}}]
    assert server.asked[0]["path"] == "/apis/apps/v1/replicasets"
    assert parse_qs(server.asked[0]["query"]) == {
        "limit": ["7"],
        "labelSelector": ["a=b,c in (d)"],
        "fieldSelector": ["metadata.name=a"],
    }


async def test_a_list_is_read_page_by_page_up_to_its_limit(server: Any, cluster: Any) -> None:
    """The continue token is followed until the limit or the end."""
    page = {"items": [{"metadata": {"name": "x"}}] * 250, "metadata": {"continue": "next"}}
    server.say((200, page, {}), (200, page, {}), (200, page, {}))
    assert len(await cluster.read.list("Pod", "shop", limit=600)) == 600
    assert [parse_qs(asked["query"]).get("continue") for asked in server.asked] == [None, ["next"], ["next"]]
    assert [parse_qs(asked["query"])["limit"] for asked in server.asked] == [["250"], ["250"], ["100"]]
    server.say((200, {"items": None, "metadata": {}}, {}))
    assert await cluster.read.list("Pod", "shop") == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadInput),
        (401, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (410, Unreachable),
        (429, Unreachable),
        (500, Unreachable),
    ],
)
async def test_each_status_has_its_error(server: Any, cluster: Any, status: int, error: Any) -> None:
    """A read's no, in our own words."""
    server.say((status, {"message": "because"}, {}), (status, {"message": "because"}, {}))
    with pytest.raises(error, match="because"):
        await cluster.read.get("Pod", "shop", "a")


@pytest.mark.parametrize("how", ["hang up", (200, b"{", {})])
async def test_no_or_bad_answers_are_unreachable(server: Any, cluster: Any, how: Any) -> None:
    """Lost lines and broken JSON: try again later."""
    server.say(how)
    with pytest.raises(Unreachable):
        await cluster.read.get("Pod", "shop", "a")


async def test_a_name_cannot_leave_its_place(server: Any, cluster: Any) -> None:
    """Slashes and question marks in a name are quoted; dots are refused; unknown kinds and Secrets are not read."""
    await cluster.read.get("Pod", "shop", "a/../../secrets?x")
    assert server.asked[0]["path"] == "/api/v1/namespaces/shop/pods/a%2F..%2F..%2Fsecrets%3Fx"
    for kind, namespace, name in (("Pod", "shop", ".."), ("Pod", "..", "a"), ("Pod", "", "a"), ("Secret", "shop", "a")):
        with pytest.raises(NotFound):
            await cluster.read.get(kind, namespace, name)
    await cluster.read.get("Node", "", "n1")
    assert [asked["path"] for asked in server.asked[1:]] == ["/api/v1/nodes/n1"]
