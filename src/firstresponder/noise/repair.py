"""Which known action may answer what is broken: an id of the catalog, or a person. Never a command."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from firstresponder.noise.incidents import Incident
from firstresponder.noise.kinds import Kind
from firstresponder.noise.names import read, stem
from firstresponder.noise.proposal import Proposal

HUMAN = "escalate-human"


class _Answer(NamedTuple):
    """An action, what it answers, and on what condition."""

    action: str
    classes: frozenset[str]
    words: frozenset[str]  # one of these stems must be in the title; none: no matter
    condition: str


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


_ANSWERS = (
    _Answer("rollback-deployment", frozenset({"crash", "rollout"}), frozenset(), "if a new release began it"),
    _Answer("raise-hpa-max", frozenset({"autoscaling"}), _stems("max maxed maximum"), "if the load is real"),
    _Answer("expand-pvc", frozenset({"volume"}), _stems("filling full space"), "if its class allows that"),
    _Answer("renew-certificate", frozenset({"certificate"}), _stems("expires"), "if its renewal did not run"),
    _Answer("cordon-node", frozenset({"node"}), _stems("ready unreachable down"), "if the node does not come back"),
)
_CLUSTER = _stems("kube kubernetes pod deployment deploy container")
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
    """Return the repair that is worth a look: an action, if one of `actions` answers it; a person for what is broken."""
    if incident.noise:
        return []
    head = kinds[incident.kinds[0]]
    look = next((_LOOK[name] for name in head.named.classes if name in _LOOK), "what changed before the first of these alerts")
    effect = f"{incident.alerts} alerts of this stream belong to it"
    answer = _answer(head, actions)
    if answer is not None:
        why = f"{incident.title}: {answer.action}, {answer.condition}; otherwise {HUMAN}. Look first at {look}"
        effect += "; how often the action helps, the stream cannot tell"
        return [Proposal(kind="repair", incident=index, why=why, effect=effect, action=answer.action)]
    if incident.priority not in {"P1", "P2"}:
        return []
    why = f"{incident.title}: {HUMAN}. Look first at {look}"
    return [Proposal(kind="repair", incident=index, why=why, effect=effect, action=HUMAN)]


def _answer(head: Kind, actions: Collection[str]) -> _Answer | None:
    """The action of the catalog for what the incident is called after, where that is something in a cluster."""
    stems = set(read(head.title).key.split())
    if not head.labelled and not _CLUSTER & stems:
        return None
    for answer in _ANSWERS:
        fits = answer.classes & set(head.named.classes[:2]) and (not answer.words or answer.words & stems)
        if fits and answer.action in actions:
            return answer
    return None
