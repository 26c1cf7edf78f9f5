"""The checks of the cluster: does it answer, do the clocks agree, may we do what the work needs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from firstresponder.config import Guards
from firstresponder.errors import FirstresponderError, NotFound
from firstresponder.model import Finding, Permission
from firstresponder.ports.access import Access
from firstresponder.ports.clock import Clock
from firstresponder.redaction import Redactor
from firstresponder.workflow.rights import CLUSTER_WIDE, WIDER, looking, repairing

AHEAD: Final = 2.0
FAR_AHEAD: Final = 30.0
"""Seconds between the server's clock and ours from which it is a warning, and a failure: freshness and leases go by ours."""
AT_ONCE: Final = 16
"""Questions in flight: an API server answers each in milliseconds, and hundreds may be asked."""
MOST: Final = 6
"""Missing rights of one namespace that get a line each; more are one line with all rules to paste."""
EVERYWHERE: Final = "in all namespaces"


@dataclass(frozen=True)
class Wanted:
    """A right in its place, who needs it, and whether only a change needs it."""

    right: Permission
    users: tuple[str, ...]
    state: Literal["fail", "warn"]


@dataclass(frozen=True)
class Answer:
    """What the server says to it; `allowed` is None where it could not be asked."""

    wanted: Wanted
    allowed: bool | None
    why: str


async def check_cluster(access: Access, guards: Guards, clock: Clock) -> list[Finding]:
    """Ask for version and clock, then for every right. Raises Unreachable, Forbidden."""
    before = clock.now()
    try:
        version, at = await access.server()
    except NotFound as error:
        return [Finding(part="cluster", state="off", says="alerts are kept, nothing can be investigated", fix=str(error))]
    found = [
        Finding(part="cluster", state="ok", says=f"reachable, Kubernetes {version}"),
        clock_difference(before, at, clock.now()),
    ]
    return [*found, *await rights(access, guards)]


def clock_difference(before: datetime, at: datetime | None, after: datetime) -> Finding:
    """Compare clocks as far as it can be told: the server's is cut to the second, and the answer took its time."""
    if at is None:
        return Finding(
            part="cluster clock", state="warn", says="the server does not tell its time", fix="compare the clocks by hand"
        )
    ahead = (at - after).total_seconds()
    behind = (before - at - timedelta(seconds=1)).total_seconds()
    apart = max(0.0, ahead, behind)
    if apart <= AHEAD:
        return Finding(part="cluster clock", state="ok", says="it agrees with ours")
    says = f"the cluster is at least {apart:.0f} s {'ahead of' if ahead > behind else 'behind'} this machine"
    fix = "let both follow NTP; this decides how old an alert is and how long a lease holds"
    return Finding(part="cluster clock", state="fail" if apart > FAR_AHEAD else "warn", says=says, fix=fix)


