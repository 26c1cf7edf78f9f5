"""Not into a rollout that somebody else has running; undoing exactly the release that fails is the exception."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.effects import effect_of
from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.objects import condition, controller, meta, spec, status, wanted_replicas
from firstresponder.model import Json, Verdict

GUARD = Guard(name="rollout_in_progress", hard=True, undo=False)

ROLLBACK = "rollback-deployment"
REVISION = "deployment.kubernetes.io/revision"
COMPLETE = "NewReplicaSetAvailable"
STUCK = "ProgressDeadlineExceeded"


def check(facts: Facts) -> Verdict:
    """Allow when no rollout runs, or when the plan takes back the failing release that is being rolled out."""
    action, live = facts.planned(), facts.live()
    if effect_of(action) == "none":
        return GUARD.allow("nothing rolls out on it", measured=facts.place())
    if live.get("kind") == "Deployment" and spec(live).get("paused"):
        return GUARD.deny(
            f"somebody paused the rollouts of {facts.place()}: they are at work there",
            measured="spec.paused: true",
            limit="not paused",
            clears_when="they resume it",
            then="wait",
        )
    generation, seen = int(meta(live).get("generation") or 0), int(status(live).get("observedGeneration") or 0)
    if seen < generation:
        return _wait(facts, "its controller has not yet taken up the latest change", f"generation {generation}, taken up {seen}")
    running = _running(live)
    if not running:
        return GUARD.allow("no rollout is running", measured=f"generation {generation} is rolled out")
    if action.action == ROLLBACK:
        return _takes_back(facts, running)
    return _wait(facts, "a rollout is running", running)


def _wait(facts: Facts, reason: str, measured: str) -> Verdict:
    return GUARD.deny(
        f"{facts.place()}: {reason}",
        measured=measured,
        limit="no rollout",
        clears_when="the rollout is complete or taken back",
        then="wait",
    )


def _running(live: Json) -> str:
    """Say what is not rolled out yet; empty when the rollout is complete.

    A Deployment keeps the reason NewReplicaSetAvailable after its rollout however its pods fare later, so a crash of an
    old release is no rollout. Where progress is not tracked (progressDeadlineSeconds at its maximum), the counts decide.
    Source: kubernetes pkg/controller/deployment/progress.go, kubectl polymorphichelpers/rollout_status.go.
    """
    have, kind = status(live), live.get("kind")
    if kind == "Deployment":
        reason = str(condition(live, "Progressing").get("reason", ""))
        wanted, updated = wanted_replicas(live), int(have.get("updatedReplicas") or 0)
        total, available = int(have.get("replicas") or 0), int(have.get("availableReplicas") or 0)
        done = reason == COMPLETE or (not reason and updated >= wanted and total <= updated and available >= updated)
        return (
            "" if done else f"{updated} of {wanted} pods updated, {available} available ({reason or 'progress is not tracked'})"
        )
    if kind == "StatefulSet":
        wanted, updated = wanted_replicas(live), int(have.get("updatedReplicas") or 0)
        done = have.get("currentRevision") == have.get("updateRevision") or updated >= wanted
        return "" if done else f"{updated} of {wanted} pods updated"
    if kind == "DaemonSet":
        wanted, updated = int(have.get("desiredNumberScheduled") or 0), int(have.get("updatedNumberScheduled") or 0)
        return "" if updated >= wanted else f"{updated} of {wanted} pods updated"
    raise NotKnown(f"whether a rollout runs on a {kind} cannot be told", "never: this kind is not supported")


def _takes_back(facts: Facts, running: str) -> Verdict:
    """Whether the rollout that runs is the very release that the diagnosis blames, and it fails."""
    newest, revision = _newest(facts)
    wanted, ready = wanted_replicas(newest), int(status(newest).get("readyReplicas") or 0)
    if wanted > 0 and ready >= wanted:
        return _wait(
            facts,
            f"revision {revision} is still rolling out, and its pods are ready so far",
            f"{running}; {ready} of {wanted} ready",
        )
    change = facts.cause.change if facts.cause else None
    blamed = change.revision_to if change else None
    stuck = condition(facts.live(), "Progressing").get("reason") == STUCK
    if blamed == revision or (blamed is None and stuck):
        return GUARD.allow(
            f"the rollout that runs is revision {revision}, the one that fails and is taken back",
            measured=f"{running}; revision {revision}: {ready} of {wanted} ready",
        )
    if blamed is None:
        return _wait(facts, f"revision {revision} is rolling out, and nothing proves that it is the one that fails", running)
    return _wait(facts, f"revision {revision} is rolling out since, and the diagnosis blames revision {blamed}", running)


def _newest(facts: Facts) -> tuple[Json, int]:
    """The ReplicaSet of the latest revision, which must be the one that the Deployment is at."""
    if facts.replicasets is None:
        raise NotKnown(f"the ReplicaSets of {facts.place()} could not be read", "they can be read again")
    uid = facts.planned().target.uid
    own = [each for each in facts.replicasets if (controller(each) or {}).get("uid") == uid]
    newest = max(own, key=_revision, default=None)
    if newest is None or _revision(newest) != _revision(facts.live()):
        raise NotKnown(f"no ReplicaSet holds the present revision of {facts.place()}", "the rollout is under way")
    return newest, _revision(newest)


def _revision(obj: Json) -> int:
    return int((meta(obj).get("annotations") or {}).get(REVISION) or 0)
