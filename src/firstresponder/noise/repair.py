"""Which known action may answer what is broken: an id of the catalog, or a person. Never a command."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from firstresponder.noise.incidents import Incident
from firstresponder.noise.kinds import Kind
from firstresponder.noise.proposal import Proposal

HUMAN = "escalate-human"
ROLLBACK = "rollback-deployment"

_ROLLED = frozenset({"crash", "rollout"})
_CLUSTER = frozenset({"kube", "kubernete", "kubernetes", "pod", "deploy", "deployment", "contain", "container"})
_LOOK: dict[str, str] = {
    "registration": "which instances register and pass their health check, and what changed there last",
    "certificate": "who renews the certificate, and why that did not happen",
    "dns": "the resolvers and their upstreams, from a machine in that place",
    "network": "links and routes of that place, and changes to them",
    "node": "the node's conditions, its kubelet and its machine",
    "queue": "whether its consumers run and keep up, before its size",
    "job": "the log of the failed run, then what the next run needs",
    "stale": "the job that should have made it new",
    "crash": "the last end of the process, its log before that, and what was released last",
    "rollout": "the new revision's pods and events, and its difference to the one before",
    "database": "whether the primary is reachable and writable, before its clients",
    "disk": "what grows, and how long until it is full",
    "volume": "what grows, and whether its class can be expanded",
    "memory": "the trend of use against the limit",
    "control plane": "the API server and etcd",
    "quota": "who uses the quota, and who set it",
    "auth": "the credentials' end and the identity service",
}


def repairs(incident: Incident, index: int, kinds: Sequence[Kind], actions: Collection[str]) -> list[Proposal]:
    """Return the repair that is worth a look for an incident that is broken; none for what only degrades or passes."""
    if incident.priority not in {"P1", "P2"}:
        return []
    head = kinds[incident.kinds[0]]
    classes = head.named.classes
    look = next((_LOOK[name] for name in classes if name in _LOOK), "what changed before the first of these alerts")
    effect = f"{incident.alerts} alerts of this stream belong to it"
    in_cluster = head.labelled or _CLUSTER & set(head.named.key.removeprefix("=").split()) or head.name.startswith("Kube")
    if ROLLBACK in actions and in_cluster and _ROLLED.intersection(classes):
        why = f"{incident.title}: {ROLLBACK}, if a new release began it; otherwise {HUMAN}. Look first at {look}"
        return [
            Proposal(
                kind="repair", incident=index, why=why, effect=f"{effect}; how often that helps is not in it", action=ROLLBACK
            )
        ]
    why = f"{incident.title}: {HUMAN}. Look first at {look}"
    return [Proposal(kind="repair", incident=index, why=why, effect=effect, action=HUMAN)]
