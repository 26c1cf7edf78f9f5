"""Fewer replicas, down to a floor that the runbook sets, and never below what a PodDisruptionBudget leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from firstresponder.model import Json
from firstresponder.remediation import replicas
from firstresponder.remediation.action import CannotPlan, Draft


class ScaleDown(replicas.Scaling):
    """Set `spec.replicas` lower: `params["to" | "by" | "factor"]`, never below `params["floor"]`, never to zero."""

    id = "scale-down"
    tier = 1

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],
        facts: Mapping[str, Json],  # noqa: ARG002  # the number is the runbook's
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Lower the number; an autoscaler's number is not touched."""
        name, now = replicas.name_of(target), replicas.count(target)
        if (no := replicas.held(target, beside)) is not None:
            return no
        wanted, floor = replicas.asked(params, now, -1), replicas.bound(params, "floor")
        if isinstance(wanted, CannotPlan):
            return wanted
        if isinstance(floor, CannotPlan):
            return floor
        fewest, budget = replicas.demanded(target, beside)
        number = max(wanted, floor, fewest)
        limit = f"PodDisruptionBudget {budget}" if budget and fewest >= max(wanted, floor) else "the floor"
        if number >= now:
            least = max(floor, fewest)
            return CannotPlan(reason=f"{name} has {now} replicas; {wanted} were asked for, and {limit} leaves at least {least}")
        capped = f" ({limit}; {wanted} were asked for)" if wanted < number else ""
        return Draft(
            ops=replicas.swap(target, number),
            touches=(replicas.REPLICAS,),
            title=f"Scale down to {number}",
            summary=f"Scale {name} from {now} to {number} replicas{capped}",
            undo_note=f"puts the {now} replicas back",
        )
