"""Every part built and looked at, without starting anything: what `doctor` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from firstresponder.adapters import own_log
from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.kubernetes.cluster import open_cluster
from firstresponder.adapters.slack.open import open_slack
from firstresponder.adapters.store import Store, open_store
from firstresponder.adapters.store.open import DATABASE_FILE
from firstresponder.bootstrap.application import data_folder, prometheus
from firstresponder.bootstrap.configured import read_runbooks, understand
from firstresponder.config import Database, Logging
from firstresponder.errors import FirstresponderError, NotFound
from firstresponder.model import Finding
from firstresponder.ports.clock import Clock
from firstresponder.workflow.checkup import Parts, examine, examine_store, failed

T = TypeVar("T")


async def look_over(data_dir: Path, config: Path | None, env: Mapping[str, str]) -> list[Finding]:
    """Build every part as `build` does and see whether it is well; a part that cannot be built is a finding too.

    Nothing is started or written, and neither the lock nor the lease is taken: a server may run on the same data folder.
    """
    own_log.configure(Logging(level="error"))
    found: list[Finding] = []
    settings = _tried(found, "settings", lambda: understand(config, env))
    if settings is None:
        return found
    clock = SystemClock()
    _tried(found, "runbooks", lambda: read_runbooks(settings))
    cluster = _tried(found, "cluster", lambda: open_cluster(settings.cluster, env))
    chat = _tried(found, "Slack", lambda: (open_slack(settings.slack, clock),))
    sinks = None if chat is None else tuple(side.notifier for side in chat if side is not None)
    metrics = prometheus(settings)
    parts = Parts(
        settings=settings,
        clock=clock,
        access=cluster.access if cluster else None,
        alerts=None,
        audit=None,
        kill_switch=None,
        folder=data_folder(data_dir, settings.database),
        metrics=metrics,
        notifiers=sinks,
        serving=False,
    )
    try:
        stored, others = await asyncio.gather(_store(data_dir, settings.database, parts), examine(parts))
        return [*found, *stored, *others]
    finally:
        await asyncio.gather(*(each.close() for each in (cluster, metrics, *(sinks or ())) if each is not None))


async def _store(data_dir: Path, database: Database, parts: Parts) -> list[Finding]:
    """Open the store, which may take its time, and look at it, while the others are looked at."""
    found: list[Finding] = []
    store = await asyncio.to_thread(_stored, found, data_dir, parts.clock, database)
    if store is None:
        return found
    opened = replace(parts, alerts=store.alerts, audit=store.audit, kill_switch=store.kill_switch)
    try:
        return await examine_store(opened)
    finally:
        await store.close()


def _stored(found: list[Finding], data_dir: Path, clock: Clock, database: Database) -> Store | None:
    """Open the store to read, if there is one yet."""
    if database.url:
        try:
            return open_store(data_dir, clock, database=database, read_only=True)
        except NotFound as error:
            found.append(Finding(part="store", state="off", says=str(error)))
        except FirstresponderError as error:
            found.append(failed("store", str(error)))
        return None
    try:
        (data_dir / DATABASE_FILE).stat()
    except FileNotFoundError:
        found.append(
            Finding(part="store", state="off", says=f"nothing is stored in {data_dir} yet: it is made at the first start")
        )
        return None
    except OSError as error:
        found.append(failed("store", f"{data_dir}: cannot be looked into ({error.strerror})", "run as the owner of the folder"))
        return None
    return _tried(found, "store", lambda: open_store(data_dir, clock, read_only=True))


def _tried(found: list[Finding], part: str, make: Callable[[], T]) -> T | None:
    try:
        return make()
    except FirstresponderError as error:
        found.append(failed(part, str(error)))
        return None
