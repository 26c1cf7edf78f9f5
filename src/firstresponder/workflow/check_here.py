"""The checks of what is ours: settings, store, disk, audit, kill switch, web."""

from __future__ import annotations

from typing import Final

from firstresponder.config import Guards, Settings
from firstresponder.errors import NotFound
from firstresponder.guard.checks.never_touch import SYSTEM_NAMESPACES, SYSTEM_PREFIXES
from firstresponder.guard.effects import CLUSTER_WIDE
from firstresponder.model import Finding, Room
from firstresponder.ports.alert_store import AlertStore
from firstresponder.ports.audit_log import AuditLog
from firstresponder.ports.folder import Folder
from firstresponder.ports.kill_switch import KillSwitch
from firstresponder.remediation.catalog import by_id

MIB: Final = 2**20
LITTLE: Final = 1024 * MIB
TOO_LITTLE: Final = 100 * MIB
"""Bytes free below which a disk is a warning, and a failure: evidence of one incident takes up to `limits.max_bytes`."""
LONG_LOG: Final = 256 * MIB
"""Bytes of write-ahead log that no healthy store keeps: SQLite takes it in at every 4 MB unless something holds it open."""


async def check_settings(settings: Settings) -> list[Finding]:
    """Say what may be done, and which rules can never do anything."""
    guards = settings.guards
    if not guards.allow:
        says = "nothing is allowed, so nothing can be done; that is safe"
        fix = "allow one action in one namespace: guards.allow, or ALLOWED_ACTIONS and ALLOWED_NAMESPACES"
        return [Finding(part="settings", state="warn", says=says, fix=fix)]
    rows = sorted({f"{rule.action} in {rule.namespace}" for rule in guards.allow})
    asked = "each after approval" if not guards.auto else f"{len(guards.auto)} granted without asking"
    says = f"mode {guards.mode}; {', '.join(rows)}; {asked}"
    return [Finding(part="settings", state="ok", says=says), *_idle(guards)]


def _idle(guards: Guards) -> list[Finding]:
    """Rules that look as if they allowed something."""
    found = []
    for rule in guards.allow:
        why, fix = "", ""
        try:
            kinds = by_id(rule.action).kinds
        except NotFound as error:
            why, fix = str(error), "correct the name"
        else:
            if rule.kind not in kinds:
                why, fix = f"{rule.action} works on {', '.join(kinds)}, not on {rule.kind}", "correct the kind"
        if (rule.kind in CLUSTER_WIDE) == bool(rule.namespace):
            place = "of a cluster-wide kind is empty" if rule.namespace else "of an object is never empty"
            why, fix = f"the namespace {place}", 'write namespace: "" for nodes, and a name for everything else'
        elif rule.namespace in guards.never_touch:
            why, fix = f"{rule.namespace} is in guards.never_touch", "take it out of one of the two"
        elif rule.namespace.startswith(SYSTEM_PREFIXES) or rule.namespace in SYSTEM_NAMESPACES:
            why, fix = f"{rule.namespace} is a system namespace, which is never touched", "take the rule out"
        if why:
            part = f"guards.allow: {rule.action} on {rule.kind} in {rule.namespace}"
            found.append(Finding(part=part, state="warn", says=f"allows nothing: {why}", fix=fix))
    return found


async def check_store(alerts: AlertStore, audit: AuditLog, *, serving: bool) -> list[Finding]:
    """See that alerts can be stored now; without a server of ours on it, that it can be read. Raises Unhealthy."""
    if serving:
        await alerts.ping()
        return [Finding(part="store", state="ok", says="alerts can be stored")]
    await audit.head()
    return [Finding(part="store", state="ok", says="it can be read, and has the schema of this version")]


