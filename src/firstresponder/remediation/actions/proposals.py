"""The `fix-*` and `raise-*` actions: each names the places that it may touch, and nothing else."""

from __future__ import annotations

from typing import Final

from firstresponder.model import Json
from firstresponder.remediation.proposal import Proposal
from firstresponder.remediation.quantity import amount

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet")
POD: Final = r"/spec/template/spec"
CONTAINER: Final = rf"{POD}/(?:containers|initContainers)/\d+"
BELOW: Final = r"(?:/.*)?"
CONFIG: Final = rf"{CONTAINER}/(?:env|envFrom){BELOW}|{POD}/volumes/\d+/(?:configMap/name|secret/secretName)"
WIDER: Final = {"privileged": True, "allowPrivilegeEscalation": True, "runAsNonRoot": False, "runAsUser": 0, "runAsGroup": 0}
"""Fields of a security context, and the value that gives more rights."""


def raised(path: str, old: Json, new: Json) -> str:
    """Say why a limit is not raised by this."""
    least, most = amount(old), amount(new)
    if least is None or most is None:
        return f"{path} is not a limit that is there and raised, but {old} → {new}"
    return "" if most > least else f"{path} would go from {old} to {new}, which raises nothing"


def added(path: str, old: Json, new: Json) -> str:
    """Say why this does not add what is missing."""
    if old not in (None, {}):
        return f"{path} is declared already ({old})"
    return "" if new == {} or amount(new) is not None else f"{path}: {new} is no quantity"


def not_wider(path: str, old: Json, new: Json) -> str:
    """Say why this gives more rights than before: that is never proposed."""
    name = path.rsplit("/", 1)[-1]
    if (
        "/capabilities/add" in path
        or (name in WIDER and type(new) is type(WIDER[name]) and new == WIDER[name])
        or new == "Unconfined"
    ):
        return f"{path} would give the container more rights"
    return f"{path} would take a restriction away" if new is None and old is not None else ""


PROPOSALS: Final = (
    Proposal("raise-memory-limit", WORKLOADS, rf"{CONTAINER}/resources/(?:limits|requests)/memory", "the memory limit", raised),
    Proposal("raise-cpu-limit", WORKLOADS, rf"{CONTAINER}/resources/(?:limits|requests)/cpu", "the CPU limit", raised),
    Proposal("add-resource-requests", WORKLOADS, rf"{CONTAINER}/resources{BELOW}", "the resource requests", added),
    Proposal("fix-command", WORKLOADS, rf"{CONTAINER}/(?:command|args){BELOW}", "the command"),
    Proposal("fix-config", WORKLOADS, CONFIG, "the configuration"),
    Proposal("fix-probe", WORKLOADS, rf"{CONTAINER}/(?:liveness|readiness|startup)Probe{BELOW}", "the probe"),
    Proposal(
        "fix-scheduling-constraint",
        WORKLOADS,
        rf"{POD}/(?:nodeSelector|affinity|tolerations|topologySpreadConstraints){BELOW}",
        "the scheduling constraint",
    ),
    Proposal(
        "fix-security-context", WORKLOADS, rf"(?:{POD}|{CONTAINER})/securityContext{BELOW}", "the security context", not_wider
    ),
    Proposal("fix-service", ("Service",), rf"/spec/(?:selector|ports){BELOW}", "the selector or ports"),
    Proposal(
        "fix-hpa",
        ("HorizontalPodAutoscaler",),
        rf"/spec/(?:minReplicas|maxReplicas|metrics|scaleTargetRef|behavior){BELOW}",
        "the bounds or metrics",
    ),
)
"""What would change an immutable field (a storage class) or somebody else's policy (a quota) is not here: a person does that."""
