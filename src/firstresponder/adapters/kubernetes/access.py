"""`Access` over HTTP: what we may do (SelfSubjectAccessReview, `authorization.k8s.io/v1`), the server's version and clock.

A review is a POST that stores nothing: the server answers with what its authorizers say about our own account
(https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/).
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from firstresponder.adapters.kubernetes.client import Connection, decoded
from firstresponder.errors import Unreachable
from firstresponder.model import Permission

REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
TIMEOUT: Final = 4.0
"""Seconds for one question: somebody waits for the answer."""


class KubernetesAccess:
    """Asks about ourselves."""

    def __init__(self, connection: Connection) -> None:
        """Ask through this connection."""
        self._connection = connection

    async def may(self, permission: Permission) -> tuple[bool, str]:
        """Return whether we have that right, and the server's reason. Raises Unreachable, Forbidden."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": _attributes(permission)},
        }
        body = await self._connection.call(
            "POST", REVIEWS, {}, body=msgspec.json.encode(review), content_type="application/json", timeout=TIMEOUT
        )
        answer = decoded(body, REVIEWS)
        status = answer.get("status") if isinstance(answer, dict) else None
        if not isinstance(status, dict) or not isinstance(status.get("allowed"), bool):
            raise Unreachable(f"POST {REVIEWS}: the answer does not say whether it is allowed")
        return status["allowed"], str(status.get("reason") or status.get("evaluationError") or "")

    async def server(self) -> tuple[str, datetime | None]:
        """Return the server's version and its clock, to the second. Raises Unreachable, Forbidden."""
        answer = await self._connection.answer("GET", "/version", {}, timeout=TIMEOUT)
        found = decoded(answer.content, "/version")
        version = found.get("gitVersion") if isinstance(found, dict) else None
        return str(version or "unknown"), _clock(answer.headers.get("date", ""))


def _attributes(permission: Permission) -> dict[str, str]:
    """Say a right as the authorizers see it.

    A namespace is an object *in* itself (apiserver, `endpoints/request/requestinfo.go`), so that a Role there can grant it.
    """
    resource, _, part = permission.resource.partition("/")
    given = {
        "verb": permission.verb,
        "group": permission.group,
        "resource": resource,
        "subresource": part,
        "namespace": permission.namespace,
        "name": permission.namespace if resource == "namespaces" else "",
    }
    return {key: value for key, value in given.items() if value}


def _clock(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
