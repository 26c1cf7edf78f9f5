"""What `doctor` finds."""

from __future__ import annotations

from typing import Literal

from firstresponder.model.base import Noun


class Permission(Noun, frozen=True, kw_only=True):
    """One right in a cluster, as RBAC names it."""

    verb: str  # get, list, patch, create …
    resource: str  # "deployments", "pods/log"
    group: str = ""  # "apps"; empty: the core group
    namespace: str = ""  # empty: in all of them, or a cluster-wide resource

    @classmethod
    def each(cls, verb: str, group: str, *resources: str) -> tuple[Permission, ...]:
        """Return one right for each resource of a group, as a part of this program declares what it needs."""
        return tuple(cls(verb=verb, resource=resource, group=group) for resource in resources)


class Finding(Noun, frozen=True, kw_only=True):
    """The state of one part: a connection, a right, a resource of this machine."""

    part: str  # "cluster", "right: patch deployments.apps in shop", "Slack", "disk", …
    state: Literal["ok", "warn", "fail", "off"]  # off: not configured
    says: str  # what was found, with the measured value
    fix: str = ""  # what to do, where something is to be done


class Room(Noun, frozen=True, kw_only=True):
    """A data folder and its disk; sizes in bytes."""

    path: str
    there: bool  # False: the figures are those of the folder that it would be made in
    writable: bool
    total: int
    free: int
    database: int = 0
    waiting: int = 0  # of the write-ahead log, which the database takes in when nobody reads the older state