async def check_disk(folder: Folder) -> list[Finding]:
    """Measure the space below the data folder, and the write-ahead log."""
    room = await folder.room()
    free = f"{_size(room.free)} of {_size(room.total)} free at {room.path}"
    if not room.writable:
        fix = "give --data-dir a folder that this user may write, or run as its owner"
        return [Finding(part="disk", state="fail", says=f"{room.path} cannot be written by this user", fix=fix)]
    if not room.there:
        free += ", which is made at the first start"
    fix = "make room, or shorten retention.incidents_days: a full disk takes no alerts (Alertmanager is told to try again)"
    if room.free < TOO_LITTLE:
        return [Finding(part="disk", state="fail", says=free, fix=fix), *_log(room)]
    if room.free < LITTLE:
        return [Finding(part="disk", state="warn", says=free, fix=fix), *_log(room)]
    used = f"; the database has {_size(room.database)}, its log {_size(room.waiting)}" if room.database else ""
    return [Finding(part="disk", state="ok", says=free + used), *_log(room)]


def _log(room: Room) -> list[Finding]:
    if room.waiting < LONG_LOG:
        return []
    says = f"the write-ahead log has {_size(room.waiting)}: something has been reading an older state for long"
    return [Finding(part="disk", state="warn", says=says, fix="end what reads app.db (a backup, a shell), or restart the server")]


async def check_audit(audit: AuditLog, folder: Folder) -> list[Finding]:
    """See that the chain still holds the kept head: quick, and not the whole proof (`audit verify`). Raises Unhealthy."""
    kept = await folder.kept_head()  # before the chain: a chain that went on beyond its head is sound
    last = await audit.head()
    if kept is None:
        if last is None:
            return [Finding(part="audit", state="ok", says="no entry yet")]
        says = f"{last.seq} entries, and no head was kept outside the database: a cut end would not be seen"
        return [Finding(part="audit", state="warn", says=says, fix="run: firstresponder audit verify")]
    number, digest = kept
    async for entry in audit.entries(after=number - 1):
        if entry.seq == number and entry.hash == digest:
            says = f"entry {number}, the kept head, is in the chain ({last.seq if last else number} entries)"
            return [Finding(part="audit", state="ok", says=says)]
        break
    says = f"the kept head, entry {number}, is not in the chain: the audit was changed or cut"
    fix = "run: firstresponder audit verify; then read 'Backup and restore' in docs/operations.md"
    return [Finding(part="audit", state="fail", says=says, fix=fix)]


async def check_kill_switch(switch: KillSwitch) -> list[Finding]:
    """Say whether it is engaged, by whom and why. Raises Unhealthy when that cannot be known."""
    hold = await switch.engaged()
    if hold is None:
        return [Finding(part="kill switch", state="ok", says="off")]
    says = f"engaged by {hold.by} since {hold.at:%Y-%m-%d %H:%M:%SZ}: {hold.why}; nothing is written"
    fix = "run: firstresponder kill-switch off" if hold.source == "database" else f"remove the file {hold.source}"
    return [Finding(part="kill switch", state="warn", says=says, fix=fix)]


async def check_web(settings: Settings, *, told: bool) -> list[Finding]:
    """Say whether links lead anywhere, and who needs a token."""
    url = settings.web.external_url
    if url:
        link = Finding(part="external_url", state="ok", says=f"links lead to {url}")
    elif told:
        fix = "set web.external_url to the address at which people reach the console"
        link = Finding(part="external_url", state="warn", says="not set: messages carry no link to the incident", fix=fix)
    else:
        link = Finding(part="external_url", state="off", says="not set, and no message needs it")
    says = "wanted from everybody but this very machine (loopback address and Host, no forwarder's header)"
    return [link, Finding(part="webhook token", state="ok", says=says)]


def _size(number: int) -> str:
    """`1.5 GiB`, `300 MiB`, `12 KiB`."""
    for unit, scale in (("GiB", 2**30), ("MiB", MIB)):
        if number >= scale:
            return f"{number / scale:.1f} {unit}"
    return f"{number / 1024:.0f} KiB"