async def rights(access: Access, guards: Guards) -> list[Finding]:
    """Ask for each right that the settings make necessary, and for the wider reads."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(one: Wanted) -> Answer:
        async with turns:
            try:
                return Answer(one, *await access.may(one.right))
            except FirstresponderError as error:
                return Answer(one, None, str(error))

    wider = [Wanted(right, (), "warn") for right in WIDER]
    answers = await asyncio.gather(*(ask(one) for one in (*wanted(guards), *wider)))
    places: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers[: len(answers) - len(wider)]:
        places[_place(answer.wanted.right)].append(answer)
    found = [finding for place, some in places.items() for finding in _told(place, some)]
    return [*found, *_wider(answers[len(answers) - len(wider) :])]


def wanted(guards: Guards) -> list[Wanted]:
    """Return every right in its place, each once: reading in each allowed namespace (in all where none is), and repairing."""
    spaces = tuple(dict.fromkeys(rule.namespace for rule in guards.allow if rule.namespace)) or ("",)
    needed: dict[Permission, tuple[str, ...]] = {}
    grave: set[Permission] = set()
    acts = _acts(guards)
    for space in spaces:
        for right, parts in looking().items():
            needed[_in(right, space)] = parts
    for rule in guards.allow:
        for right in repairing(rule.action, rule.kind):
            one = _in(right, rule.namespace)
            if not rule.namespace and one.resource not in CLUSTER_WIDE:
                continue  # an empty namespace names cluster-wide objects only
            needed[one] = tuple(dict.fromkeys((*needed.get(one, ()), rule.action)))
            if acts:
                grave.add(one)
    return [Wanted(right, users, "fail" if right in grave else "warn") for right, users in needed.items()]


def rule(rights: Iterable[Permission]) -> str:
    """Write the rules that grant these, as they stand under `rules:` of a Role."""
    by_verbs: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    verbs: dict[Permission, list[str]] = defaultdict(list)
    for right in rights:
        verbs[Permission(verb="", resource=right.resource, group=right.group, namespace=right.namespace)].append(right.verb)
    for thing, some in verbs.items():
        named = thing.namespace if thing.resource == "namespaces" else ""
        by_verbs[thing.group, ", ".join(sorted(some)), named].append(thing.resource)
    lines = []
    for (group, some_verbs, named), resources in sorted(by_verbs.items()):
        lines += [f'- apiGroups: ["{group}"]', f"  resources: [{', '.join(sorted(resources))}]"]
        lines += [f"  resourceNames: [{named}]"] if named else []
        lines += [f"  verbs: [{some_verbs}]"]
    return "\n".join(lines)


def _in(right: Permission, space: str) -> Permission:
    namespace = "" if right.resource in CLUSTER_WIDE else space
    return Permission(verb=right.verb, resource=right.resource, group=right.group, namespace=namespace)


def _acts(guards: Guards) -> bool:
    """Whether anything may ever be carried out: with observe and suggest alone, a right to change is not needed."""
    return guards.mode == "approve" or any(each.mode == "approve" for each in guards.modes)


def _place(right: Permission) -> str:
    if right.resource in CLUSTER_WIDE:
        return "on nodes"
    return f"in {right.namespace}" if right.namespace else EVERYWHERE


def _role(rights: Sequence[Permission]) -> str:
    namespace = rights[0].namespace
    where = f"the Role in namespace {namespace}" if namespace else "a ClusterRole, bound with a ClusterRoleBinding"
    return f"add to the rules of {where} (examples/rbac.yaml and docs/actions.md have it all):\n{rule(rights)}"


def _told(place: str, answers: Sequence[Answer]) -> list[Finding]:
    """One line where all is well; else what is missing, each with the rule to paste."""
    silent = [answer for answer in answers if answer.allowed is None]
    missing = [answer for answer in answers if answer.allowed is False]
    if silent:
        says = Redactor().words(f"{len(silent)} of {len(answers)} could not be asked: {silent[0].why}", 500)
        fix = "see whether the account may create selfsubjectaccessreviews (system:basic-user grants it to everybody)"
        return [Finding(part=f"rights {place}", state="fail", says=says, fix=fix), *_missing(place, missing)]
    if missing:
        return _missing(place, missing)
    changing = [answer.wanted for answer in answers if answer.wanted.right.verb not in {"get", "list"}]
    actions = ", ".join(sorted({user for one in changing for user in one.users}))
    says = f"all {len(answers)}: to investigate" + (f", and for {actions}" if actions else "")
    return [Finding(part=f"rights {place}", state="ok", says=says)]


def _missing(place: str, missing: Sequence[Answer]) -> list[Finding]:
    if missing and place == EVERYWHERE:
        says = (
            f"{len(missing)} reads are not granted there, and nothing is allowed yet, so that no single namespace was asked about"
        )
        role = _role([answer.wanted.right for answer in missing])
        fix = f"allow an action in a namespace, and its rights are looked at; or {role}"
        return [Finding(part=f"rights {place}", state="warn", says=says, fix=fix)]
    if len(missing) > MOST:
        state: Literal["fail", "warn"] = "fail" if any(answer.wanted.state == "fail" for answer in missing) else "warn"
        says = (
            f"{len(missing)} are missing: what cannot be read is a gap in each brief, and what cannot be changed is not repaired"
        )
        fix = _role([answer.wanted.right for answer in missing])
        return [Finding(part=f"rights {place}", state=state, says=says, fix=fix)]
    return [_one(place, answer) for answer in missing]


def _one(place: str, answer: Answer) -> Finding:
    right, users = answer.wanted.right, ", ".join(answer.wanted.users)
    name = f"{right.resource}.{right.group}" if right.group else right.resource
    why = f" ({Redactor().words(answer.why, 200)})" if answer.why else ""
    return Finding(
        part=f"right: {right.verb} {name} {place}",
        state=answer.wanted.state,
        says=f"not granted{why}; needed by {users}",
        fix=_role([right]),
    )


def _wider(answers: Sequence[Answer]) -> list[Finding]:
    """Optional: nobody is told to grant reads over all namespaces."""
    missing = [answer.wanted.right for answer in answers if not answer.allowed]
    if not missing:
        return [Finding(part="wider reads", state="ok", says="alerts about nodes, or without a namespace, can be followed")]
    says = (
        f"{len(missing)} of {len(answers)} optional ones are not granted: alerts about nodes, or without a namespace, have gaps"
    )
    return [Finding(part="wider reads", state="off", says=says, fix=_role(missing))]
