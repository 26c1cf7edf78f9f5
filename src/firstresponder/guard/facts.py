"""What the checks ask about, gathered by the workflow afresh for every decision.

`None` means "unknown" wherever a fact has no better word, `Unknown` where `None` already means "nobody" or "nothing".
A check that needs an unknown fact raises NotKnown through the accessors below; `decide` turns that into a verdict.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from firstresponder.config import Approval, Guards
from firstresponder.model import (
    Alert,
    Choice,
    Diagnosis,
    Hold,
    Hypothesis,
    Incident,
    JournalEntry,
    Json,
    Noun,
    Plan,
    PlannedAction,
)


class Unknown(Noun, frozen=True, kw_only=True):
    """A fact that could not be read, and why."""

    why: str = ""


UNKNOWN = Unknown()


class NotKnown(Exception):
    """A check needs a fact that nobody could find out; never leaves this room."""

    def __init__(self, what: str, clears_when: str = "") -> None:
        """`what` says what is not known, `clears_when` what would make it known."""
        super().__init__(what)
        self.clears_when = clears_when


class Facts(Noun, frozen=True, kw_only=True):
    """The frozen world of one decision. Objects are the API server's plain JSON; times are aware UTC."""

    now: datetime
    action: PlannedAction | None
    incident: Incident
    alerts: tuple[Alert, ...]  # of the incident, at most one per fingerprint and start
    diagnosis: Diagnosis | None
    cause: Hypothesis | None  # what the plan addresses; None: the configuration maps the action to the alert
    settings: Guards
    approval: Approval
    direction: Literal["do", "undo"] = "do"
    at_gate: bool = False  # the last look before the write: an approval must be there unless `auto` was granted
    approved: Choice | None = None  # None while asking
    bound: Plan | None = None  # the plan that was approved
    fresh_digest: str = ""  # the digest that the same plan gets from today's facts, decided without the approval
    hold: Hold | Unknown | None = UNKNOWN  # None: the kill switch is not engaged
    rival: str | Unknown | None = UNKNOWN  # who else holds the target's lease; None: nobody
    target: Json | None = None  # the live object
    owners: tuple[Json, ...] | None = None  # the objects above it, found by UID, nearest first; empty: it is at the top
    namespace: Json | None = None  # the Namespace object
    pods: tuple[Json, ...] | None = None  # the target's pods
    replicasets: tuple[Json, ...] | None = None  # those that the target controls; not asked for other kinds
    nodes: tuple[Json, ...] | None = None  # all of the cluster; not asked for targets that are no node
    history: tuple[JournalEntry, ...] | None = None  # recent operations on any target
    busy: tuple[Incident, ...] | None = None  # other incidents whose repair runs now
    opened_lately: int | None = None  # incidents opened within `settings.storm.window`, counted up to the limit
    still_firing: bool | None = None  # what Prometheus says now; None: no such rule is visible there
    own_namespace: str = ""  # where Firstresponder runs; empty: not in this cluster
    own_labels: str = ""  # a selector of its own pods, "app=firstresponder,part=x"; empty: the whole namespace is its own

    def planned(self) -> PlannedAction:
        """Return the action. Raises NotKnown."""
        if self.action is None:
            raise NotKnown("there is no planned action", "a plan names an action and a target")
        return self.action

    def live(self) -> Json:
        """Return the live target. Raises NotKnown."""
        if self.target is None:
            raise NotKnown(f"{self.place()} could not be read", "it can be read again")
        return self.target

    def above(self) -> tuple[Json, ...]:
        """Return the target's owners. Raises NotKnown."""
        if self.owners is None:
            raise NotKnown(f"what owns {self.place()} could not be read", "its owners can be read")
        return self.owners

    def own_pods(self) -> tuple[Json, ...]:
        """Return the target's pods. Raises NotKnown."""
        if self.pods is None:
            raise NotKnown(f"the pods of {self.place()} could not be read", "they can be read again")
        return self.pods

    def all_nodes(self) -> tuple[Json, ...]:
        """Return the cluster's nodes. Raises NotKnown."""
        if self.nodes is None:
            raise NotKnown("the nodes of the cluster could not be read", "they can be listed")
        return self.nodes

    def firing(self) -> tuple[Alert, ...]:
        """Return the alerts that fire now, by their latest start: an earlier start of the same alert is history."""
        latest: dict[str, Alert] = {}
        for alert in self.alerts:
            known = latest.get(alert.fingerprint)
            if known is None or alert.starts_at >= known.starts_at:
                latest[alert.fingerprint] = alert
        return tuple(alert for alert in latest.values() if alert.status == "firing")

    def place(self) -> str:
        """The target for a person: `Deployment shop/api`."""
        target = self.planned().target
        return f"{target.kind} {target.namespace}/{target.name}" if target.namespace else str(target)
