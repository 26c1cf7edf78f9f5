"""Every right that this program uses in a cluster, put together from where each is declared."""

from __future__ import annotations

from typing import Final

from firstresponder.evidence.catalog import NEEDS as EVIDENCE
from firstresponder.evidence.rights import WIDER
from firstresponder.model import Permission
from firstresponder.remediation.catalog import by_id
from firstresponder.verification.jobs import NEEDS as JOBS
from firstresponder.verification.workload import NEEDS as VERIFICATION
from firstresponder.verification.workload import WORKLOADS

__all__ = ["CLUSTER_WIDE", "FACTS", "WIDER", "looking", "repairing"]

CLUSTER_WIDE: Final = frozenset({"nodes"})
"""Resources that are in no namespace."""

FACTS: Final = (
    *Permission.each("get", "", "namespaces"),
    *Permission.each("list", "", "pods"),
    *Permission.each("list", "apps", "replicasets"),
)
"""What the guards' facts are made from (`workflow/facts.py`), beside the target itself."""


def looking() -> dict[Permission, tuple[str, ...]]:
    """Return what an investigation reads, and by which parts: a right that is missing there is a gap in the brief."""
    users: dict[Permission, tuple[str, ...]] = {}
    for part, needed in EVIDENCE.items():
        for one in dict.fromkeys(needed):
            users[one] = (*users.get(one, ()), part)
    return users


def repairing(action: str, kind: str) -> tuple[Permission, ...]:
    """Return what planning, guarding, doing and verifying an action on this kind needs; nothing for a kind that is not its own.

    Raises NotFound when there is no such action.
    """
    found = by_id(action)
    if kind not in found.kinds:
        return ()
    return tuple(dict.fromkeys((*found.needs(kind), *_beside(kind))))


def _beside(kind: str) -> tuple[Permission, ...]:
    """What the guards' facts and verification read, beside the object itself."""
    if kind in WORKLOADS:
        return (*FACTS, *VERIFICATION)
    if kind == "Node":
        return Permission.each("list", "", "nodes")
    return (*Permission.each("get", "", "namespaces"), *(JOBS if kind == "CronJob" else ()))
