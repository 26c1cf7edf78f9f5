"""Never take away the only pod that serves, nor the only node that takes pods."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.effects import effect_of, is_cordon, replicas_after, takes_pods
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.objects import is_ready, meta, spec, status, wanted_replicas
from firstresponder.guard.rolling import rolling_budget, scaled
from firstresponder.model import Json, Verdict

GUARD = Guard(name="last_replica", hard=True, undo=False)

DEFAULT_UNAVAILABLE = 1  # of StatefulSets and DaemonSets


def check(facts: Facts) -> Verdict:
    """Allow when at least one ready pod stays while the change rolls out, or when there is none left to lose."""
    action, live = facts.planned(), facts.live()
    effect = effect_of(action)
    if effect == "none":
        return _last_node(facts, live) if is_cordon(action) else GUARD.allow("it takes no pod away", measured=facts.place())
    ready, wanted = sum(map(is_ready, facts.own_pods())), _wanted(live)
    if effect == "scales":
        return _scales(facts, live, wanted, ready, replicas_after(action))
    if wanted == 0:
        return GUARD.deny(
            f"{facts.place()} is scaled to zero: somebody meant it to be off, and nothing runs that could be repaired",
            measured="0 replicas wanted",
            limit="at least 1",
            clears_when="it is scaled up",
            then="escalate",
        )
    if ready == 0:
        return GUARD.allow("no pod is ready, so none can be lost", measured=f"0 of {wanted} ready")
    lost, how = _lost(live, wanted)
    measured = f"{ready} of {wanted} ready; {how}"
    # Deployments and DaemonSets count what is unready already as missing, so they take a ready pod only while
    # `wanted - lost` others serve; a StatefulSet goes by ordinal and may take the only ready one first.
    stay = (ready if live.get("kind") == "StatefulSet" else wanted) - lost
    if stay >= 1:
        return GUARD.allow("at least one pod keeps serving while it rolls", measured=measured, limit="1 pod stays")
    return GUARD.deny(
        f"this could take away every ready pod of {facts.place()} at once",
        measured=measured,
        limit="1 pod stays",
        clears_when="it has more replicas, or its strategy is RollingUpdate with maxUnavailable 0 and maxSurge 1",
        then="escalate",
    )


def _scales(facts: Facts, live: Json, wanted: int, ready: int, after: int) -> Verdict:
    """More pods take none away; fewer must leave one that serves, if one does. Zero is the red button's, and not here yet."""
    measured = f"{ready} of {wanted} ready; {after} replicas afterwards"
    if after == 0:
        return GUARD.deny(
            f"this would leave no replica of {facts.place()}",
            measured=measured,
            limit="1 pod stays",
            clears_when="a person does it; no exemption exists yet",
            then="escalate",
        )
    if after >= wanted or ready == 0:
        return GUARD.allow("no pod that serves is taken away", measured=measured, limit="1 pod stays")
    # A ReplicaSet gives up pods that are not ready first; a StatefulSet takes the highest ordinals, ready or not.
    stay = ready - (wanted - after) if live.get("kind") == "StatefulSet" else min(ready, after)
    if stay >= 1:
        return GUARD.allow("at least one pod keeps serving", measured=measured, limit="1 pod stays")
    return GUARD.deny(
        f"this could take away every ready pod of {facts.place()}",
        measured=measured,
        limit="1 pod stays",
        clears_when="more of its pods are ready",
        then="escalate",
    )


def _last_node(facts: Facts, live: Json) -> Verdict:
    """Some other node must take the pods that have to be placed."""
    name = meta(live).get("name")
    others = [node for node in facts.all_nodes() if meta(node).get("name") != name and takes_pods(node)]
    measured = f"{len(others)} other nodes take pods, of {len(facts.all_nodes())} in all"
    if others:
        return GUARD.allow("other nodes take pods", measured=measured, limit="1 other node")
    return GUARD.deny(
        f"no other node than {name} takes pods: nothing could be placed any more",
        measured=measured,
        limit="1 other node",
        clears_when="another node is ready and schedulable",
        then="escalate",
    )


def _wanted(live: Json) -> int:
    if live.get("kind") == "DaemonSet":
        return int(status(live).get("desiredNumberScheduled") or 0)
    return wanted_replicas(live)


def _lost(live: Json, wanted: int) -> tuple[int, str]:
    """How many pods may be missing at once while a change rolls out, and the setting that says so."""
    kind = live.get("kind")
    if kind == "Deployment":
        if (spec(live).get("strategy") or {}).get("type") == "Recreate":
            return wanted, "strategy Recreate stops all pods first"
        budget = rolling_budget(live, wanted)
        return budget.unavailable, f"maxUnavailable comes to {budget.unavailable}, maxSurge to {budget.surge}"
    if kind in ("StatefulSet", "DaemonSet"):
        strategy = spec(live).get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return 0, "strategy OnDelete stops no pod"
        rolling = strategy.get("rollingUpdate") or {}
        if kind == "DaemonSet" and scaled(rolling.get("maxSurge") or 0, wanted, up=True) > 0:
            return 0, "maxSurge starts the new pod first"
        lost = max(1, scaled(rolling.get("maxUnavailable") or DEFAULT_UNAVAILABLE, wanted, up=True))
        return min(lost, wanted), f"maxUnavailable comes to {lost}"
    raise NotKnown(f"how a {kind} replaces its pods cannot be told", "never: this kind is not supported")
