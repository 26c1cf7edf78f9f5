"""The guards, in the order in which a person reads them: first what stops everything, last what asks."""

from __future__ import annotations

from firstresponder.guard.check import Check
from firstresponder.guard.checks import (
    action_budget,
    alert_freshness,
    allowlist,
    approval_binding,
    approval_policy,
    approval_ttl,
    evidence_quorum,
    execution_mode,
    gitops_owner,
    kill_switch,
    last_replica,
    max_concurrent,
    min_confidence,
    never_touch,
    opt_out,
    owner_match,
    repeat_limits,
    rollout_in_progress,
    storm,
    target_lease,
)

CATALOG: tuple[Check, ...] = (
    Check(guard=kill_switch.GUARD, run=kill_switch.check),
    Check(guard=execution_mode.GUARD, run=execution_mode.check),
    Check(guard=allowlist.GUARD, run=allowlist.check),
    Check(guard=never_touch.GUARD, run=never_touch.check),
    Check(guard=opt_out.GUARD, run=opt_out.check),
    Check(guard=owner_match.GUARD, run=owner_match.check),
    Check(guard=gitops_owner.GUARD, run=gitops_owner.check),
    Check(guard=storm.GUARD, run=storm.check),
    Check(guard=rollout_in_progress.GUARD, run=rollout_in_progress.check),
    Check(guard=target_lease.GUARD, run=target_lease.check),
    Check(guard=max_concurrent.GUARD, run=max_concurrent.check),
    Check(guard=action_budget.GUARD, run=action_budget.check),
    Check(guard=last_replica.GUARD, run=last_replica.check),
    Check(guard=approval_policy.GUARD, run=approval_policy.check),
    Check(guard=approval_ttl.GUARD, run=approval_ttl.check),
    Check(guard=approval_binding.GUARD, run=approval_binding.check),
    Check(guard=alert_freshness.GUARD, run=alert_freshness.check),
    Check(guard=repeat_limits.GUARD, run=repeat_limits.check),
    Check(guard=evidence_quorum.GUARD, run=evidence_quorum.check),
    Check(guard=min_confidence.GUARD, run=min_confidence.check),
)
"""Every guard; each is one file in `checks/`."""
