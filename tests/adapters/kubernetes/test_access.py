"""Asking the API server about ourselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from firstresponder.adapters.kubernetes.cluster import open_cluster
from firstresponder.config import Cluster
from firstresponder.errors import Forbidden, NotFound, Unreachable
from firstresponder.model import Permission

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def asked(server: Any) -> dict[str, str]:
    """The attributes of the last review."""
    last = server.asked[-1]
    assert (last["method"], last["path"]) == ("POST", REVIEWS)
    attributes: dict[str, str] = json.loads(last["body"])["spec"]["resourceAttributes"]
    return attributes


@pytest.mark.parametrize(
    ("permission", "attributes"),
    [
        (
            Permission(verb="patch", resource="deployments", group="apps", namespace="shop"),
            {"verb": "patch", "resource": "deployments", "group": "apps", "namespace": "shop"},
        ),
        (
            Permission(verb="get", resource="pods/log", namespace="shop"),
            {"verb": "get", "resource": "pods", "subresource": "log", "namespace": "shop"},
        ),
        (Permission(verb="get", resource="nodes"), {"verb": "get", "resource": "nodes"}),
        (
            Permission(verb="get", resource="namespaces", namespace="shop"),
            {"verb": "get", "resource": "namespaces", "namespace": "shop", "name": "shop"},
        ),
    ],
)
async def test_a_right_is_asked_about_as_the_authorizer_sees_it(
    server: Any, cluster: Any, permission: Permission, attributes: dict[str, str]
) -> None:
    """Sub-resources stand apart, what is empty is left out, and a namespace is named in itself."""
    server.say((201, {"status": {"allowed": True, "reason": "RBAC: allowed"}}, {}))
    assert await cluster.access.may(permission) == (True, "RBAC: allowed")
    assert asked(server) == attributes


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ({"allowed": False}, (False, "")),
        ({"allowed": False, "denied": True, "reason": "webhook says no"}, (False, "webhook says no")),
        ({"allowed": False, "evaluationError": "role not found"}, (False, "role not found")),
    ],
)
async def test_no_comes_with_its_reason(server: Any, cluster: Any, status: Any, answer: Any) -> None:
    """A no is an answer, with whatever reason the server gives."""
    server.say((201, {"status": status}, {}))
    assert await cluster.access.may(Permission(verb="get", resource="pods")) == answer


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((403, {"message": "cannot create resource"}, {}), Forbidden),
        ((401, {}, {}), Forbidden),
        ((500, {}, {}), Unreachable),
        ((201, {"status": {}}, {}), Unreachable),
        ((201, {}, {}), Unreachable),
        ((201, b"<html>", {}), Unreachable),
        ("hang up", Unreachable),
    ],
)
async def test_what_is_no_answer_is_no_no(server: Any, cluster: Any, reply: Any, error: type[Exception]) -> None:
    """A question that was not answered is never taken for "not allowed"."""
    server.say(reply)
    with pytest.raises(error):
        await cluster.access.may(Permission(verb="get", resource="pods"))


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        ({"Date": "Tue, 10 Mar 2026 12:00:00 GMT"}, datetime(2026, 3, 10, 12, tzinfo=UTC)),
        ({"Date": "yesterday"}, None),
        ({}, None),
    ],
)
async def test_version_and_clock(server: Any, cluster: Any, headers: dict[str, str], at: datetime | None) -> None:
    """The version is the server's own word; the clock is its Date header, or None."""
    server.say((200, {"gitVersion": "v1.31.2"}, headers))
    assert await cluster.access.server() == ("v1.31.2", at)
    assert server.asked[-1]["path"] == "/version"


async def test_where_no_cluster_is_configured_it_says_what_to_set() -> None:
    """Without a cluster both questions raise NotFound, which names the settings."""
    none = open_cluster(Cluster(), {})
    for question in (none.access.server(), none.access.may(Permission(verb="get", resource="pods"))):
        with pytest.raises(NotFound, match=r"cluster\.kubeconfig"):
            await question
