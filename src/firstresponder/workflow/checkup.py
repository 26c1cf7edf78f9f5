"""Is everything there that the work needs: each part looked at, side by side and bounded in time. It changes nothing.

A check that fails is a finding, never an exception: whoever asks wants to know all that is wrong, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from firstresponder.config import Settings
from firstresponder.errors import FirstresponderError
from firstresponder.model import Finding
from firstresponder.ports.access import Access
from firstresponder.ports.alert_store import AlertStore
from firstresponder.ports.audit_log import AuditLog
from firstresponder.ports.clock import Clock
from firstresponder.ports.folder import Folder
from firstresponder.ports.kill_switch import KillSwitch
from firstresponder.ports.metrics import Metrics
from firstresponder.ports.notifier import Notifier
from firstresponder.redaction import Redactor
from firstresponder.workflow.check_cluster import check_cluster
from firstresponder.workflow.check_here import check_audit, check_disk, check_kill_switch, check_settings, check_store, check_web
from firstresponder.workflow.world import World

LIMIT: Final = 8.0
"""Seconds for one part. Whoever looks for a fault will not wait longer."""
LONGEST: Final = 500  # characters of an error that a finding repeats

Check = Callable[[], Awaitable[list[Finding]]]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What is looked at. None: it could not be built, and whoever tried says why; `metrics`: there is none."""

    settings: Settings
    clock: Clock
    access: Access | None
    alerts: AlertStore | None
    audit: AuditLog | None
    kill_switch: KillSwitch | None
    folder: Folder
    metrics: Metrics | None
    notifiers: Sequence[Notifier] | None = ()
    serving: bool = True  # False: no worker of ours runs on the store, which is only read then


def parts_of(world: World) -> Parts:
    """Return the parts of a running server."""
    return Parts(
        settings=world.settings,
        clock=world.clock,
        access=world.access,
        alerts=world.alerts,
        audit=world.audit,
        kill_switch=world.kill_switch,
        folder=world.folder,
        metrics=world.metrics,
        notifiers=world.notifiers,
    )


async def examine(parts: Parts, *, limit: float = LIMIT) -> list[Finding]:
    """Look at every part; the findings come in a fixed order. Takes `limit` seconds at most."""
    return await _run([*_of_store(parts), *_others(parts)], limit)


async def examine_store(parts: Parts, *, limit: float = LIMIT) -> list[Finding]:
    """Look at what is kept in the store only."""
    return await _run(_of_store(parts), limit)


async def _run(checks: Sequence[tuple[str, Check]], limit: float) -> list[Finding]:
    found = await asyncio.gather(*(bounded(part, check, limit) for part, check in checks))
    return [finding for each in found for finding in each]


async def bounded(part: str, check: Check, limit: float = LIMIT) -> list[Finding]:
    """Run one check for `limit` seconds at most; what it raises is a finding about `part`."""
    try:
        async with asyncio.timeout(limit):
            return await check()
    except TimeoutError:
        says = f"no answer within {limit:g} s"
        return [Finding(part=part, state="fail", says=says, fix="see whether it is overloaded, or not to be reached from here")]
    except FirstresponderError as error:
        return [failed(part, str(error))]
    except Exception as error:  # noqa: BLE001 - a fault in one check must not cost the others
        return [failed(part, f"the check itself failed: {type(error).__name__}: {error}", "this is a fault of ours: report it")]


def failed(part: str, words: str, fix: str = "") -> Finding:
    """Return a finding of state fail; the words are made short and free of secrets."""
    return Finding(part=part, state="fail", says=Redactor().words(words, LONGEST), fix=fix)


def worker(state: str) -> Finding:
    """Say how the worker is, from its own words."""
    if state.startswith("dead"):
        return failed("worker", state, "restart the server: alerts are kept meanwhile, and nothing is investigated")
    well = state == "working" or state.startswith("standing by")
    return Finding(part="worker", state="ok" if well else "warn", says=Redactor().words(state, LONGEST))


def worst(findings: Iterable[Finding]) -> Literal["ok", "warn", "fail"]:
    """Return the worst state among them: fail, warn or ok."""
    states = {finding.state for finding in findings}
    if "fail" in states:
        return "fail"
    return "warn" if "warn" in states else "ok"


def _of_store(parts: Parts) -> list[tuple[str, Check]]:
    alerts, audit, switch = parts.alerts, parts.audit, parts.kill_switch
    if alerts is None or audit is None or switch is None:
        return []
    return [
        ("store", lambda: check_store(alerts, audit, serving=parts.serving)),
        ("audit", lambda: check_audit(audit, parts.folder)),
        ("kill switch", lambda: check_kill_switch(switch)),
    ]


def _others(parts: Parts) -> list[tuple[str, Check]]:
    settings, access = parts.settings, parts.access
    checks: list[tuple[str, Check]] = [
        ("settings", lambda: check_settings(settings)),
        ("disk", lambda: check_disk(parts.folder)),
    ]
    if access is not None:
        checks.append(("cluster", lambda: check_cluster(access, settings.guards, parts.clock)))
    checks.append(("Prometheus", lambda: _metrics(parts.metrics)))
    if parts.notifiers is not None:
        checks += [(each.name, each.check) for each in parts.notifiers] or [("notifiers", _nobody)]
    checks.append(("web", lambda: check_web(settings, told=bool(parts.notifiers))))
    return checks


async def _metrics(metrics: Metrics | None) -> list[Finding]:
    if metrics is not None:
        return await metrics.check()
    says = "not configured: whether an alert still fires is not asked, neither before a write nor as a part of the proof"
    return [Finding(part="Prometheus", state="off", says=says, fix="set prometheus.url or PROMETHEUS_URL")]


async def _nobody() -> list[Finding]:
    says = "no chat is configured: briefs are read on the command line, in the console or over the API"
    return [Finding(part="notifiers", state="off", says=says, fix="set SLACK_BOT_TOKEN and SLACK_CHANNEL_ID in .env")]
