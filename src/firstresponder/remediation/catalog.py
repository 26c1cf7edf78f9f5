"""The list of actions. A new one is one file in `actions/` and one line here."""

from __future__ import annotations

from firstresponder.errors import NotFound
from firstresponder.remediation.action import Action
from firstresponder.remediation.actions.restart_workload import RestartWorkload
from firstresponder.remediation.actions.rollback_deployment import RollbackDeployment

CATALOG: tuple[Action, ...] = (
    RestartWorkload(),
    RollbackDeployment(),
)


def by_id(action: str) -> Action:
    """Return one action. Raises NotFound, naming those that exist."""
    for candidate in CATALOG:
        if candidate.id == action:
            return candidate
    known = ", ".join(sorted(candidate.id for candidate in CATALOG))
    raise NotFound(f"no action is called {action!r}; there are: {known}")
