"""The list of actions. A new one is one file in `actions/` and one line here."""

from __future__ import annotations

from firstresponder.errors import NotFound
from firstresponder.remediation.action import Action
from firstresponder.remediation.actions.cordon_node import CORDON_NODE
from firstresponder.remediation.actions.fix_image import FixImage
from firstresponder.remediation.actions.proposals import PROPOSALS
from firstresponder.remediation.actions.raise_hpa_max import RaiseHpaMax
from firstresponder.remediation.actions.restart_workload import RestartWorkload
from firstresponder.remediation.actions.restore_replicas import RestoreReplicas
from firstresponder.remediation.actions.rollback_deployment import RollbackDeployment
from firstresponder.remediation.actions.scale_down import ScaleDown
from firstresponder.remediation.actions.scale_to_zero import ScaleToZero
from firstresponder.remediation.actions.scale_up import ScaleUp
from firstresponder.remediation.actions.suspend_cronjob import SUSPEND_CRONJOB
from firstresponder.remediation.actions.uncordon_node import UNCORDON_NODE

CATALOG: tuple[Action, ...] = (
    RestartWorkload(),
    RollbackDeployment(),
    ScaleUp(),
    ScaleDown(),
    RestoreReplicas(),
    ScaleToZero(),
    RaiseHpaMax(),
    SUSPEND_CRONJOB,
    CORDON_NODE,
    UNCORDON_NODE,
    FixImage(),
    *PROPOSALS,
)


def by_id(action: str) -> Action:
    """Return one action. Raises NotFound, naming those that exist."""
    for candidate in CATALOG:
        if candidate.id == action:
            return candidate
    known = ", ".join(sorted(candidate.id for candidate in CATALOG))
    raise NotFound(f"no action is called {action!r}; there are: {known}")
