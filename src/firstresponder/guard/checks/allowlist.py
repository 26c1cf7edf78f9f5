"""Action, kind and namespace must be allowed by name; an empty list allows nothing."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.effects import CLUSTER_WIDE
from firstresponder.guard.facts import Facts
from firstresponder.model import Verdict

GUARD = Guard(name="allowlist", hard=True, undo=True)

EMPTY = '""'


def check(facts: Facts) -> Verdict:
    """Allow what one entry of `guards.allow` names in full. A name that is empty matches nothing, never all.

    A cluster-wide object lives in no namespace: its entry has the namespace "" written out, beside its kind.
    """
    action, entries = facts.planned(), facts.settings.allow
    wanted = (action.action, action.target.kind, action.target.namespace)
    words = f"{action.action} on a {action.target.kind} in namespace {action.target.namespace or '(none)'}"
    named = wanted[:2] if action.target.kind in CLUSTER_WIDE else wanted
    if all(named) and wanted in {(entry.action, entry.kind, entry.namespace) for entry in entries}:
        return GUARD.allow(f"{words} is allowed", measured=words, limit="guards.allow")
    return GUARD.deny(
        f"{words} is not allowed by the configuration",
        measured=words,
        limit=f"guards.allow has {len(entries)} entries" if entries else "guards.allow is empty",
        clears_when=f"guards.allow lists {{action: {wanted[0]}, kind: {wanted[1]}, namespace: {wanted[2] or EMPTY}}}",
        then="escalate",
    )
