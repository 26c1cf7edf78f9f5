"""More replicas, up to a ceiling that the runbook sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from firstresponder.model import Json
from firstresponder.remediation import replicas
from firstresponder.remediation.action import CannotPlan, Draft


class ScaleUp(replicas.Scaling):
    """Set `spec.replicas` higher: `params["to" | "by" | "factor"]`, never above `params["ceiling"]`."""

    id = "scale-up"
    tier = 1

    def apply(
        self,
        target: Json,
        beside: Sequence[Json],
        params: Mapping[str, Json],
        facts: Mapping[str, Json],  # noqa: ARG002  # the number is the runbook's
        at: datetime,  # noqa: ARG002  # no time is written
    ) -> Draft | CannotPlan:
        """Raise the number; an autoscaler's number is not touched."""
        name, now = replicas.name_of(target), replicas.count(target)
        if (no := replicas.held(target, beside)) is not None:
            return no
        if now == 0:
            return CannotPlan(reason=f"{name} is scaled to zero: somebody meant it to be off; restore-replicas brings it back")
        wanted, ceiling = replicas.asked(params, now, 1), replicas.bound(params, "ceiling")
        if isinstance(wanted, CannotPlan):
            return wanted
        if isinstance(ceiling, CannotPlan):
            return ceiling
        number = min(wanted, ceiling)
        if number <= now:
            return CannotPlan(reason=f"{name} has {now} replicas; {wanted} were asked for and the ceiling is {ceiling}")
        capped = f" (the ceiling; {wanted} were asked for)" if wanted > ceiling else ""
        return Draft(
            ops=replicas.swap(target, number),
            touches=(replicas.REPLICAS,),
            title=f"Scale up to {number}",
            summary=f"Scale {name} from {now} to {number} replicas{capped}",
            undo_note=f"puts the {now} replicas back",
        )
