"""From ports to the guards' frozen facts: read afresh for every decision, nothing cached.

What cannot be read stays unknown (None or Unknown); the guards say what that means. Reads run side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from msgspec.structs import replace

from firstresponder.errors import FirstresponderError
from firstresponder.guard.facts import Facts, Unknown
from firstresponder.model import (
    Choice,
    Diagnosis,
    Hold,
    Hypothesis,
    Incident,
    Json,
    Phase,
    Plan,
    PlannedAction,
    TargetRef,
)
from firstresponder.selectors import written
from firstresponder.verification.alerts import identity
from firstresponder.workflow.world import World

ASK_AT_MOST = 5
"""Alerts of one incident that Prometheus is asked about."""
HIGHEST_OWNER = 5
"""Owner references are followed this far up: a longer chain is not known, and that is a deny."""

MANY = 100
"""Running repairs that are counted: far more than any limit allows."""

T = TypeVar("T")


def target_lease(target: TargetRef) -> str:
    """Name the lease that one remediation at a time holds on an object."""
    return f"target:{target.uid or f'{target.kind}/{target.namespace}/{target.name}'}"


def cause_of(plan: Plan, diagnosis: Diagnosis | None) -> Hypothesis | None:
    """Return the hypothesis that the plan addresses, or None where the alert alone names the action."""
    if diagnosis is None or not plan.cause_class:
        return None
    return next((h for h in diagnosis.hypotheses if h.cause_class == plan.cause_class), None)


async def gather(
    world: World,
    row: Incident,
    plan: Plan,
    diagnosis: Diagnosis | None,
    *,
    action: PlannedAction | None = None,
    direction: Literal["do", "undo"] = "do",
) -> Facts:
    """Return the facts for asking. `action` overrides the plan's own (the same one, made afresh)."""
    action = action or plan.action
    now = world.clock.now()
    alerts = tuple(stored.alert for stored in await world.alerts.of_incident(row.id))
    settings = world.settings
    since = now - timedelta(seconds=max(float(settings.guards.repeat_window), 86400.0))
    facts = Facts(
        now=now,
        action=action,
        incident=row,
        alerts=alerts,
        diagnosis=diagnosis,
        cause=cause_of(plan, diagnosis),
        settings=settings.guards,
        approval=settings.approval,
        direction=direction,
        own_namespace=settings.cluster.own_namespace,
        own_labels=settings.cluster.own_labels,
    )
    if action is None:
        return facts
    target = action.target
    live = await _known(world.read.get, target.kind, target.namespace, target.name)
    hold, rival, history, still, busy, lately = await asyncio.gather(
        _hold(world),
        _rival(world, target, row.id),
        _known(world.journal.recent, since),
        _still(world, row, facts),
        _busy(world, row),
        _opened_lately(world, now),
    )
    owners, namespace, pods, replicasets, nodes = await asyncio.gather(
        _owners(world, live),
        _known(world.read.get, "Namespace", "", target.namespace) if target.namespace else _nothing(),
        _selected(world, "Pod", live, target),
        _selected(world, "ReplicaSet", live, target),
        _known(_listing(world, "Node", "", "")) if target.kind == "Node" else _nothing(),
    )
    return replace(
        facts,
        hold=hold,
        rival=rival,
        history=tuple(history) if history is not None else None,
        target=live,
        owners=owners,
        namespace=namespace,
        pods=pods,
        replicasets=replicasets,
        nodes=tuple(nodes) if nodes is not None else None,
        busy=busy,
        opened_lately=lately,
        still_firing=still,
    )


def at_the_gate(facts: Facts, bound: Plan, choice: Choice | None, fresh_digest: str) -> Facts:
    """Return the same facts for the last look before a write."""
    return replace(facts, at_gate=True, approved=choice, bound=bound, fresh_digest=fresh_digest)


async def _known(ask: Callable[..., Awaitable[T]], *args: object) -> T | None:
    try:
        return await ask(*args)
    except FirstresponderError:
        return None


async def _nothing() -> None:
    """A fact that this target has not."""


async def _hold(world: World) -> Hold | Unknown | None:
    try:
        return await world.kill_switch.engaged()
    except FirstresponderError as error:
        return Unknown(why=str(error))


async def _rival(world: World, target: TargetRef, incident_id: str) -> str | Unknown | None:
    try:
        grant = await world.lease.current(target_lease(target))
    except FirstresponderError as error:
        return Unknown(why=str(error))
    return None if grant is None or grant.holder == incident_id else grant.holder


async def _busy(world: World, row: Incident) -> tuple[Incident, ...] | None:
    """Other incidents whose repair runs."""
    try:
        found, _ = await world.incidents.page(phases=(Phase.ACTING, Phase.VERIFYING), limit=MANY)
    except FirstresponderError:
        return None
    return tuple(other for other in found if other.id != row.id)


async def _opened_lately(world: World, now: datetime) -> int | None:
    """Count the incidents of the last while, no further than the limit."""
    storm = world.settings.guards.storm
    try:
        found, _ = await world.incidents.page(limit=storm.incidents)
    except FirstresponderError:
        return None
    return sum(1 for other in found if (now - other.opened_at).total_seconds() < storm.window)


async def _owners(world: World, live: Json | None) -> tuple[Json, ...] | None:
    """Follow the controlling owner references up, by UID; None where one cannot be read or is another object."""
    if live is None:
        return None
    chain: list[Json] = []
    current = live
    while owner := _controller(current):
        if len(chain) >= HIGHEST_OWNER:
            return None
        found = await _known(world.read.get, owner["kind"], live["metadata"].get("namespace", ""), owner["name"])
        if found is None or found["metadata"].get("uid") != owner.get("uid"):
            return None
        chain.append(found)
        current = found
    return tuple(chain)


def _controller(item: Json) -> Json | None:
    references = item["metadata"].get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), None)


async def _selected(world: World, kind: str, live: Json | None, target: TargetRef) -> tuple[Json, ...] | None:
    """List what the target selects; for ReplicaSets only those that it controls."""
    if live is None:
        return None
    if kind == "ReplicaSet" and target.kind != "Deployment":
        return ()
    labels = written((live.get("spec") or {}).get("selector"))
    if not labels:
        return None
    found = await _known(_listing(world, kind, target.namespace, labels))
    if found is None:
        return None
    if kind == "Pod":
        return tuple(found)
    uid = live["metadata"]["uid"]
    return tuple(item for item in found if (_controller(item) or {}).get("uid") == uid)


def _listing(world: World, kind: str, namespace: str, labels: str) -> Callable[[], Awaitable[list[Json]]]:
    async def ask() -> list[Json]:
        return await world.read.list(kind, namespace, labels=labels)

    return ask


async def _still(world: World, row: Incident, facts: Facts) -> bool | None:
    """Ask Prometheus whether the alert still fires; None where no rule of that name is visible."""
    if world.metrics is None or not row.firing or not facts.alerts:
        return None
    firing = [alert for alert in facts.alerts if alert.status == "firing"][:ASK_AT_MOST]
    answers = [await _known(world.metrics.firing, alert.name, identity(alert.labels)) for alert in firing]
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None
