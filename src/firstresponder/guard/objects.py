"""Reading the API server's plain JSON: small questions that several checks ask."""

from __future__ import annotations

from typing import Any

from firstresponder.model import Json


def meta(obj: Json) -> dict[str, Any]:
    """Return the object's metadata."""
    return obj.get("metadata") or {}


def spec(obj: Json) -> dict[str, Any]:
    """Return the object's spec."""
    return obj.get("spec") or {}


def status(obj: Json) -> dict[str, Any]:
    """Return the object's status."""
    return obj.get("status") or {}


def label(obj: Json) -> str:
    """Name the object for a person: `Deployment shop/api`."""
    place = "/".join(part for part in (meta(obj).get("namespace", ""), meta(obj).get("name", "")) if part)
    return f"{obj.get('kind', 'object')} {place}"


def controller(obj: Json) -> dict[str, Any] | None:
    """Return the owner reference that says it controls the object, if any."""
    return next((ref for ref in meta(obj).get("ownerReferences") or [] if ref.get("controller")), None)


def condition(obj: Json, kind: str) -> dict[str, Any]:
    """Return the status condition of that type, or nothing."""
    return next((each for each in status(obj).get("conditions") or [] if each.get("type") == kind), {})


def is_ready(pod: Json) -> bool:
    """Whether the pod serves: Ready, and not on its way out."""
    return condition(pod, "Ready").get("status") == "True" and not meta(pod).get("deletionTimestamp")


def wanted_replicas(workload: Json) -> int:
    """Return `spec.replicas`, which is 1 where it is absent (Kubernetes' default)."""
    count = spec(workload).get("replicas")
    return 1 if count is None else int(count)
